// A consumer group (KIP-848) as a value. Its epoch grows with every change of members, subscriptions or
// topics; for each epoch a target assignment is made; members are led to it one by one, at their own pace.
//
//   Empty:        nobody is in it
//   Assigning:    the target is of an older epoch
//   Reconciling:  some member has not reached the target
//   Stable:       all have
import type { Assignor } from "../../assignor/Assignor.ts"
import type { TopicId } from "../../Topic.ts"
import * as TopicPartitions from "../../TopicPartitions.ts"
import { type ClassicMetadata, type ConsumerMember, isReconciledTo } from "./ConsumerMember.ts"

export interface SubscribedTopic {
  readonly id: TopicId
  readonly partitions: number
}

export interface ConsumerGroup {
  readonly groupId: string
  readonly groupEpoch: number
  /** Of the target. */
  readonly assignmentEpoch: number
  readonly members: ReadonlyMap<string, ConsumerMember>
  /** Member ids by instance id. */
  readonly staticMembers: ReadonlyMap<string, string>
  /** What each member should own. */
  readonly target: ReadonlyMap<string, TopicPartitions.TopicPartitions>
  /** Topics that are subscribed to and exist, by name, as they were when the epoch began. */
  readonly topics: ReadonlyMap<string, SubscribedTopic>
  /** Of the broker's topics, when these were looked at; -1: never. Not stored. */
  readonly topicsVersion: number
  readonly isDead: boolean
}

export type ConsumerGroupState = "Empty" | "Assigning" | "Reconciling" | "Stable" | "Dead"

/** What the group is told of the rest of the broker. */
export interface ConsumerGroupWorld {
  /** Another number whenever any topic has changed. */
  readonly topicsVersion: number
  readonly topic: (name: string) => SubscribedTopic | undefined
  /** Names of topics that match; undefined when that is no pattern. */
  readonly matching: (regex: string) => ReadonlyArray<string> | undefined
  /** The first is the default. */
  readonly assignors: ReadonlyArray<Assignor>
  readonly maxSize: number
  /** What a member of the classic protocol may ask for. */
  readonly minClassicSessionTimeoutMs: number
  readonly maxClassicSessionTimeoutMs: number
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
}

export const empty = (groupId: string): ConsumerGroup => ({
  groupId,
  groupEpoch: 0,
  assignmentEpoch: 0,
  members: new Map(),
  staticMembers: new Map(),
  target: new Map(),
  topics: new Map(),
  topicsVersion: -1,
  isDead: false
})

export const stateOf = (group: ConsumerGroup): ConsumerGroupState => {
  if (group.isDead) return "Dead"
  if (group.members.size === 0) return "Empty"
  if (group.groupEpoch > group.assignmentEpoch) return "Assigning"
  for (const member of group.members.values()) {
    if (!isReconciledTo(member, group.assignmentEpoch)) return "Reconciling"
  }
  return "Stable"
}

/** The assignor that most members want; the default where nobody says. */
export const assignorOf = (group: ConsumerGroup, world: ConsumerGroupWorld): Assignor => {
  const votes = new Map<string, number>()
  for (const { serverAssignor } of group.members.values()) {
    if (serverAssignor !== null) votes.set(serverAssignor, (votes.get(serverAssignor) ?? 0) + 1)
  }
  const byVotes = [...world.assignors].sort((a, b) =>
    (votes.get(b.name) ?? 0) - (votes.get(a.name) ?? 0)
  )
  return byVotes[0]!
}

/** Members that speak the classic protocol, but for `exceptId`. */
export const classicMembers = (
  group: ConsumerGroup,
  exceptId?: string
): ReadonlyArray<ConsumerMember & { readonly classic: ClassicMetadata }> =>
  [...group.members.values()].flatMap((member) =>
    member.classic === null || member.memberId === exceptId
      ? []
      : [{ ...member, classic: member.classic }]
  )

/** Names of all topics that a member reads. */
export const subscriptionOf = (
  member: ConsumerMember,
  world: Pick<ConsumerGroupWorld, "matching">
): ReadonlyArray<string> => {
  const { subscribedTopicNames, subscribedTopicRegex } = member
  const matched = subscribedTopicRegex === null ? [] : world.matching(subscribedTopicRegex) ?? []
  return [...new Set([...subscribedTopicNames, ...matched])]
}

/** Whether somebody other than `memberId` still has the partition. */
export const isHeldByOther = (group: ConsumerGroup, memberId: string) => {
  const held = new Map<TopicId, Set<number>>()
  for (const member of group.members.values()) {
    if (member.memberId === memberId) continue
    for (const all of [member.assigned, member.revoking]) {
      for (const [topicId, partition] of TopicPartitions.each(all)) {
        TopicPartitions.add(held, topicId, partition)
      }
    }
  }
  return (topicId: TopicId, partition: number): boolean =>
    TopicPartitions.has(held, topicId, partition)
}
