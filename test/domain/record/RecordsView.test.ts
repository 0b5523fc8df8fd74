// What a consumer reads of a fetched batch; and that damage is always told as such, never read as records.
import { assert, describe, it } from "@effect/vitest"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import {
  type HeaderInput,
  RecordBatchBuilder
} from "../../../src/domain/record/RecordBatchBuilder.ts"
import {
  DamagedRecords,
  RecordsView,
  wholeBatchBytes
} from "../../../src/domain/record/RecordsView.ts"

const TIMESTAMP = 1_700_000_000_000
const HEADERS: ReadonlyArray<HeaderInput> = [["ä", Buffer.from("1")], ["", null]]

/** Ten records: each third without a key, each fourth without a value, the last two with headers. */
const batchAt = (baseOffset: number): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
  for (let i = 0; i < 10; i++) {
    builder.append(
      TIMESTAMP - 70 * i,
      i % 3 === 0 ? null : Buffer.from(`key ${i}`),
      i % 4 === 0 ? null : Buffer.alloc(i * 50, `${i}`),
      i < 8 ? [] : HEADERS
    )
  }
  const batch = builder.seal({})
  RecordBatch.setBaseOffset(batch, 0, baseOffset)
  return batch
}

const offsets = (view: RecordsView): ReadonlyArray<number> => {
  const seen: Array<number> = []
  while (view.next()) seen.push(view.offset)
  return seen
}

describe("RecordsView", () => {
  it("goes from record to record and tells where each one's parts lie", () => {
    const batch = Buffer.concat([Buffer.alloc(7, 0xff), batchAt(2 ** 40), Buffer.alloc(5, 0xff)])
    const view = new RecordsView(batch, 7)
    assert.deepStrictEqual([view.count, view.baseOffset, view.lastOffset], [
      10,
      2 ** 40,
      2 ** 40 + 9
    ])
    for (let i = 0; i < 10; i++) {
      assert.isTrue(view.next())
      assert.deepStrictEqual([view.offset, view.timestamp], [2 ** 40 + i, TIMESTAMP - 70 * i])
      assert.strictEqual(view.key?.toString() ?? null, i % 3 === 0 ? null : `key ${i}`)
      assert.strictEqual(view.valueBytes, i % 4 === 0 ? -1 : i * 50)
      assert.deepStrictEqual(view.value, i % 4 === 0 ? null : Buffer.alloc(i * 50, `${i}`))
      assert.deepStrictEqual(
        view.headers.map(({ key, value }) => [key, value]),
        i < 8 ? [] : HEADERS.map((header) => [...header])
      )
    }
    assert.isFalse(view.next())
    assert.isFalse(view.next())
  })

  it("makes objects that stay when it goes on", () => {
    const records = new RecordsView(batchAt(5)).records()
    assert.deepStrictEqual(records.map(({ offset }) => offset), [5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
    assert.strictEqual(records[1]!.key!.toString(), "key 1")
    assert.strictEqual(records[9]!.headers.length, 2)
    assert.strictEqual(records[0]!.timestamp, TIMESTAMP)
  })

  it("passes over what lies before an offset", () => {
    for (let offset = 98; offset < 112; offset++) {
      const expected = Array.from({ length: 10 }, (_, i) => 100 + i).filter((one) => one >= offset)
      const view = new RecordsView(batchAt(100))
      view.skipTo(offset)
      assert.deepStrictEqual(offsets(view), expected)
      const records = new RecordsView(batchAt(100)).records(offset)
      assert.deepStrictEqual(records.map((record) => record.offset), expected)
    }
  })

  it("passes over records while it reads, and never goes back", () => {
    const view = new RecordsView(batchAt(100))
    view.next()
    view.skipTo(104)
    view.skipTo(102)
    view.next()
    assert.strictEqual(view.offset, 104)
  })

  it("reads records that were compressed, when they are not any more", () => {
    const batch = batchAt(3)
    const records = Buffer.from(batch.subarray(RecordBatch.HEADER_BYTES))
    const builder = new RecordBatchBuilder({ bytesMax: 100 })
    builder.append(0, null, null)
    const sealed = builder.sealCompressed(4, Buffer.from("zstd"), {})
    batch.copy(sealed, 0, 0, RecordBatch.HEADER_BYTES)
    sealed.writeInt32BE(sealed.length - RecordBatch.LENGTH_PREFIX_BYTES, 8)
    assert.deepStrictEqual(
      new RecordsView(sealed, 0, records).records().map(({ value }) => value),
      new RecordsView(batch).records().map(({ value }) => value)
    )
  })

  it("gives the broker's time where the batch says so", () => {
    const batch = batchAt(0)
    RecordBatch.setLogAppendTime(batch, 0, 42)
    assert.isTrue(new RecordsView(batch).records().every(({ timestamp }) => timestamp === 42))
  })

  it("knows that compaction leaves holes, and batches with nothing in them", () => {
    const holes = Buffer.concat([
      batchAt(0).subarray(0, RecordBatch.HEADER_BYTES),
      Buffer.from("0c0000040101000c00000e010100", "hex")
    ])
    holes.writeInt32BE(holes.length - RecordBatch.LENGTH_PREFIX_BYTES, 8)
    holes.writeInt32BE(2, 57)
    assert.deepStrictEqual(offsets(new RecordsView(holes)), [2, 7])
    const view = new RecordsView(holes)
    view.skipTo(3)
    assert.deepStrictEqual(offsets(view), [7])
    const empty = holes.subarray(0, RecordBatch.HEADER_BYTES)
    empty.writeInt32BE(empty.length - RecordBatch.LENGTH_PREFIX_BYTES, 8)
    empty.writeInt32BE(0, 57)
    assert.deepStrictEqual(new RecordsView(empty).records(), [])
  })
})

describe("damaged records", () => {
  const read = (batch: Buffer): void => void new RecordsView(batch).records()

  it("are fewer or more than the batch says", () => {
    for (const count of [-1, 0, 9, 11, 1_000_000]) {
      const batch = batchAt(0)
      batch.writeInt32BE(count, 57)
      assert.throws(() => read(batch), DamagedRecords)
      assert.throws(() => read(Buffer.concat([batch, batchAt(10)])), DamagedRecords)
    }
  })

  it("are told with their place", () => {
    const batch = batchAt(70)
    batch[RecordBatch.HEADER_BYTES] = 1
    assert.throws(() => read(batch), "record 0 of the batch at offset 70 is -1 bytes long")
  })

  /** A batch of two offsets around these records: lengths and all, in hexadecimal. */
  const around = (count: number, records: string): Buffer => {
    const bytes = Buffer.from(records.replaceAll(" ", ""), "hex")
    const batch = Buffer.concat([batchAt(0).subarray(0, RecordBatch.HEADER_BYTES), bytes])
    batch.writeInt32BE(batch.length - RecordBatch.LENGTH_PREFIX_BYTES, 8)
    batch.writeInt32BE(1, 23)
    batch.writeInt32BE(count, 57)
    return batch
  }

  it("do not ascend, leave the batch, or do not fill their length", () => {
    // length, attributes, timestamp and offset deltas, key, value, headers; zigzag varints
    assert.doesNotThrow(() => read(around(1, "0c 00 00 02 01 01 00")))
    assert.doesNotThrow(() => read(around(1, "14 00 00 00 01 01 02 02 61 02 62")))
    const damaged: ReadonlyArray<readonly [what: string, count: number, records: string]> = [
      ["the same offset twice", 2, "0c 00 00 00 01 01 00 0c 00 00 00 01 01 00"],
      ["an offset before the batch", 1, "0c 00 00 01 01 01 00"],
      ["an offset behind the batch", 1, "0c 00 00 04 01 01 00"],
      ["no room for all fields", 1, "0a 00 00 00 01 01"],
      ["a key of -2 bytes", 1, "0c 00 00 00 03 01 00"],
      ["a value of -2 bytes", 1, "0c 00 00 00 01 03 00"],
      ["a key beyond the record", 1, "0c 00 00 00 04 01 00"],
      ["a value beyond the record", 1, "0c 00 00 00 01 02 00"],
      ["a byte too many", 1, "0e 00 00 00 01 01 00 00"],
      ["-1 headers", 1, "0c 00 00 00 01 01 01"],
      ["a header that is not there", 1, "0c 00 00 00 01 01 02"],
      ["a header too few", 1, "14 00 00 00 01 01 04 02 61 02 62"],
      ["a header's name of -1 bytes", 1, "14 00 00 00 01 01 02 01 61 02 62"],
      ["a header of -2 bytes", 1, "14 00 00 00 01 01 02 02 61 03 62"],
      ["a header shorter than it should be", 1, "14 00 00 00 01 01 02 02 61 00 62"]
    ]
    for (const [what, count, records] of damaged) {
      assert.throws(() => read(around(count, records)), DamagedRecords, "", what)
    }
    const twice = around(2, "0c 00 00 00 01 01 00 0c 00 00 00 01 01 00")
    assert.throws(() => new RecordsView(twice).skipTo(5), DamagedRecords)
  })

  it("never make anything else than DamagedRecords, or records that lie inside the batch", () => {
    let damaged = 0
    const sound = batchAt(0)
    for (let at = RecordBatch.HEADER_BYTES; at < sound.length; at++) {
      for (const bits of [0x01, 0x02, 0x80, 0xff]) {
        const batch = Buffer.from(sound)
        batch[at]! ^= bits
        try {
          const view = new RecordsView(batch)
          while (view.next()) {
            assert.isAtMost(view.keyAt + view.keyBytes, batch.length)
            assert.isAtMost(view.valueAt + view.valueBytes, batch.length)
            for (const { value } of view.headers) assert.isAtMost(value?.length ?? 0, batch.length)
          }
        } catch (error) {
          assert.instanceOf(error, DamagedRecords)
          damaged++
        }
        try {
          new RecordsView(batch).skipTo(9)
        } catch (error) {
          assert.instanceOf(error, DamagedRecords)
        }
      }
    }
    assert.isAbove(damaged, 200)
  })
})

describe("wholeBatchBytes", () => {
  it("is the size of a batch, and 0 where a fetch has cut it off", () => {
    const batch = batchAt(0)
    assert.strictEqual(wholeBatchBytes(Buffer.concat([batch, batch]), batch.length), batch.length)
    for (let length = 0; length < batch.length; length++) {
      assert.strictEqual(wholeBatchBytes(batch.subarray(0, length), 0), 0)
    }
    assert.throws(() => new RecordsView(batch.subarray(0, 100)), DamagedRecords)
  })

  it("knows one format and no size below a header's", () => {
    const [old, small] = [batchAt(0), batchAt(0)]
    old[16] = 1
    small.writeInt32BE(48, 8)
    for (const batch of [old, small]) assert.throws(() => wholeBatchBytes(batch, 0), DamagedRecords)
  })
})
