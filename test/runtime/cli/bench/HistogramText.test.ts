// What a histogram looks like to people.
import { assert, describe, it } from "@effect/vitest"
import { Histogram } from "../../../../src/runtime/cli/bench/Histogram.ts"
import * as HistogramText from "../../../../src/runtime/cli/bench/HistogramText.ts"

describe("HistogramText", () => {
  it("has a row for each step between the least and the largest, and a bar for its share", () => {
    const histogram = new Histogram()
    for (let i = 0; i < 80; i++) histogram.record(450)
    for (let i = 0; i < 19; i++) histogram.record(700)
    histogram.record(6000)
    assert.strictEqual(
      HistogramText.format(histogram),
      `${
        [
          "< 0.5 ms   80.0 %  ########################################",
          "  < 1 ms   19.0 %  ##########",
          "  < 2 ms    0.0 %",
          "  < 5 ms    0.0 %",
          " < 10 ms    1.0 %  #"
        ].join("\n")
      }\n`
    )
  })

  it("counts every value in one row", () => {
    const histogram = new Histogram()
    for (let value = 0; value < 2 ** 32; value = value * 2 + 1) histogram.record(value)
    const shares = HistogramText.format(histogram).matchAll(/([\d.]+) %/g)
    const sum = [...shares].reduce((total, [, share]) => total + Number(share), 0)
    assert.approximately(sum, 100, 0.05 * 33)
  })

  it("is nothing for nothing", () => {
    assert.strictEqual(HistogramText.format(new Histogram()), "")
  })
})
