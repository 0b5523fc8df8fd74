// What an assignor of a consumer is, where a classic group lets its leader decide. Unlike the broker's
// (Assignor.ts) it works on topic names and on what members say they own, which may be out of date or
// claimed by two. Members of one group may be of several makes, so that names and bytes are Kafka's.
import type { TopicName } from "../Topic.ts"
import type { TopicPartitions } from "../TopicPartitions.ts"
import type { AssignorMember } from "./Assignor.ts"

/** Whether members give up all they own before each rebalance, or only what is taken from them. */
export type RebalanceProtocol = "eager" | "cooperative"

/** A member as the leader sees it. */
export interface SubscribedMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly topics: ReadonlySet<TopicName>
  /** What it owns while it joins; nothing of a client that knows no cooperative rebalance. */
  readonly ownedPartitions: TopicPartitions
  /** In which it was given what it owns; -1 where it does not say. */
  readonly generationId: number
  readonly rackId: string | null
  /** What its assignor has to say besides. */
  readonly userData: Uint8Array | null
}

export interface ConsumerAssignor {
  /** As all members of a group have to name it. */
  readonly name: string
  readonly protocol: RebalanceProtocol
  /** What a member tells the leader beside its subscription. */
  readonly subscriptionUserData?: (
    ownedPartitions: TopicPartitions,
    generationId: number
  ) => Uint8Array | null
  /** What each member shall own, by member id; a topic that does not exist has 0 partitions. */
  readonly assign: (
    members: ReadonlyArray<SubscribedMember>,
    partitionsOf: (topic: TopicName) => number
  ) => ReadonlyMap<string, TopicPartitions>
}

/** How a member behaves that offers these: it must suit whichever of them the group chooses. */
export const protocolOf = (assignors: ReadonlyArray<ConsumerAssignor>): RebalanceProtocol =>
  assignors.every(({ protocol }) => protocol === "cooperative") ? "cooperative" : "eager"

/** The member in terms of the broker's assignors: names stand for ids, `target` is what it may keep. */
export const asAssignorMember = (
  { instanceId, memberId, topics }: SubscribedMember,
  target: TopicPartitions
): AssignorMember => ({ memberId, instanceId, topicIds: topics, target })
