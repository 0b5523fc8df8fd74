// Entries of indexes held against batches: what is right is not told, what is wrong is told with its
// place, and what cannot be known is not judged.
import { assert, describe, it } from "@effect/vitest"
import { OffsetIndex } from "../../../../src/domain/log/OffsetIndex.ts"
import { TimeIndex } from "../../../../src/domain/log/TimeIndex.ts"
import * as IndexJudge from "../../../../src/runtime/cli/doctor/IndexJudge.ts"

const BASE = 100
/** Four batches of ten records and 1000 bytes, timestamps as given. */
const batches = (timestamps: ReadonlyArray<number> = [1, 4, 2, 5]) =>
  timestamps.map((maxTimestamp, i) => ({
    baseOffset: BASE + 10 * i,
    position: 1000 * i,
    maxTimestamp
  }))

const offsets = (...entries: ReadonlyArray<readonly [number, number]>): OffsetIndex => {
  const index = new OffsetIndex(BASE)
  for (const [offset, position] of entries) index.append(offset, position)
  return index
}

const times = (...entries: ReadonlyArray<readonly [number, number]>): TimeIndex => {
  const index = new TimeIndex(BASE)
  for (const [timestamp, offset] of entries) index.append(timestamp, offset)
  return index
}

const judged = (judge: IndexJudge.IndexJudge, met = batches()) => {
  for (const batch of met) judge.batch(batch)
  return judge.end()
}

describe("an offset index", () => {
  it("is right when its entries are batches, and need not name all", () => {
    assert.isUndefined(judged(IndexJudge.ofOffsets(offsets([110, 1000], [130, 3000]))))
    assert.isUndefined(judged(IndexJudge.ofOffsets(offsets())))
  })

  it("is wrong when it points beside a batch, names another offset, or leaves the log", () => {
    const beside = judged(IndexJudge.ofOffsets(offsets([110, 1000], [120, 2001], [130, 3001])))
    assert.deepInclude(beside, { position: 8, offset: 120, wrong: 2, entries: 3 })
    const other = judged(IndexJudge.ofOffsets(offsets([111, 1000])))
    assert.deepInclude(other, { position: 0, offset: 111 })
    const beyond = judged(IndexJudge.ofOffsets(offsets([140, 4000])))
    assert.deepInclude(beyond, { position: 0, offset: 140 })
  })

  it("is not judged where batches could not be read", () => {
    const judge = IndexJudge.ofOffsets(offsets([110, 1000], [120, 2000], [130, 3000]))
    const [first, , , last] = batches()
    judge.batch(first!)
    judge.unknown(1000, 110)
    judge.batch(last!)
    assert.isUndefined(judge.end())
  })
})

describe("a time index", () => {
  it("is right when each entry is the youngest batch so far, and knows the youngest of all", () => {
    assert.isUndefined(judged(IndexJudge.ofTimes(times([1, 100], [4, 110], [5, 130]), true)))
    assert.isUndefined(judged(IndexJudge.ofTimes(times([4, 110], [5, 130]), true)))
  })

  it("is wrong when it names another time or batch, or one that is not the youngest", () => {
    const otherTime = judged(IndexJudge.ofTimes(times([3, 110], [5, 130]), true))
    assert.deepInclude(otherTime, { position: 0, offset: 110, wrong: 1 })
    const otherBatch = judged(IndexJudge.ofTimes(times([4, 111], [5, 130]), true))
    assert.deepInclude(otherBatch, { position: 0, offset: 111 })
    const older = judged(IndexJudge.ofTimes(times([2, 120], [5, 130]), true))
    assert.include(older?.detail, "younger")
  })

  it("may end early only while its segment is written", () => {
    assert.deepInclude(judged(IndexJudge.ofTimes(times([4, 110]), true)), { wrong: 1, entries: 1 })
    assert.isUndefined(judged(IndexJudge.ofTimes(times([4, 110]), false)))
  })
})
