// A histogram tells percentiles within its promise, whatever the range, and loses no value.
import { assert, describe, it } from "@effect/vitest"
import { Histogram } from "../../../../src/runtime/cli/bench/Histogram.ts"

const of = (values: Iterable<number>): Histogram => {
  const histogram = new Histogram()
  for (const value of values) histogram.record(value)
  return histogram
}

describe("Histogram", () => {
  it("knows small values exactly", () => {
    const histogram = of(Array.from({ length: 100 }, (_, i) => i + 1))
    assert.deepStrictEqual(
      [0, 0.01, 0.5, 0.99, 1].map((fraction) => histogram.percentile(fraction)),
      [1, 1, 50, 99, 100]
    )
    assert.deepStrictEqual([histogram.count, histogram.max], [100, 100])
  })

  it("is right within a 64th over nine orders of magnitude", () => {
    for (let value = 1; value < 2 ** 32; value = value * 3 + 1) {
      // The larger one keeps the maximum from correcting the bucket.
      const told = of([value, 2 ** 32 - 1]).percentile(0.5)
      assert.isAtLeast(told, value)
      assert.isAtMost(told, value * (1 + 1 / 64))
    }
  })

  it("puts each value where the values around it are", () => {
    let before = 0
    for (let value = 0; value < 20_000; value += 7) {
      const told = of([value, 2 ** 32 - 1]).percentile(0.5)
      assert.isAtLeast(told, before)
      before = told
    }
  })

  it("is the sorted list's percentile for many random values", () => {
    let seed = 1
    const values = Array.from({ length: 10_000 }, () => {
      seed = (seed * 48_271) % 2_147_483_647
      return Math.floor(2 ** (seed % 20_000 / 1000))
    })
    const histogram = of(values)
    const sorted = values.toSorted((a, b) => a - b)
    for (const fraction of [0.5, 0.9, 0.99, 0.999]) {
      const exact = sorted[Math.ceil(fraction * sorted.length) - 1]!
      const told = histogram.percentile(fraction)
      assert.isTrue(told >= exact && told <= exact * (1 + 1 / 64), `${told} for ${exact}`)
    }
  })

  it("takes what is out of range as the nearest that is in it", () => {
    const histogram = of([-5, 0.7, 1e12])
    assert.deepStrictEqual(
      [histogram.percentile(0.01), histogram.percentile(0.6), histogram.percentile(1)],
      [0, 0, 2 ** 32 - 1]
    )
  })

  it("counts a range", () => {
    const histogram = of([1, 2, 3, 1000, 5000])
    assert.deepStrictEqual(
      [[0, 2], [2, 4], [4, 1000], [512, 1024], [0, 2 ** 32]].map(([low, high]) =>
        histogram.between(low!, high!)
      ),
      [1, 2, 0, 1, 5]
    )
  })

  it("is 0 throughout when empty", () => {
    const empty = new Histogram()
    assert.deepStrictEqual([empty.percentile(0.5), empty.max, empty.between(0, 9)], [0, 0, 0])
  })
})
