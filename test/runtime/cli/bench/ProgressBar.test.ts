// What the bar says; that nothing of it is written elsewhere than on a terminal, the tests of the commands show.
import { assert, describe, it } from "@effect/vitest"
import * as ProgressBar from "../../../../src/runtime/cli/bench/ProgressBar.ts"

describe("ProgressBar", () => {
  it("tells how far it is, and how fast", () => {
    assert.strictEqual(
      ProgressBar.text("sending", 400_000, 1_000_000, 2),
      "sending  [############..................]  40 %  400000 of 1000000, 200000/s"
    )
  })

  it("is full with nothing to do, and never more than full", () => {
    assert.match(ProgressBar.text("reading", 0, 0, 0), /^reading {2}\[#{30}\] 100 % {2}0 of 0$/)
    assert.match(ProgressBar.text("reading", 9, 3, 1), /\[#{30}\] 100 %/)
  })
})
