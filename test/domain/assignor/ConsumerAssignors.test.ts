// The assignors by name, and range in the hands of a leader.
import { assert, describe, it } from "@effect/vitest"
import { protocolOf } from "../../../src/domain/assignor/ConsumerAssignor.ts"
import { consumerAssignors, range } from "../../../src/domain/assignor/ConsumerAssignors.ts"
import { text } from "./Assignments.ts"
import { divide, subscriber } from "./ConsumerAssignments.ts"

describe("consumerAssignors", () => {
  it("are named as in Kafka's partition.assignment.strategy", () => {
    for (const [name, assignor] of Object.entries(consumerAssignors)) {
      assert.strictEqual(assignor.name, name)
    }
    assert.deepStrictEqual(Object.keys(consumerAssignors), [
      "range",
      "roundrobin",
      "sticky",
      "cooperative-sticky"
    ])
  })

  it("make a member cooperative only where all that it offers are", () => {
    const { "cooperative-sticky": cooperative, sticky } = consumerAssignors
    assert.strictEqual(protocolOf([cooperative]), "cooperative")
    assert.strictEqual(protocolOf([cooperative, sticky]), "eager")
  })
})

describe("range", () => {
  it("gives equal numbers of each topic to the same member, and the rest to the first", () => {
    const assigned = divide(range, [subscriber("c1", "ab"), subscriber("c0", "ab")], { a: 3, b: 3 })
    assert.strictEqual(text(assigned, "c0"), "a0 a1 b0 b1")
    assert.strictEqual(text(assigned, "c1"), "a2 b2")
  })

  it("divides a topic among its readers only, static members first", () => {
    const members = [
      subscriber("m1", "ab"),
      subscriber("m2", "b", { instanceId: "z" }),
      subscriber("m3", "a"),
      subscriber("m4", "x")
    ]
    const assigned = divide(range, members, { a: 5, b: 3 })
    assert.deepStrictEqual(members.map(({ memberId }) => text(assigned, memberId)), [
      "a0 a1 a2 b2",
      "b0 b1",
      "a3 a4",
      ""
    ])
  })
})
