// How partitions of a member read.
import { assert, describe, it } from "@effect/vitest"
import { ranges } from "../../../../src/runtime/cli/groups/DescribeGroups.ts"

const partitions = (topic: string, ...numbers: ReadonlyArray<number>) =>
  numbers.map((partition) => ({ topic, partition }))

describe("partitions", () => {
  it("that follow each other are told as ranges, by topic", () => {
    assert.strictEqual(ranges([]), "")
    assert.strictEqual(ranges(partitions("orders", 3)), "orders 3")
    assert.strictEqual(ranges(partitions("orders", 0, 1, 2, 5, 10, 11)), "orders 0-2,5,10-11")
    assert.strictEqual(
      ranges([...partitions("orders", 11, 2, 10), ...partitions("audit", 0)]),
      "audit 0; orders 2,10-11"
    )
  })
})
