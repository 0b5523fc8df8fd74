// The judging of what was found in a partition's segments: what the next start mends is a warning, what
// is lost an error.
import { assert, describe, it } from "@effect/vitest"
import * as LogJudge from "../../../../src/runtime/cli/doctor/LogJudge.ts"
import type { Damage } from "../../../../src/runtime/cli/doctor/SegmentWalk.ts"

const killed: LogJudge.Expected = {
  isClean: false,
  mayHaveHoles: false,
  recoveryPoint: 10,
  logStartOffset: 0,
  cleanedTo: undefined
}

const segment = (
  baseOffset: number,
  nextOffset: number,
  damages: ReadonlyArray<Damage> = []
): LogJudge.WalkedSegment => ({
  baseOffset,
  nextOffset,
  file: `t-0/${baseOffset}.log`,
  sizeBytes: 1000,
  batches: nextOffset - baseOffset,
  records: nextOffset - baseOffset,
  maxTimestamp: -1,
  damages
})

const damage = (offset: number, isFollowed = false): Damage => ({
  position: 500,
  offset,
  reason: "the checksum of a batch is wrong",
  resumed: isFollowed ? { position: 600, offset: offset + 1 } : undefined,
  isFollowed
})

const levels = (
  segments: ReadonlyArray<LogJudge.WalkedSegment>,
  expected: Partial<LogJudge.Expected> = {}
) => LogJudge.judge("t-0", segments, { ...killed, ...expected }).map(({ level }) => level)

describe("damage", () => {
  it("at the very end is what a kill leaves, where the device never had it", () => {
    assert.deepStrictEqual(levels([segment(0, 12, [damage(12)])]), ["warning"])
  })

  it("is an error before the recovery point, before sound batches, and after a clean stop", () => {
    assert.deepStrictEqual(levels([segment(0, 8, [damage(8)])]), ["error"])
    assert.deepStrictEqual(levels([segment(0, 20, [damage(12, true)])]), ["error"])
    assert.deepStrictEqual(levels([segment(0, 12, [damage(12)])], { isClean: true }), ["error"])
  })

  it("at the end of an older segment is told once, with it", () => {
    assert.deepStrictEqual(levels([segment(0, 12, [damage(12)]), segment(15, 20)]), ["error"])
  })

  it("says which segments the next start cuts", () => {
    const [mended] = LogJudge.judge("t-0", [segment(0, 20, [damage(12, true)])], killed)
    assert.include(mended!.advice, "cuts the log at this place")
    const segments = [segment(0, 5, [damage(2, true)]), segment(5, 9), segment(9, 20)]
    const [kept] = LogJudge.judge("t-0", segments, killed)
    assert.include(kept!.advice, "Records here cannot be read")
  })
})

describe("borders", () => {
  it("meet, or leave holes where compaction may have been", () => {
    assert.deepStrictEqual(levels([segment(0, 10), segment(10, 20)]), [])
    assert.deepStrictEqual(levels([segment(0, 10), segment(12, 20)]), ["error"])
    assert.deepStrictEqual(levels([segment(0, 10), segment(12, 20)], { mayHaveHoles: true }), [])
    assert.deepStrictEqual(levels([segment(0, 13), segment(12, 20)], { mayHaveHoles: true }), [
      "error"
    ])
  })
})

describe("checkpoints", () => {
  it("within the log are right", () => {
    const all = { recoveryPoint: 20, logStartOffset: 20, cleanedTo: 20 }
    assert.deepStrictEqual(levels([segment(0, 20)], all), [])
    assert.deepStrictEqual(levels([], { recoveryPoint: undefined }), [])
  })

  it("beyond its end tell of what is gone", () => {
    assert.deepStrictEqual(levels([segment(0, 20)], { recoveryPoint: 21 }), ["error"])
    assert.deepStrictEqual(levels([], { recoveryPoint: 1 }), ["error"])
    assert.deepStrictEqual(levels([segment(0, 20)], { cleanedTo: 21 }), ["warning"])
    assert.deepStrictEqual(levels([segment(0, 20)], { logStartOffset: 21 }), ["warning"])
  })
})
