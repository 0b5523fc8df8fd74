// A rate as times.
import { assert, describe, it } from "@effect/vitest"
import { Pace } from "../../../../src/runtime/cli/bench/Pace.ts"

describe("Pace", () => {
  it("has the first record due at the start, and the others evenly after it", () => {
    const pace = new Pace(500, 1000)
    assert.deepStrictEqual([999, 1000, 1001, 1002, 2000].map((ms) => pace.due(ms)), [
      0,
      1,
      1,
      2,
      501
    ])
    assert.deepStrictEqual([0, 1, 500].map((index) => pace.dueMs(index)), [1000, 1002, 2000])
  })

  it("without a rate has all due at once", () => {
    const pace = new Pace(undefined, 1000)
    assert.deepStrictEqual([pace.due(1000), pace.dueMs(1e9)], [Infinity, 1000])
  })
})
