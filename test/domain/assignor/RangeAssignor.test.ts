// The range assignor of the broker: contiguous ranges, topic by topic.
import { assert, describe, it } from "@effect/vitest"
import { rangeAssignor } from "../../../src/domain/assignor/RangeAssignor.ts"
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"
import { assign, member, text } from "./Assignments.ts"

describe("rangeAssignor", () => {
  it("gives ranges, one more to the first where there is a rest", () => {
    const members = [member("m2", ["a", "b"]), member("m1", ["a", "b"]), member("m3", ["b"])]
    const assigned = assign(rangeAssignor, members, { a: 3, b: 4 })
    assert.strictEqual(text(assigned, "m1"), "a0 a1 b0 b1")
    assert.strictEqual(text(assigned, "m2"), "a2 b2")
    assert.strictEqual(text(assigned, "m3"), "b3")
  })

  it("orders static members by their names, so that a new id changes nothing", () => {
    const before = [member("x", ["a"], TopicPartitions.NONE, "one"), member("b", ["a"])]
    const after = [member("zzz", ["a"], TopicPartitions.NONE, "one"), member("b", ["a"])]
    const [first, second] = [before, after].map((all) => assign(rangeAssignor, all, { a: 2 }))
    assert.strictEqual(text(first!, "x"), text(second!, "zzz"))
  })

  it("leaves members without anything when there are too many", () => {
    const members = ["m1", "m2", "m3"].map((id) => member(id, ["a"]))
    assert.strictEqual(text(assign(rangeAssignor, members, { a: 2 }), "m3"), "")
  })
})
