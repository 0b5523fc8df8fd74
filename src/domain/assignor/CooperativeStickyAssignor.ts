// As the sticky assignor, for members that keep on reading while they join. A partition that shall go from
// one to another is given to nobody at first: its owner sees that it has lost it, gives it up and joins
// again, and that next rebalance gives it away. So no partition is ever read by two.
//
//   user data: generation int32, for readers that do not know that field of the subscription (version 2)
//
// librdkafka writes the sticky assignor's user data here; its generation counts as well.
// Source: Kafka's CooperativeStickyAssignor.
import type { TopicName } from "../Topic.ts"
import * as TopicPartitions from "../TopicPartitions.ts"
import {
  asAssignorMember,
  type ConsumerAssignor,
  type SubscribedMember
} from "./ConsumerAssignor.ts"
import { type OwnershipClaim, rightfulOwners } from "./OwnershipClaims.ts"
import { decodeUserData } from "./StickyAssignor.ts"
import { uniformAssignor } from "./UniformAssignor.ts"

const GENERATION_BYTES = 4

const generationOf = ({ generationId, userData }: SubscribedMember): number => {
  if (generationId >= 0 || userData === null || userData.length < GENERATION_BYTES) {
    return generationId
  }
  if (userData.length > GENERATION_BYTES) return decodeUserData(userData)?.generationId ?? -1
  return new DataView(userData.buffer, userData.byteOffset).getInt32(0)
}

export const cooperativeSticky: ConsumerAssignor = {
  name: "cooperative-sticky",
  protocol: "cooperative",
  subscriptionUserData: (_ownedPartitions, generationId) => {
    const bytes = Buffer.alloc(GENERATION_BYTES)
    bytes.writeInt32BE(generationId)
    return bytes
  },
  assign: (members, partitionsOf) => {
    const claims = members.map((member): OwnershipClaim => ({
      memberId: member.memberId,
      ownedPartitions: member.ownedPartitions,
      generationId: generationOf(member)
    }))
    const owners = rightfulOwners(claims)
    const wanted = uniformAssignor.assign(
      members.map((member) =>
        asAssignorMember(member, owners.get(member.memberId) ?? TopicPartitions.NONE)
      ),
      partitionsOf
    )
    return withoutMoving(wanted, claims, owners)
  }
}

/** Takes from each member what is not its own by right but claimed, by another or by it and another. */
const withoutMoving = (
  wanted: ReadonlyMap<string, TopicPartitions.TopicPartitions>,
  claims: ReadonlyArray<OwnershipClaim>,
  owners: ReadonlyMap<string, TopicPartitions.TopicPartitions>
): ReadonlyMap<string, TopicPartitions.TopicPartitions> => {
  const claimed = new Map<TopicName, Set<number>>()
  for (const { ownedPartitions } of claims) {
    for (const [topic, partition] of TopicPartitions.each(ownedPartitions)) {
      TopicPartitions.add(claimed, topic, partition)
    }
  }
  return new Map([...wanted].map(([memberId, partitions]) => {
    const own = owners.get(memberId) ?? TopicPartitions.NONE
    const isFree = (topic: TopicName, partition: number): boolean =>
      TopicPartitions.has(own, topic, partition) || !TopicPartitions.has(claimed, topic, partition)
    return [memberId, TopicPartitions.filter(partitions, isFree)]
  }))
}
