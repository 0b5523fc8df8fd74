// What only the records inside a batch can tell. Plain records go a shorter way, which must say the same as the
// long one: of sound records, of every cut, and of every byte that is not what it was.
import { assert, describe, it } from "@effect/vitest"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import * as RecordsCheck from "../../../src/domain/record/RecordsCheck.ts"

const BASE = 1_700_000_000_000

/** Records of the given value sizes; times a millisecond apart. */
const recordsOf = (valueBytes: ReadonlyArray<number>): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
  for (const [i, bytes] of valueBytes.entries()) {
    builder.append(BASE + i, null, Buffer.alloc(bytes, 7))
  }
  return Buffer.from(builder.seal({}).subarray(RecordBatch.HEADER_BYTES))
}

/** With times bounded so tightly that the short way is not taken. */
const both = (records: Buffer, count: number) => {
  const rules = { count, baseTimestamp: BASE, needsKeys: false }
  return {
    short: RecordsCheck.check(records, { ...rules, timestampMin: 0, timestampMax: BASE + 1e6 }),
    long: RecordsCheck.check(records, {
      ...rules,
      timestampMin: BASE - 64,
      timestampMax: BASE + 62
    })
  }
}

const SIZES: ReadonlyArray<ReadonlyArray<number>> = [
  [0],
  [1, 0, 2],
  [50, 51, 52, 60, 63, 64, 65],
  [8100, 8180, 8191, 8192, 8193, 20_000],
  Array.from({ length: 60 }, (_, i) => i)
]

describe("RecordsCheck", () => {
  it("takes records of every size, also those whose numbers take more bytes", () => {
    for (const sizes of SIZES) {
      const { long, short } = both(recordsOf(sizes), sizes.length)
      assert.isUndefined(short)
      assert.isUndefined(long)
    }
    const many = Array.from({ length: 20_000 }, () => 3)
    assert.isUndefined(both(recordsOf(many.slice(0, 60)), 60).short)
    const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
    for (const bytes of many) builder.append(BASE, null, Buffer.alloc(bytes))
    const records = builder.seal({}).subarray(RecordBatch.HEADER_BYTES)
    assert.isUndefined(both(records, many.length).short)
  })

  it("says of a damaged byte what the long way says", () => {
    for (const sizes of SIZES.filter((sizes) => Math.max(...sizes) < 100)) {
      const records = recordsOf(sizes)
      for (let at = 0; at < records.length; at++) {
        const sound = records[at]!
        for (const change of [0x01, 0x02, 0x40, 0x80, 0xff]) {
          records[at] = sound ^ change
          const { long, short } = both(records, sizes.length)
          // A time is sound for one and too late for the other.
          if (long?.message.includes("has the time") !== true) {
            assert.strictEqual(short?.message, long?.message, `byte ${at} changed by ${change}`)
          }
        }
        records[at] = sound
      }
    }
  })

  it("finds every cut, and what was not announced", () => {
    const records = recordsOf([10, 100, 5])
    for (let length = 0; length < records.length; length++) {
      const { long, short } = both(records.subarray(0, length), 3)
      assert.isDefined(short, `cut at ${length}`)
      assert.strictEqual(short.message, long?.message)
    }
    assert.match(both(records, 2).short!.message, /not announced/)
  })
})
