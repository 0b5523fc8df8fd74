// The times of a batch's records: told as they were given, and none of the batch before.
import { assert, describe, it } from "@effect/vitest"
import { TimestampRuns } from "../../../src/domain/record/TimestampRuns.ts"

describe("TimestampRuns", () => {
  it("has one run for records of the same time that follow each other", () => {
    const runs = new TimestampRuns()
    for (const [index, timeMs] of [5, 5, 5, 7, 5, 5].entries()) runs.begin(index, timeMs)
    assert.deepStrictEqual([0, 1, 2].map((run) => runs.timeMs(run)), [5, 7, 5])
    assert.deepStrictEqual([0, 1, 2].map((run) => runs.end(run)), [3, 4, Infinity])
  })

  it("begins anew once it was cleared, with the same time, too", () => {
    const runs = new TimestampRuns()
    for (const [index, timeMs] of [5, 7, 9].entries()) runs.begin(index, timeMs)
    runs.clear()
    runs.begin(0, 9)
    assert.strictEqual(runs.timeMs(0), 9)
    assert.strictEqual(runs.end(0), Infinity)
  })
})
