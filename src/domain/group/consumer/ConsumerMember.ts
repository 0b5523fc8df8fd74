// One member of a consumer group (KIP-848). Its epoch says how far it has followed the group's assignment;
// what it was told to own is `assigned`, what it was told to give up and has not yet is `revoking`: until
// then nobody else gets it.
import * as TopicPartitions from "../../TopicPartitions.ts"
import type { MemberProtocol } from "../Member.ts"

/** What is kept of a member that speaks the classic protocol inside a consumer group. */
export interface ClassicMetadata {
  readonly sessionTimeoutMs: number
  /** The dearest first; their metadata are ConsumerProtocol subscriptions. */
  readonly protocols: ReadonlyArray<MemberProtocol>
}

/** Kafka's MemberState: STABLE, UNREVOKED_PARTITIONS, UNRELEASED_PARTITIONS. */
export type ConsumerMemberState = "stable" | "unrevoked" | "unreleased"

export interface ConsumerMember {
  readonly memberId: string
  readonly instanceId: string | null
  readonly rackId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly rebalanceTimeoutMs: number
  /** Sorted. */
  readonly subscribedTopicNames: ReadonlyArray<string>
  readonly subscribedTopicRegex: string | null
  readonly serverAssignor: string | null
  /** Null for who speaks the consumer protocol. */
  readonly classic: ClassicMetadata | null
  readonly memberEpoch: number
  /** A member whose last answer was lost comes back with this one. */
  readonly previousMemberEpoch: number
  readonly state: ConsumerMemberState
  readonly assigned: TopicPartitions.TopicPartitions
  readonly revoking: TopicPartitions.TopicPartitions
}

/** The member comes (again). */
export const JOIN_EPOCH = 0
export const LEAVE_EPOCH = -1
/** A static member leaves, and will be back. */
export const LEAVE_STATIC_EPOCH = -2

export const fresh = (memberId: string, instanceId: string | null): ConsumerMember => ({
  memberId,
  instanceId,
  rackId: null,
  clientId: "",
  clientHost: "",
  rebalanceTimeoutMs: -1,
  subscribedTopicNames: [],
  subscribedTopicRegex: null,
  serverAssignor: null,
  classic: null,
  memberEpoch: JOIN_EPOCH,
  previousMemberEpoch: JOIN_EPOCH,
  state: "stable",
  assigned: TopicPartitions.NONE,
  revoking: TopicPartitions.NONE
})

export const isReconciledTo = (member: ConsumerMember, epoch: number): boolean =>
  member.state === "stable" && member.memberEpoch === epoch

export const withEpoch = (member: ConsumerMember, memberEpoch: number): ConsumerMember =>
  member.memberEpoch === memberEpoch
    ? member
    : { ...member, memberEpoch, previousMemberEpoch: member.memberEpoch }
