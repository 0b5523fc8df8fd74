// Leads one member towards its target: first it gives up what it should no longer own, and says so; then
// it gets what others have let go of. Between the two nobody owns a partition; never do two.
// Source: KIP-848, and Kafka's CurrentAssignmentBuilder.
import * as TopicPartitions from "../../TopicPartitions.ts"
import { type ConsumerMember, isReconciledTo, withEpoch } from "./ConsumerMember.ts"

export interface Goal {
  /** Of the target. */
  readonly epoch: number
  readonly target: TopicPartitions.TopicPartitions
  readonly isHeldByOther: (topicId: string, partition: number) => boolean
  /** What the member says that it owns; null when it did not say. */
  readonly owned: TopicPartitions.TopicPartitions | null
}

export const reconcile = (member: ConsumerMember, goal: Goal): ConsumerMember => {
  switch (member.state) {
    case "stable":
      return isReconciledTo(member, goal.epoch) ? member : advance(member, goal)
    case "unrevoked":
      return ownsAny(goal.owned, member.revoking)
        ? member
        : advance(withEpoch(member, member.memberEpoch + 1), goal)
    case "unreleased":
      return advance(member, goal)
  }
}

/** Who does not say what it owns may own anything. */
const ownsAny = (
  owned: TopicPartitions.TopicPartitions | null,
  revoking: TopicPartitions.TopicPartitions
): boolean => owned === null || TopicPartitions.intersection(owned, revoking).size > 0

const advance = (member: ConsumerMember, goal: Goal): ConsumerMember => {
  const kept = TopicPartitions.intersection(member.assigned, goal.target)
  const revoking = TopicPartitions.minus(member.assigned, kept)
  if (revoking.size > 0 && ownsAny(goal.owned, revoking)) {
    return settled(member, { ...member, state: "unrevoked", assigned: kept, revoking })
  }
  const wanted = TopicPartitions.minus(goal.target, kept)
  const free = TopicPartitions.filter(
    wanted,
    (topicId, partition) => !goal.isHeldByOther(topicId, partition)
  )
  const hasUnreleased = TopicPartitions.count(free) < TopicPartitions.count(wanted)
  return settled(member, {
    ...withEpoch(member, goal.epoch),
    state: hasUnreleased ? "unreleased" : "stable",
    assigned: TopicPartitions.union(kept, free),
    revoking: TopicPartitions.NONE
  })
}

/** The same value where nothing has changed, so that nothing is stored anew. */
const settled = (before: ConsumerMember, after: ConsumerMember): ConsumerMember =>
  before.state === after.state && before.memberEpoch === after.memberEpoch &&
    TopicPartitions.equals(before.assigned, after.assigned) &&
    TopicPartitions.equals(before.revoking, after.revoking)
    ? before
    : after
