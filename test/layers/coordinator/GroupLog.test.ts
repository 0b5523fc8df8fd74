// Which partition of __consumer_offsets a group belongs to is Kafka's arithmetic: Java's hash code,
// counted here with integers that have no width.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as GroupLog from "../../../src/layers/coordinator/GroupLog.ts"

/** String.hashCode as its definition says: the sum of c * 31 to the power of what follows. */
const hashCode = (text: string): bigint => {
  let sum = 0n
  for (let i = 0; i < text.length; i++) {
    sum += BigInt(text.charCodeAt(i)) * 31n ** BigInt(text.length - 1 - i)
  }
  return BigInt.asIntN(32, sum)
}

describe("GroupLog", () => {
  it("knows Java's hash codes", () => {
    assert.strictEqual(hashCode("hello"), 99_162_322n)
    assert.strictEqual(hashCode("polygenelubricants"), -(2n ** 31n))
    // Utils.abs of the smallest integer is 0.
    assert.strictEqual(GroupLog.partitionOf("polygenelubricants", 50), 0)
    assert.strictEqual(GroupLog.partitionOf("hello", 50), 22)
    assert.strictEqual(GroupLog.partitionOf("", 50), 0)
  })

  it.prop(
    "puts every group where Kafka does",
    {
      groupId: Schema.String,
      partitions: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 }))
    },
    ({ groupId, partitions }) => {
      const positive = hashCode(groupId) & 0x7fff_ffffn
      assert.strictEqual(
        GroupLog.partitionOf(groupId, partitions),
        Number(positive % BigInt(partitions))
      )
    }
  )
})
