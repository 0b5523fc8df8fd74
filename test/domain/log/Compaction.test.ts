// Of each key the newest record remains, tombstones as long as they must, and nothing else of a batch
// changes.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as crypto from "node:crypto"
import * as Compaction from "../../../src/domain/log/Compaction.ts"
import { KeyOffsets } from "../../../src/domain/log/KeyOffsets.ts"
import * as SegmentScan from "../../../src/domain/log/SegmentScan.ts"
import * as Record from "../../../src/domain/record/Record.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import {
  RecordBatchBuilder,
  type SealOptions
} from "../../../src/domain/record/RecordBatchBuilder.ts"

const digest = (key: Buffer): string => crypto.hash("sha256", key, "binary")
const DAY_MS = 86_400_000
const NOW_MS = 1_700_000_000_000

type KeyValue = readonly [key: string | null, value: string | null]

/** A batch at an offset; the times of its records count up from 1000. */
const batchAt = (
  baseOffset: number,
  records: ReadonlyArray<KeyValue>,
  options: SealOptions = {}
): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
  const bytes = (text: string | null) => text === null ? null : Buffer.from(text)
  for (const [i, [key, value]] of records.entries()) {
    builder.append(1_000 + i, bytes(key), bytes(value), [["h", Buffer.from(`${i}`)]])
  }
  const batch = Buffer.from(builder.seal(options))
  RecordBatch.setBaseOffset(batch, 0, baseOffset)
  return batch
}

const inside = (batch: Buffer): Buffer => batch.subarray(RecordBatch.HEADER_BYTES)

const newestOf = (batches: ReadonlyArray<Buffer>, slots = 1024): KeyOffsets => {
  const newest = new KeyOffsets({ slots, loadFactor: 0.9, digest })
  for (const batch of batches) if (!Compaction.note(batch, 0, inside(batch), newest)) break
  return newest
}

interface Options {
  readonly nowMs?: number
  readonly slots?: number
  readonly isLastOfProducer?: (batch: Buffer) => boolean
}

/** The batches after one cleaning. */
const compact = (
  batches: ReadonlyArray<Buffer>,
  { isLastOfProducer = () => false, nowMs = NOW_MS, slots }: Options = {}
): ReadonlyArray<Buffer> => {
  const newest = newestOf(batches, slots)
  return batches.flatMap((batch) => {
    const rules = { newest, nowMs, deleteRetentionMs: DAY_MS, isLastOfProducer }
    const left = Compaction.filter(batch, 0, inside(batch), rules)
    switch (left._tag) {
      case "All":
        return [batch]
      case "None":
        return []
      case "Header":
        return [Compaction.emptied(batch, 0)]
      case "Some":
        return [Compaction.rebuilt(batch, 0, left.records, left)]
    }
  })
}

const recordsOf = (batches: ReadonlyArray<Buffer>) =>
  batches.flatMap((batch) => Record.ofBatch(batch, 0)).map((record) => ({
    offset: record.offset,
    timestamp: record.timestamp,
    key: record.key?.toString() ?? null,
    value: record.value?.toString() ?? null,
    headers: record.headers.map(({ key, value }) => `${key}=${String(value)}`).join()
  }))

const offsetsOf = (batches: ReadonlyArray<Buffer>): ReadonlyArray<number> =>
  recordsOf(batches).map(({ offset }) => offset)

const assertSound = (batches: ReadonlyArray<Buffer>): void => {
  let nextOffset = 0
  for (const batch of batches) {
    const expected = { nextOffset, mayHaveHoles: true, leaderEpochMax: 0 }
    assert.isUndefined(SegmentScan.unsound(batch, 0, batch.length, expected))
    nextOffset = RecordBatch.nextOffset(batch, 0)
  }
}

describe("records", () => {
  it("remain where they are the newest of their key, with all that they had", () => {
    const before = [
      batchAt(0, [["a", "1"], ["b", "1"], ["a", "2"]]),
      batchAt(3, [["c", "1"], ["b", "2"]]),
      batchAt(5, [["d", "1"]])
    ]
    const after = compact(before)
    assert.deepStrictEqual(offsetsOf(after), [2, 3, 4, 5])
    const all = recordsOf(before)
    assert.deepStrictEqual(recordsOf(after), all.filter(({ offset }) => offset >= 2))
    assert.strictEqual(RecordBatch.baseOffset(after[0]!, 0), 0, "a batch keeps its place")
    assert.strictEqual(RecordBatch.lastOffset(after[0]!, 0), 2)
    assert.strictEqual(after[1], before[1], "what loses nothing is not written anew")
    assertSound(after)
  })

  it("without a key go", () => {
    assert.deepStrictEqual(offsetsOf(compact([batchAt(0, [[null, "1"], ["a", "1"]])])), [1])
  })

  it("with an empty key have one", () => {
    assert.deepStrictEqual(offsetsOf(compact([batchAt(0, [["", "1"], ["", "2"]])])), [1])
  })

  it("that make no sense are not guessed at", () => {
    const batch = batchAt(0, [["a", "1"], ["b", "1"]])
    batch[RecordBatch.HEADER_BYTES] = 0x7e
    assert.throws(() => newestOf([batch]), Compaction.DamagedRecords)
  })

  it.prop(
    "leave the map that they made before, whatever room there is for keys",
    {
      writes: Schema.Array(Schema.Struct({
        key: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 8 })),
        value: Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 99 })))
      })).check(Schema.isMaxLength(60)),
      perBatch: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 7 })),
      slots: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 12 })),
      rounds: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 3 }))
    },
    ({ perBatch, rounds, slots, writes }) => {
      const before: Array<Buffer> = []
      for (let from = 0; from < writes.length; from += perBatch) {
        const records = writes.slice(from, from + perBatch).map(({ key, value }) =>
          [`k${key}`, value === null ? null : `v${value}`] as const
        )
        before.push(batchAt(from, records))
      }
      let after: ReadonlyArray<Buffer> = before
      for (let round = 0; round < rounds; round++) {
        after = compact(after, { slots, nowMs: NOW_MS + round * 2 * DAY_MS })
        assertSound(after)
      }
      assert.deepStrictEqual(mapOf(after), mapOf(before))
      const all = new Map(recordsOf(before).map((record) => [record.offset, record]))
      for (const record of recordsOf(after)) {
        assert.deepStrictEqual(record, all.get(record.offset))
      }
      return true
    }
  )
})

/** What a reader from the start holds at the end. */
const mapOf = (batches: ReadonlyArray<Buffer>): Map<string | null, string> => {
  const map = new Map<string | null, string>()
  for (const { key, value } of recordsOf(batches)) {
    if (value === null) map.delete(key)
    else map.set(key, value)
  }
  return map
}

describe("tombstones", () => {
  const before = [batchAt(0, [["a", "1"], ["b", "1"]]), batchAt(2, [["a", null]])]

  it("take the records before them, and get a horizon", () => {
    const after = compact(before)
    assert.deepStrictEqual(offsetsOf(after), [1, 2])
    const tombstone = after[1]!
    assert.strictEqual(RecordBatch.deleteHorizonMs(tombstone, 0), NOW_MS + DAY_MS)
    assert.deepStrictEqual(
      recordsOf([tombstone]),
      recordsOf([before[1]!]),
      "times stay as they were"
    )
    assert.strictEqual(RecordBatch.maxTimestamp(tombstone, 0), 1_000)
    assert.isUndefined(RecordBatch.deleteHorizonMs(after[0]!, 0))
    assertSound(after)
  })

  it("stay until then, and no cleaning moves it", () => {
    const again = compact(compact(before), { nowMs: NOW_MS + DAY_MS - 1 })
    assert.deepStrictEqual(offsetsOf(again), [1, 2])
    assert.strictEqual(RecordBatch.deleteHorizonMs(again[1]!, 0), NOW_MS + DAY_MS)
    assert.deepStrictEqual(offsetsOf(compact(again, { nowMs: NOW_MS + DAY_MS })), [1])
  })

  it("keep the times of their neighbours", () => {
    const mixed = [batchAt(0, [["a", "1"], ["b", null], ["c", "1"], ["a", "2"]])]
    const after = compact(mixed)
    assert.deepStrictEqual(recordsOf(after), recordsOf(mixed).slice(1))
    const later = compact(after, { nowMs: NOW_MS + DAY_MS })
    assert.deepStrictEqual(offsetsOf(later), [2, 3])
    assert.deepStrictEqual(recordsOf(later), recordsOf(mixed).slice(2))
    assert.strictEqual(RecordBatch.deleteHorizonMs(later[0]!, 0), NOW_MS + DAY_MS)
  })

  it("of a log with the broker's time keep that", () => {
    const batch = batchAt(0, [["a", null]])
    RecordBatch.setLogAppendTime(batch, 0, 5_000)
    const [after] = compact([batch])
    assert.strictEqual(RecordBatch.maxTimestamp(after!, 0), 5_000)
    assert.isTrue(RecordBatch.isLogAppendTime(after!, 0))
    assert.deepStrictEqual(recordsOf([after!]), recordsOf([batch]))
  })
})

describe("too many keys for the memory", () => {
  it("leave what could not be noted for the next time", () => {
    const before = [batchAt(0, [["a", "1"], ["b", "1"], ["c", "1"], ["a", "2"], ["b", null]])]
    assert.strictEqual(newestOf(before, 3).endOffset, 2)
    const after = compact(before, { slots: 3 })
    assert.strictEqual(after[0], before[0], "the newer a was not seen")
  })
})

describe("producers", () => {
  const mine = { producerId: 7, producerEpoch: 1, baseSequence: 40 }
  const before = [batchAt(0, [["a", "1"], ["b", "1"]], mine), batchAt(2, [["a", "2"], ["b", "2"]])]

  it("keep the header of their last batch, which tells their sequence", () => {
    const isLastOfProducer = (batch: Buffer) => RecordBatch.lastOffset(batch, 0) === 1
    const after = compact(before, { isLastOfProducer })
    const header = after[0]!
    assert.strictEqual(header.length, RecordBatch.HEADER_BYTES)
    assert.deepStrictEqual([header, ...after].map((batch) => RecordBatch.recordsCount(batch, 0)), [
      0,
      0,
      2
    ])
    assert.deepStrictEqual(
      [RecordBatch.producerId(header, 0), RecordBatch.producerEpoch(header, 0)],
      [7, 1]
    )
    assert.deepStrictEqual(
      [RecordBatch.baseSequence(header, 0), RecordBatch.lastSequence(header, 0)],
      [40, 41]
    )
    assert.deepStrictEqual([RecordBatch.baseOffset(header, 0), RecordBatch.lastOffset(header, 0)], [
      0,
      1
    ])
    assertSound(after)
    assert.deepStrictEqual(compact(after, { isLastOfProducer }), after)
    assert.strictEqual(compact(after).length, 1, "once another batch is the last it goes")
  })

  it("lose other batches wholly", () => {
    assert.strictEqual(compact(before).length, 1)
  })
})

describe("transactions", () => {
  const transactional = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  const marker = batchAt(1, [["\0\0\0\0", "\0\0\0\0\0\0"]], transactional)
  marker.writeInt16BE(0x30, 21)

  it("replace nothing: they may have been aborted", () => {
    const before = [batchAt(0, [["a", "1"]]), batchAt(1, [["a", "2"]], transactional)]
    assert.deepStrictEqual(compact(before), before)
  })

  it("lose what is replaced, but neither their batches nor their markers", () => {
    const before = [batchAt(0, [["a", "1"]], transactional), marker, batchAt(2, [["a", null]])]
    const after = compact(before)
    assert.strictEqual(after.length, 3)
    assert.strictEqual(RecordBatch.recordsCount(after[0]!, 0), 0)
    assert.isTrue(RecordBatch.isTransactional(after[0]!, 0))
    assert.strictEqual(after[1], marker)
  })

  it("keep their tombstones", () => {
    const before = [batchAt(0, [["a", null]], transactional)]
    assert.deepStrictEqual(compact(compact(before), { nowMs: NOW_MS + 9 * DAY_MS }), before)
  })
})
