// The cooperative assignor: a partition changes hands in two rebalances and is never in two. The last test
// plays groups of members that join, leave and are cut off.
import { assert, describe, it } from "@effect/vitest"
import type { SubscribedMember } from "../../../src/domain/assignor/ConsumerAssignor.ts"
import { cooperativeSticky } from "../../../src/domain/assignor/CooperativeStickyAssignor.ts"
import { encodeUserData } from "../../../src/domain/assignor/StickyAssignor.ts"
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"
import { random } from "../../torture/Random.ts"
import { type Assigned, sizes, text } from "./Assignments.ts"
import { divide, partitions, subscriber, wanted } from "./ConsumerAssignments.ts"

const owner = (
  memberId: string,
  topics: string,
  owned: string,
  generationId: number,
  userData: Uint8Array | null = null
) => subscriber(memberId, topics, { ownedPartitions: partitions(owned), generationId, userData })

describe("cooperativeSticky", () => {
  it("gives all that nobody owns at once", () => {
    const assigned = divide(cooperativeSticky, [
      owner("c0", "a", "a0 a1", 1),
      owner("c1", "a", "", -1)
    ], {
      a: 4
    })
    assert.strictEqual(text(assigned, "c0"), "a0 a1")
    assert.strictEqual(text(assigned, "c1"), "a2 a3")
  })

  it("takes a partition from its owner first, and gives it to another when that has joined again", () => {
    const newcomer = owner("c1", "a", "", -1)
    const first = divide(cooperativeSticky, [owner("c0", "a", "a0 a1", 1), newcomer], { a: 2 })
    assert.strictEqual(text(first, "c0"), "a0")
    assert.strictEqual(text(first, "c1"), "")
    const members = [owner("c0", "a", "a0", 2), owner("c1", "a", "", 2)]
    const second = divide(cooperativeSticky, members, { a: 2 })
    assert.strictEqual(text(second, "c0"), "a0")
    assert.strictEqual(text(second, "c1"), "a1")
  })

  it("waits also for an owner that does not read the topic any more", () => {
    const members = [owner("c0", "b", "a0 b0", 1), owner("c1", "a", "a1", 1)]
    const assigned = divide(cooperativeSticky, members, { a: 2, b: 1 })
    assert.strictEqual(text(assigned, "c0"), "b0")
    assert.strictEqual(text(assigned, "c1"), "a1")
  })

  it("leaves the later of two owners what it has, and gives neither of two equal ones anything", () => {
    const later = divide(
      cooperativeSticky,
      [owner("cut-off", "a", "a0 a1", 3), owner("current", "a", "a1", 5)],
      { a: 2 }
    )
    assert.strictEqual(text(later, "cut-off"), "a0")
    assert.strictEqual(text(later, "current"), "a1")
    const equal = divide(
      cooperativeSticky,
      [owner("c0", "a", "a0 a1", 3), owner("c1", "a", "a1", 3)],
      { a: 2 }
    )
    assert.strictEqual(text(equal, "c0"), "a0")
    assert.strictEqual(text(equal, "c1"), "")
  })

  it("finds the generation in the user data of members that have no such field", () => {
    const written = cooperativeSticky.subscriptionUserData!(TopicPartitions.NONE, 5)!
    assert.deepStrictEqual(written, Buffer.from([0, 0, 0, 5]))
    const librdkafka = encodeUserData(partitions("a1"), 5)
    for (const userData of [written, new Uint8Array(written), librdkafka]) {
      const members = [owner("cut-off", "a", "a0 a1", 3), owner("current", "a", "a1", -1, userData)]
      assert.strictEqual(text(divide(cooperativeSticky, members, { a: 2 }), "current"), "a1")
    }
    for (const userData of [Buffer.alloc(0), Buffer.alloc(3), Buffer.alloc(5, 0xff), null]) {
      const members = [owner("known", "a", "a0 a1", 3), owner("unknown", "a", "a1", -1, userData)]
      assert.strictEqual(text(divide(cooperativeSticky, members, { a: 2 }), "unknown"), "")
    }
  })

  it("believes the field rather than the user data", () => {
    const late = cooperativeSticky.subscriptionUserData!(TopicPartitions.NONE, 9)
    const members = [owner("late", "a", "a0 a1", 3, late), owner("current", "a", "a1", 5)]
    assert.strictEqual(text(divide(cooperativeSticky, members, { a: 2 }), "current"), "a1")
  })

  it("leads any group to an even division in a few rebalances, and nobody reads with another", () => {
    const draw = random(9)
    for (let round = 0; round < 200; round++) {
      const topics = { a: 1 + Math.floor(draw() * 9), b: Math.floor(draw() * 6), c: 3 }
      let members: ReadonlyArray<SubscribedMember> = []
      let generation = 0
      for (let change = 0; change < 6; change++) {
        members = changed(members, draw, `c${round}-${change}`)
        let rebalances = 0
        for (let isMoving = true; isMoving; rebalances++) {
          assert.isBelow(rebalances, 5, "the group does not come to rest")
          const assigned = divide(cooperativeSticky, members, topics)
          assertNobodyElseClaims(members, assigned)
          isMoving = members.some((member) => !hasAll(assigned, member))
          members = after(members, assigned, ++generation)
          if (!isMoving) assertComplete(members, assigned, topics)
        }
      }
    }
  })
})

/** Some leave, one comes, and now and then one comes back with what it had long ago. */
const changed = (
  members: ReadonlyArray<SubscribedMember>,
  draw: () => number,
  memberId: string
): ReadonlyArray<SubscribedMember> => {
  const staying = members.filter(() => draw() < 0.7)
  const gone = members.find((member) => !staying.includes(member))
  const isBack = gone !== undefined && draw() < 0.3
  return [...staying, ...isBack ? [gone] : [], subscriber(memberId, "abc")]
    .map((member) => draw() < 0.1 ? { ...member, ownedPartitions: partitions("a0 b1") } : member)
}

const hasAll = (assigned: Assigned, { memberId, ownedPartitions }: SubscribedMember): boolean =>
  TopicPartitions.isSubset(ownedPartitions, assigned.get(memberId)!)

/** Members give up what they were not given again, and own the rest in the new generation. */
const after = (
  members: ReadonlyArray<SubscribedMember>,
  assigned: Assigned,
  generationId: number
): ReadonlyArray<SubscribedMember> =>
  members.map((member) => ({
    ...member,
    ownedPartitions: assigned.get(member.memberId)!,
    generationId
  }))

/** What is new to a member is claimed by no other. */
const assertNobodyElseClaims = (
  members: ReadonlyArray<SubscribedMember>,
  assigned: Assigned
): void => {
  for (const { memberId, ownedPartitions } of members) {
    const added = TopicPartitions.minus(assigned.get(memberId)!, ownedPartitions)
    for (const other of members) {
      if (other.memberId === memberId) continue
      assert.strictEqual(TopicPartitions.intersection(added, other.ownedPartitions).size, 0)
    }
  }
}

const assertComplete = (
  members: ReadonlyArray<SubscribedMember>,
  assigned: Assigned,
  topics: Readonly<Record<string, number>>
): void => {
  const given = sizes(assigned)
  assert.strictEqual(given.reduce((sum, one) => sum + one, 0), wanted(members, topics))
  assert.isAtMost(Math.max(...given) - Math.min(...given), 1)
}
