// What a consumer says of itself when it joins a classic group, and what it is told back: the bytes inside
// JoinGroup and SyncGroup as values that assignors work on. Partitions are TopicPartitions by topic name.
//
// A member that gives up everything before it joins (eager) owns nothing, and must not say that it does:
// a cooperative leader would wait for it to give up what it has not. What it had last goes into the user
// data of assignors that want to know.
import * as ConsumerProtocol from "../protocol/ConsumerProtocol.ts"
import type { TopicName } from "../Topic.ts"
import * as TopicPartitions from "../TopicPartitions.ts"
import type { ConsumerAssignor, RebalanceProtocol, SubscribedMember } from "./ConsumerAssignor.ts"

/** A member as it sees itself. */
export interface JoiningMember {
  readonly topics: ReadonlyArray<TopicName>
  /** What it was given last, and in which generation; nothing and -1 at first and after it was put out. */
  readonly ownedPartitions: TopicPartitions.TopicPartitions
  readonly generationId: number
  readonly rackId: string | null
}

/** Fields of later versions stand at the end, where older readers do not look. */
const SUBSCRIPTION_VERSION = 3
/** All versions of an assignment are alike; anybody reads the first one. */
const ASSIGNMENT_VERSION = 0

/** The metadata of one assignor in JoinGroup. `protocol` is how the member behaves, not the assignor. */
export const metadataOf = (
  assignor: ConsumerAssignor,
  protocol: RebalanceProtocol,
  member: JoiningMember
): Buffer =>
  ConsumerProtocol.encodeSubscription(SUBSCRIPTION_VERSION, {
    topics: [...member.topics].sort(),
    userData: assignor.subscriptionUserData === undefined
      ? null
      : bufferOf(assignor.subscriptionUserData(member.ownedPartitions, member.generationId)),
    ownedPartitions: protocol === "cooperative" ? listed(member.ownedPartitions) : [],
    generationId: member.generationId,
    rackId: member.rackId
  })

/** A member whose metadata nobody understands subscribes to nothing. */
export const fromMetadata = (
  memberId: string,
  instanceId: string | null,
  metadata: Uint8Array
): SubscribedMember => {
  const subscription = ConsumerProtocol.decodeSubscription(metadata)
  return {
    memberId,
    instanceId,
    topics: new Set(subscription?.topics),
    ownedPartitions: fromListed(subscription?.ownedPartitions ?? []),
    generationId: subscription?.generationId ?? -1,
    rackId: subscription?.rackId ?? null,
    userData: subscription?.userData ?? null
  }
}

/** What the leader answers in SyncGroup for one member. */
export const encodeAssignment = (assigned: TopicPartitions.TopicPartitions): Buffer =>
  ConsumerProtocol.encodeAssignment(ASSIGNMENT_VERSION, {
    assignedPartitions: listed(assigned),
    userData: null
  })

/** Nothing where there are no bytes, as for a member that the leader did not name; undefined for others. */
export const decodeAssignment = (
  bytes: Uint8Array
): TopicPartitions.TopicPartitions | undefined => {
  if (bytes.length === 0) return TopicPartitions.NONE
  const assignment = ConsumerProtocol.decodeAssignment(bytes)
  return assignment === undefined ? undefined : fromListed(assignment.assignedPartitions)
}

export type ListedByName = ReadonlyArray<
  { readonly topic: TopicName; readonly partitions: ReadonlyArray<number> }
>

export const listed = (all: TopicPartitions.TopicPartitions): ListedByName =>
  TopicPartitions.toList(all).map(({ partitions, topicId }) => ({ topic: topicId, partitions }))

export const fromListed = (all: ListedByName): TopicPartitions.TopicPartitions =>
  TopicPartitions.fromList(all.map(({ partitions, topic }) => ({ topicId: topic, partitions })))

const bufferOf = (bytes: Uint8Array | null): Buffer | null =>
  bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
