// What an assignor of the broker is: from who subscribes to what, to who should own what. It is told what
// each member should own at present, so that it can leave there what need not move.
import type { TopicId } from "../Topic.ts"
import type { TopicPartitions } from "../TopicPartitions.ts"

export interface AssignorMember {
  readonly memberId: string
  /** A static member keeps its place in the order under a new member id. */
  readonly instanceId: string | null
  readonly topicIds: ReadonlySet<TopicId>
  readonly target: TopicPartitions
}

export interface Assignor {
  /** As clients name it. */
  readonly name: string
  /** Every partition of a topic that is subscribed to goes to exactly one of its subscribers. */
  readonly assign: (
    members: ReadonlyArray<AssignorMember>,
    partitionsOf: (topicId: TopicId) => number
  ) => ReadonlyMap<string, TopicPartitions>
}

/** Topics that anybody subscribes to, in a fixed order. */
export const subscribedTopics = (
  members: ReadonlyArray<AssignorMember>
): ReadonlyArray<TopicId> => {
  const topics = new Set<TopicId>()
  for (const { topicIds } of members) for (const topicId of topicIds) topics.add(topicId)
  return [...topics].sort()
}

/** Static members first, by their names, then the others. */
export const inOrder = (members: ReadonlyArray<AssignorMember>): ReadonlyArray<AssignorMember> =>
  [...members].sort((a, b) => {
    if ((a.instanceId === null) !== (b.instanceId === null)) return a.instanceId === null ? 1 : -1
    const [left, right] = [a.instanceId ?? a.memberId, b.instanceId ?? b.memberId]
    return left < right ? -1 : left > right ? 1 : 0
  })
