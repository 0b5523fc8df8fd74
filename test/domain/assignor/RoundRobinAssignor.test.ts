// The round robin assignor of consumers: partitions dealt in turn, exactly as Kafka deals them.
import { assert, describe, it } from "@effect/vitest"
import { roundRobin } from "../../../src/domain/assignor/RoundRobinAssignor.ts"
import { sizes, text } from "./Assignments.ts"
import { divide, subscriber, wanted } from "./ConsumerAssignments.ts"

const table = (
  members: ReadonlyArray<readonly [id: string, topics: string, instanceId?: string]>,
  topics: Readonly<Record<string, number>>
): Readonly<Record<string, string>> => {
  const assigned = divide(
    roundRobin,
    members.map(([id, topics, instanceId]) =>
      subscriber(id, topics, { instanceId: instanceId ?? null })
    ),
    topics
  )
  return Object.fromEntries(members.map(([id]) => [id, text(assigned, id)]))
}

describe("roundRobin", () => {
  it("deals all partitions in turn, from topic to topic", () => {
    assert.deepStrictEqual(table([["c1", "ab"], ["c0", "ba"]], { a: 3, b: 3 }), {
      c0: "a0 a2 b1",
      c1: "a1 b0 b2"
    })
  })

  it("passes over members that do not read the topic, however uneven that is", () => {
    assert.deepStrictEqual(
      table([["c0", "a"], ["c1", "ab"], ["c2", "abc"]], { a: 1, b: 2, c: 3 }),
      {
        c0: "a0",
        c1: "b0",
        c2: "b1 c0 c1 c2"
      }
    )
  })

  it("orders static members by name and before the others", () => {
    assert.deepStrictEqual(table([["a", "t"], ["x", "t", "two"], ["z", "t", "one"]], { t: 4 }), {
      z: "t0 t3",
      x: "t1",
      a: "t2"
    })
  })

  it("gives nothing of topics that do not exist, or when there are too many members", () => {
    assert.deepStrictEqual(table([["c0", "ax"], ["c1", "ax"]], { a: 1 }), { c0: "a0", c1: "" })
    assert.deepStrictEqual(table([], { a: 1 }), {})
  })

  it("is even within one where all read the same", () => {
    for (let count = 1; count < 12; count++) {
      const members = Array.from({ length: count }, (_, i) => subscriber(`c${i}`, "abc"))
      const topics = { a: 5, b: count, c: 2 }
      const given = sizes(divide(roundRobin, members, topics))
      assert.strictEqual(given.reduce((sum, one) => sum + one), wanted(members, topics))
      assert.isAtMost(Math.max(...given) - Math.min(...given), 1)
    }
  })
})
