// Sizes that are never too small, and strings as bytes without new memory.
import { assert, describe, it } from "@effect/vitest"
import { RecordBatchBuilder } from "../../../../src/domain/record/RecordBatchBuilder.ts"
import * as RecordSize from "../../../../src/runtime/client/producer/RecordSize.ts"

describe("RecordSize", () => {
  it("is never less than what the record takes in a batch of its own", () => {
    for (
      const value of ["", "ascii", "ünïcödé", "日本語", "😀".repeat(1000), "x".repeat(100_000)]
    ) {
      const headers = [[value.slice(0, 50), Buffer.from(value)]] as const
      const record = { topic: "t", key: value, value, headers }
      const builder = new RecordBatchBuilder({ bytesMax: 100 })
      builder.append(0, Buffer.from(value), Buffer.from(value), headers)
      assert.isAtLeast(RecordSize.exact(record), builder.sizeBytes)
      assert.isAtLeast(RecordSize.bound(record), RecordSize.exact(record))
    }
  })
})

describe("Utf8Scratch", () => {
  it("gives the bytes of any string, and the same view for equal lengths", () => {
    const scratch = new RecordSize.Utf8Scratch()
    for (const text of ["", "a", "日本語", "x".repeat(4096), "ü".repeat(5000), "😀".repeat(9000)]) {
      assert.deepStrictEqual(scratch.bytesOf(text).toString(), text)
    }
    assert.strictEqual(scratch.bytesOf("abc"), scratch.bytesOf("xyz"))
  })
})
