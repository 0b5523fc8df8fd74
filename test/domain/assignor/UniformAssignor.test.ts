// The uniform assignor of the broker: even, and nothing moves that need not.
import { assert, describe, it } from "@effect/vitest"
import { uniformAssignor } from "../../../src/domain/assignor/UniformAssignor.ts"
import { random } from "../../torture/Random.ts"
import { assign, member, moved, sizes } from "./Assignments.ts"

const TOPICS = { a: 7, b: 12, c: 1 }

describe("uniformAssignor", () => {
  it("gives members that read the same equally much, within one", () => {
    for (const count of [1, 2, 3, 7, 20, 25]) {
      const members = Array.from({ length: count }, (_, i) => member(`m${i}`, ["a", "b", "c"]))
      const given = sizes(assign(uniformAssignor, members, TOPICS))
      assert.isAtMost(Math.max(...given) - Math.min(...given), 1)
    }
  })

  it("moves no more than a newcomer's share, and nothing when nothing has changed", () => {
    const ids = ["m0", "m1", "m2"]
    const topics = ["a", "b", "c"]
    const first = assign(uniformAssignor, ids.map((id) => member(id, topics)), TOPICS)
    const again = ids.map((id) => member(id, topics, first.get(id)))
    assert.strictEqual(moved(first, assign(uniformAssignor, again, TOPICS)), 0)
    const more = assign(uniformAssignor, [...again, member("m3", topics)], TOPICS)
    assert.strictEqual(moved(first, more), 5)
    // Who leaves takes nothing along: the others keep all that they have.
    const rest = ["m0", "m1"].map((id) => member(id, topics, first.get(id)))
    assert.strictEqual(moved(first, assign(uniformAssignor, rest, TOPICS)), 0)
  })

  it("evens out what differing subscriptions allow, and keeps what it can", () => {
    const draw = random(7)
    for (let round = 0; round < 200; round++) {
      const members = Array.from(
        { length: 1 + Math.floor(draw() * 8) },
        (_, i) =>
          member(`m${i}`, ["a", "b", "c"].filter((_, topic) => topic === i % 3 || draw() < 0.5))
      )
      const assigned = assign(uniformAssignor, members, TOPICS)
      const again = members.map((one) => ({ ...one, target: assigned.get(one.memberId)! }))
      assert.strictEqual(moved(assigned, assign(uniformAssignor, again, TOPICS)), 0)
      for (const giver of members) {
        const owned = assigned.get(giver.memberId)!
        const readers = members.filter(({ topicIds }) =>
          [...owned.keys()].some((topicId) => topicIds.has(topicId))
        )
        for (const reader of readers) {
          const others = [...assigned.get(reader.memberId)!.values()]
          const [mine, theirs] = [[...owned.values()], others].map((all) =>
            all.reduce((sum, { size }) => sum + size, 0)
          )
          assert.isAtMost(mine! - theirs!, 1)
        }
      }
    }
  })
})
