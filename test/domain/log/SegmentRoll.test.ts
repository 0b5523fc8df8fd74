// A segment is left when the records that come would make it too large, too wide or too old.
import { assert, describe, it } from "@effect/vitest"
import * as SegmentRoll from "../../../src/domain/log/SegmentRoll.ts"

const limits: SegmentRoll.RollLimits = {
  segmentBytes: 1000,
  segmentMs: 100,
  segmentJitterMs: 0,
  segmentIndexBytes: 80,
  cleanupCompact: false,
  maxCompactionLagMs: 50
}
const segment: SegmentRoll.ActiveSegment = {
  baseOffset: 10,
  sizeBytes: 500,
  indexBytes: 8,
  createdMs: 5_000,
  firstTimestamp: 2_000,
  seed: 7
}
const coming: SegmentRoll.ComingRecords = {
  bytes: 500,
  lastOffset: 20,
  maxTimestamp: 2_100,
  nowMs: 9_000
}

describe("isDue", () => {
  it("not while the records fit", () => {
    assert.isFalse(SegmentRoll.isDue(segment, coming, limits))
  })

  it("before max.compaction.lag.ms is over, where logs are compacted", () => {
    const late = { ...coming, maxTimestamp: 2_051 }
    const compacted = { ...limits, cleanupCompact: true }
    assert.isFalse(SegmentRoll.isDue(segment, late, limits))
    assert.isTrue(SegmentRoll.isDue(segment, late, compacted))
    assert.isFalse(SegmentRoll.isDue(segment, { ...late, maxTimestamp: 2_050 }, compacted))
    assert.isTrue(SegmentRoll.isDue(
      segment,
      { ...late, maxTimestamp: 2_101 },
      { ...compacted, maxCompactionLagMs: 500 }
    ))
  })

  it("when the segment would grow beyond segment.bytes", () => {
    assert.isTrue(SegmentRoll.isDue(segment, { ...coming, bytes: 501 }, limits))
  })

  it("never for an empty segment", () => {
    assert.isFalse(
      SegmentRoll.isDue({ ...segment, sizeBytes: 0 }, { ...coming, bytes: 5000 }, limits)
    )
  })

  it("when the index is full", () => {
    assert.isTrue(SegmentRoll.isDue({ ...segment, indexBytes: 80 }, coming, limits))
  })

  it("when an offset is too far from the base for four bytes", () => {
    const far = { ...coming, lastOffset: 10 + 0x7fff_ffff }
    assert.isFalse(SegmentRoll.isDue(segment, far, limits))
    assert.isTrue(SegmentRoll.isDue(segment, { ...far, lastOffset: far.lastOffset + 1 }, limits))
  })

  it("by the time of the records, not by the clock", () => {
    assert.isTrue(SegmentRoll.isDue(segment, { ...coming, maxTimestamp: 2_101 }, limits))
    assert.isFalse(SegmentRoll.isDue(segment, { ...coming, maxTimestamp: 1_000 }, limits))
  })

  it("by the clock when the records have no time", () => {
    const timeless = { ...segment, firstTimestamp: -1 }
    assert.isTrue(SegmentRoll.isDue(timeless, coming, limits))
    assert.isFalse(SegmentRoll.isDue(timeless, { ...coming, nowMs: 5_100 }, limits))
  })

  it("earlier by a jitter that differs between segments and stays within its limit", () => {
    const jittered = { ...limits, segmentJitterMs: 50 }
    const dueAt = (seed: number): number => {
      let age = 0
      const isDue = () =>
        SegmentRoll.isDue(
          { ...segment, seed },
          { ...coming, maxTimestamp: 2_000 + age },
          jittered
        )
      while (!isDue()) age++
      return age
    }
    const ages = Array.from({ length: 50 }, (_, seed) => dueAt(seed))
    assert.isTrue(ages.every((age) => age > 50 && age <= 101))
    assert.isAbove(new Set(ages).size, 10)
  })
})
