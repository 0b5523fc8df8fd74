// What the doctor makes of the names in a partition's directory.
import { assert, describe, it } from "@effect/vitest"
import * as PartitionNames from "../../../../src/runtime/cli/doctor/PartitionNames.ts"

const name = (offset: number, suffix: string): string =>
  `${String(offset).padStart(20, "0")}${suffix}`
const files = (...offsets: ReadonlyArray<number>): ReadonlyArray<string> =>
  offsets.flatMap((offset) =>
    [".log", ".index", ".timeindex"].map((suffix) => name(offset, suffix))
  )

describe("sort", () => {
  it("gives segments in the order of their offsets, and snapshots", () => {
    const names = [...files(10, 0), name(10, ".snapshot"), "partition.metadata"]
    const { findings, segments, snapshots } = PartitionNames.sort("t-0", names)
    assert.deepStrictEqual(segments.map(({ baseOffset }) => baseOffset), [0, 10])
    assert.strictEqual(segments[1]!.timeIndex, name(10, ".timeindex"))
    assert.deepStrictEqual([snapshots, findings], [[10], []])
  })

  it("takes a swap for what it will replace, whatever of that is still there", () => {
    const swap = `${"5".padStart(20, "0")}.${"20".padStart(20, "0")}.swap`
    const { findings, segments } = PartitionNames.sort("t-0", [...files(0, 10, 20), swap])
    assert.deepStrictEqual(segments.map((it) => it.name), [name(0, ".log"), swap, name(20, ".log")])
    assert.isUndefined(segments[1]!.offsetIndex)
    assert.deepStrictEqual(findings.map(({ file, level }) => [level, file]), [
      ["note", `t-0/${swap}`]
    ])
  })

  it("tells of many leftovers once, and of an index without a log", () => {
    const left = [0, 10, 20].map((offset) => `${name(offset, ".log")}.deleted`)
    const { findings } = PartitionNames.sort("t-0", [...left, name(7, ".index"), ...files(30)])
    assert.deepStrictEqual(findings.map(({ detail }) => detail), [
      "what a broker left behind that was stopped at work, with 2 other files \".deleted\"",
      "an index without its log"
    ])
  })
})
