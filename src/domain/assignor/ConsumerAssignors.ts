// The assignors that a consumer can be told to use by name, and range, which is the broker's own: dividing
// each topic into ranges needs nothing but names in place of ids.
import * as TopicPartitions from "../TopicPartitions.ts"
import { asAssignorMember, type ConsumerAssignor } from "./ConsumerAssignor.ts"
import { cooperativeSticky } from "./CooperativeStickyAssignor.ts"
import { rangeAssignor } from "./RangeAssignor.ts"
import { roundRobin } from "./RoundRobinAssignor.ts"
import { sticky } from "./StickyAssignor.ts"

export const range: ConsumerAssignor = {
  name: "range",
  protocol: "eager",
  assign: (members, partitionsOf) =>
    rangeAssignor.assign(
      members.map((member) => asAssignorMember(member, TopicPartitions.NONE)),
      partitionsOf
    )
}

export type ConsumerAssignorName = "range" | "roundrobin" | "sticky" | "cooperative-sticky"

export const consumerAssignors: Readonly<Record<ConsumerAssignorName, ConsumerAssignor>> = {
  range,
  roundrobin: roundRobin,
  sticky,
  "cooperative-sticky": cooperativeSticky
}
