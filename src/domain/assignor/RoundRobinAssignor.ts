// All partitions of all topics in a row, dealt to the members in turn; a member that does not read the
// topic is passed over. Even where all read the same, and often uneven where they do not.
// Source: Kafka's client-side RoundRobinAssignor.
import type { TopicName } from "../Topic.ts"
import * as TopicPartitions from "../TopicPartitions.ts"
import { inOrder, subscribedTopics } from "./Assignor.ts"
import { asAssignorMember, type ConsumerAssignor } from "./ConsumerAssignor.ts"

export const roundRobin: ConsumerAssignor = {
  name: "roundrobin",
  protocol: "eager",
  assign: (subscribed, partitionsOf) => {
    const members = inOrder(
      subscribed.map((member) => asAssignorMember(member, TopicPartitions.NONE))
    )
    const assigned = new Map(
      members.map(({ memberId }) => [memberId, new Map<TopicName, Set<number>>()])
    )
    let turn = 0
    for (const topic of subscribedTopics(members)) {
      const count = partitionsOf(topic)
      for (let partition = 0; partition < count; partition++) {
        while (!members[turn % members.length]!.topicIds.has(topic)) turn++
        const { memberId } = members[turn++ % members.length]!
        TopicPartitions.add(assigned.get(memberId)!, topic, partition)
      }
    }
    return assigned
  }
}
