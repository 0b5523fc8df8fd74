// The bounds of a log keep their order, or the broker stops.
import { assert, describe, it } from "@effect/vitest"
import { LogOffsets } from "../../../src/domain/log/LogOffsets.ts"

describe("LogOffsets", () => {
  it("lets records be read only when told so", () => {
    const offsets = new LogOffsets(5, 10)
    offsets.appendedTo(20)
    assert.strictEqual(offsets.highWatermark, 10)
    offsets.readableTo(15)
    assert.strictEqual(offsets.lastStableOffset, 15)
  })

  it("never goes back", () => {
    const offsets = new LogOffsets(5, 10)
    offsets.readableTo(8)
    offsets.startsAt(3)
    assert.deepStrictEqual([offsets.highWatermark, offsets.logStartOffset], [10, 5])
    assert.throws(() => offsets.appendedTo(9))
  })

  it("does not let a bound overtake the next", () => {
    const offsets = new LogOffsets(5, 10)
    assert.throws(() => offsets.readableTo(11))
    assert.throws(() => offsets.startsAt(11))
    assert.throws(() => new LogOffsets(6, 5))
  })
})
