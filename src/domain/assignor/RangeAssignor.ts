// Topic by topic, in ranges: the first members get one partition more where the division leaves a rest.
// Equally numbered partitions of topics that the same members read go to the same member.
// Source: Kafka's server-side RangeAssignor.
import type { TopicId } from "../Topic.ts"
import * as TopicPartitions from "../TopicPartitions.ts"
import { type Assignor, inOrder, subscribedTopics } from "./Assignor.ts"

export const rangeAssignor: Assignor = {
  name: "range",
  assign: (members, partitionsOf) => {
    const ordered = inOrder(members)
    const assigned = new Map(
      members.map(({ memberId }) => [memberId, new Map<TopicId, Set<number>>()])
    )
    for (const topicId of subscribedTopics(members)) {
      const subscribers = ordered.filter(({ topicIds }) => topicIds.has(topicId))
      const partitions = partitionsOf(topicId)
      const each = Math.floor(partitions / subscribers.length)
      const rest = partitions % subscribers.length
      let next = 0
      for (const [i, { memberId }] of subscribers.entries()) {
        const end = next + each + (i < rest ? 1 : 0)
        for (; next < end; next++) TopicPartitions.add(assigned.get(memberId)!, topicId, next)
      }
    }
    return assigned
  }
}
