// Members of classic groups as their leader sees them, and what any of its assignors has to keep to.
import { assert } from "@effect/vitest"
import type {
  ConsumerAssignor,
  SubscribedMember
} from "../../../src/domain/assignor/ConsumerAssignor.ts"
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"
import type { Assigned } from "./Assignments.ts"

/** "a0 a1 b2": topics of one letter. */
export const partitions = (text: string): TopicPartitions.TopicPartitions =>
  TopicPartitions.fromList(
    text.split(" ").filter((place) => place !== "")
      .map((place) => ({ topicId: place[0]!, partitions: [Number(place.slice(1))] }))
  )

/** Reads the topics of "abc". */
export const subscriber = (
  memberId: string,
  topics: string,
  others: Partial<SubscribedMember> = {}
): SubscribedMember => ({
  memberId,
  instanceId: null,
  topics: new Set(topics),
  ownedPartitions: TopicPartitions.NONE,
  generationId: -1,
  rackId: null,
  userData: null,
  ...others
})

/** Assigns, and sees that no partition has two owners, and that each owner reads its topic. */
export const divide = (
  assignor: ConsumerAssignor,
  members: ReadonlyArray<SubscribedMember>,
  topics: Readonly<Record<string, number>>
): Assigned => {
  const assigned = assignor.assign(members, (topic) => topics[topic] ?? 0)
  assert.sameMembers([...assigned.keys()], members.map(({ memberId }) => memberId))
  const seen = new Set<string>()
  for (const { memberId, topics } of members) {
    for (const [topic, partition] of TopicPartitions.each(assigned.get(memberId)!)) {
      assert.isFalse(seen.has(`${topic}${partition}`), `${topic}${partition} has two owners`)
      assert.isTrue(topics.has(topic), `${memberId} does not read ${topic}`)
      seen.add(`${topic}${partition}`)
    }
  }
  return assigned
}

/** How many partitions somebody has to read. */
export const wanted = (
  members: ReadonlyArray<SubscribedMember>,
  topics: Readonly<Record<string, number>>
): number =>
  Object.entries(topics)
    .filter(([topic]) => members.some((member) => member.topics.has(topic)))
    .reduce((sum, [, count]) => sum + count, 0)
