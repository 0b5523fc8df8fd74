// Which batches of a fetch are the consumer's, and where it fetches next.
import { assert, describe, it } from "@effect/vitest"
import { FetchedBatches, type FetchedOptions } from "../../../src/domain/record/FetchedBatches.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import { DamagedRecords } from "../../../src/domain/record/RecordsView.ts"
import { controlBatch, endMarker } from "./ControlBatch.ts"

/** Offsets `from` to `to`; of a transaction where a producer is given. */
const batch = (from: number, to: number, producerId?: number): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
  for (let offset = from; offset <= to; offset++) builder.append(0, null, Buffer.from("v"))
  const sealed = builder.seal(
    producerId === undefined
      ? {}
      : { producerId, producerEpoch: 0, baseSequence: 0, isTransactional: true }
  )
  RecordBatch.setBaseOffset(sealed, 0, from)
  return sealed
}

const marker = (offset: number, producerId: number, type: 0 | 1): Buffer =>
  endMarker({ offset, producerId, type, producerEpoch: 0, timestamp: 0, coordinatorEpoch: 0 })
const abort = (offset: number, producerId: number) => marker(offset, producerId, 0)
const commit = (offset: number, producerId: number) => marker(offset, producerId, 1)

/** The base offsets of the batches that it stops at, then where to go on. */
const stops = (
  parts: ReadonlyArray<Buffer>,
  options: Partial<FetchedOptions> = {}
): ReadonlyArray<number> => {
  const fetched = new FetchedBatches(Buffer.concat(parts), { fetchOffset: 0, ...options })
  const seen: Array<number> = []
  while (fetched.next()) seen.push(RecordBatch.baseOffset(fetched.buffer, fetched.at))
  return [...seen, fetched.nextOffset]
}

describe("FetchedBatches", () => {
  it("stops at each batch, and goes on behind the last", () => {
    assert.deepStrictEqual(stops([batch(0, 2), batch(3, 3), batch(7, 9)]), [0, 3, 7, 10])
    assert.deepStrictEqual(stops([], { fetchOffset: 5 }), [5])
  })

  it("passes over batches before the offset asked for, but not over the one that holds it", () => {
    assert.deepStrictEqual(stops([batch(0, 2), batch(3, 6)], { fetchOffset: 3 }), [3, 7])
    assert.deepStrictEqual(stops([batch(0, 2), batch(3, 6)], { fetchOffset: 5 }), [3, 7])
    assert.deepStrictEqual(stops([batch(0, 2)], { fetchOffset: 3 }), [3])
  })

  it("ends before a batch that is cut off", () => {
    const second = batch(3, 6)
    for (const length of [1, 11, 61, second.length - 1]) {
      assert.deepStrictEqual(stops([batch(0, 2), second.subarray(0, length)]), [0, 3])
    }
  })

  it("says when not even one batch fits", () => {
    const whole = batch(0, 2)
    const of = (bytes: Buffer) => new FetchedBatches(bytes, { fetchOffset: 0 })
    assert.isTrue(of(whole.subarray(0, whole.length - 1)).isCutOff)
    assert.isTrue(of(whole.subarray(0, 5)).isCutOff)
    assert.isFalse(of(whole).isCutOff)
    assert.isFalse(of(Buffer.alloc(0)).isCutOff)
  })

  it("passes over markers and batches that compaction has emptied, and goes on behind them", () => {
    const empty = controlBatch({ offset: 5, producerId: 1, producerEpoch: 0, timestamp: 0 }, [])
    empty.writeInt16BE(0, 21)
    assert.deepStrictEqual(stops([batch(0, 2, 9), commit(3, 9), batch(4, 4), empty]), [0, 4, 6])
  })

  it("passes over aborted transactions, each from its first offset to its marker", () => {
    const parts = [
      batch(0, 1, 7), // aborted
      batch(2, 2, 8), // committed
      batch(3, 3), // of no transaction
      batch(4, 4, 7), // aborted
      abort(5, 7),
      commit(6, 8),
      batch(7, 7, 7), // the same producer's next transaction, committed
      commit(8, 7),
      batch(9, 9, 8), // aborted
      abort(10, 8)
    ]
    const abortedTransactions = [
      { producerId: 8, firstOffset: 9 },
      { producerId: 7, firstOffset: 0 }
    ]
    assert.deepStrictEqual(stops(parts, { abortedTransactions }), [2, 3, 7, 11])
    assert.deepStrictEqual(stops(parts, { abortedTransactions: null }), [0, 2, 3, 4, 7, 9, 11])
  })

  it("knows that a marker before the offset asked for has ended its transaction", () => {
    const parts = [batch(0, 0, 7), abort(1, 7), batch(2, 2, 7), commit(3, 7)]
    const abortedTransactions = [{ producerId: 7, firstOffset: 0 }]
    assert.deepStrictEqual(stops(parts, { fetchOffset: 2, abortedTransactions }), [2, 4])
  })

  it("believes no damaged batch, where it is told to check", () => {
    const damaged = batch(3, 4)
    damaged[damaged.length - 2]! ^= 1
    assert.deepStrictEqual(stops([batch(0, 2), damaged]), [0, 3, 5])
    assert.throws(() => stops([batch(0, 2), damaged], { checksCrcs: true }), DamagedRecords)
    assert.deepStrictEqual(stops([batch(0, 2)], { checksCrcs: true }), [0, 3])
  })
})
