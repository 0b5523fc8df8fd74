// What of a log is compacted, when, and into which segments.
import { assert, describe, it } from "@effect/vitest"
import * as CompactionPlan from "../../../src/domain/log/CompactionPlan.ts"

/** Segments of ten offsets and a hundred bytes; the nth begins at n seconds and ends 900 ms later. */
const segments = (count: number): ReadonlyArray<CompactionPlan.SegmentFacts> =>
  Array.from({ length: count }, (_, i) => ({
    baseOffset: i * 10,
    endOffset: (i + 1) * 10,
    sizeBytes: 100,
    firstTimestamp: (i + 1) * 1_000,
    largestTimestamp: (i + 1) * 1_000 + 900
  }))

const limits = {
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  minCleanableDirtyRatio: 0.5
}
const NOW_MS = 100_000

describe("the dirty part", () => {
  it("begins at the checkpoint, or at the start when that lies outside of the log", () => {
    const from = (checkpoint: number | undefined) =>
      CompactionPlan.firstDirtyOffset(checkpoint, 20, 90)
    assert.deepStrictEqual([undefined, 10, 20, 50, 90, 91].map(from), [20, 20, 20, 50, 90, 20])
  })

  it("ends before what is not stable", () => {
    const end = (stable: number) =>
      CompactionPlan.cleanable(segments(4), 0, stable, limits, NOW_MS).endOffset
    assert.deepStrictEqual([40, 39, 30, 5].map(end), [40, 30, 30, 0])
  })

  it("ends before the first segment with a record younger than min.compaction.lag.ms", () => {
    const end = (lagMs: number) =>
      CompactionPlan.cleanable(
        segments(4),
        0,
        40,
        { ...limits, minCompactionLagMs: lagMs },
        NOW_MS
      ).endOffset
    assert.deepStrictEqual([0, 95_100, 95_101, 98_101].map(end), [40, 40, 30, 0])
  })
})

describe("a log is due", () => {
  const at = (firstDirty: number, more: Partial<typeof limits> = {}, stable = 40) =>
    CompactionPlan.cleanable(segments(4), firstDirty, stable, { ...limits, ...more }, NOW_MS)

  it("when more of it is dirty than min.cleanable.dirty.ratio", () => {
    assert.deepStrictEqual([0, 10, 20, 30, 40].map((offset) => at(offset).dirtyRatio), [
      1,
      0.75,
      0.5,
      0.25,
      0
    ])
    assert.deepStrictEqual([0, 10, 20, 30, 40].map((offset) => at(offset).isDue), [
      true,
      true,
      false,
      false,
      false
    ])
  })

  it("at a ratio of 0 when anything is dirty", () => {
    const isDue = (offset: number) => at(offset, { minCleanableDirtyRatio: 0 }).isDue
    assert.deepStrictEqual([30, 40].map(isDue), [true, false])
  })

  it("when a record waits longer than max.compaction.lag.ms", () => {
    const isDue = (lagMs: number) => at(30, { maxCompactionLagMs: lagMs }).isDue
    assert.deepStrictEqual([95_999, 96_000].map(isDue), [true, false])
    assert.isFalse(at(30, { maxCompactionLagMs: 1 }, 30).isDue, "nothing of it may be cleaned yet")
  })

  it("never for what is half dirty but may not be cleaned", () => {
    assert.isFalse(at(0, {}, 5).isDue)
  })
})

describe("groups", () => {
  const groups = (
    sizes: ReadonlyArray<number>,
    more: Partial<CompactionPlan.GroupLimits> = {},
    span = 10
  ) =>
    CompactionPlan.groups(
      sizes.map((sizeBytes, i) => ({
        baseOffset: i * span,
        endOffset: (i + 1) * span,
        sizeBytes,
        firstTimestamp: 0,
        largestTimestamp: 0
      })),
      { segmentBytes: 1_000, segmentIndexBytes: 1 << 20, indexIntervalBytes: 4_096, ...more }
    )

  it("hold neighbours that fit into one segment together", () => {
    assert.deepStrictEqual(groups([]), [])
    assert.deepStrictEqual(groups([400, 600, 1, 999, 1]), [2, 2, 1])
    assert.deepStrictEqual(groups([0, 0, 1_000, 0]), [4])
  })

  it("hold a segment alone that is larger than one may be now", () => {
    assert.deepStrictEqual(groups([500, 4_000, 500]), [1, 1, 1])
  })

  it("never hold more than one index can tell of", () => {
    assert.deepStrictEqual(groups([400, 400], { segmentIndexBytes: 50, indexIntervalBytes: 0 }), [
      1,
      1
    ])
    assert.deepStrictEqual(groups([1, 1, 1], {}, 2 ** 30), [1, 1, 1])
  })
})
