// What any assignor has to keep to, for the tests of each.
import { assert } from "@effect/vitest"
import type { Assignor, AssignorMember } from "../../../src/domain/assignor/Assignor.ts"
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"

export type Assigned = ReadonlyMap<string, TopicPartitions.TopicPartitions>

export const member = (
  memberId: string,
  topicIds: ReadonlyArray<string>,
  target: TopicPartitions.TopicPartitions = TopicPartitions.NONE,
  instanceId: string | null = null
): AssignorMember => ({ memberId, instanceId, topicIds: new Set(topicIds), target })

/** Assigns, and sees that every partition that anybody reads has one owner, who reads its topic. */
export const assign = (
  assignor: Assignor,
  members: ReadonlyArray<AssignorMember>,
  topics: Readonly<Record<string, number>>
): Assigned => {
  const assigned = assignor.assign(members, (topicId) => topics[topicId] ?? 0)
  const owners = new Map<string, string>()
  for (const [memberId, all] of assigned) {
    for (const [topicId, partition] of TopicPartitions.each(all)) {
      const place = `${topicId}${partition}`
      assert.isFalse(owners.has(place), `${place} has two owners`)
      owners.set(place, memberId)
      assert.isTrue(members.find((one) => one.memberId === memberId)!.topicIds.has(topicId))
    }
  }
  const read = new Set(members.flatMap(({ topicIds }) => [...topicIds]))
  const wanted = [...read].reduce((sum, topicId) => sum + (topics[topicId] ?? 0), 0)
  assert.strictEqual(owners.size, wanted)
  return assigned
}

/** "a0 a1 b2" */
export const text = (assigned: Assigned, memberId: string): string =>
  TopicPartitions.toList(assigned.get(memberId)!)
    .flatMap(({ partitions, topicId }) => partitions.map((partition) => `${topicId}${partition}`))
    .join(" ")

/** How many partitions went from one member that is still there to another. */
export const moved = (before: Assigned, after: Assigned): number => {
  let count = 0
  for (const [memberId, all] of before) {
    const now = after.get(memberId)
    if (now !== undefined) count += TopicPartitions.count(TopicPartitions.minus(all, now))
  }
  return count
}

export const sizes = (assigned: Assigned): ReadonlyArray<number> =>
  [...assigned.values()].map(TopicPartitions.count)
