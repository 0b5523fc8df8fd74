// Names of segment files are read back as they were written, and no other file is taken for one.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as SegmentName from "../../../src/domain/log/SegmentName.ts"

const Offset = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))

describe("SegmentName", () => {
  it.prop("is read back, and sorts as offsets do", { a: Offset, b: Offset }, ({ a, b }) => {
    const [first, second] = [a, b].map((offset) => SegmentName.format(offset, ".log"))
    return SegmentName.parse(first!, ".log") === a && (a < b) === (first! < second!)
  })

  it("looks as in Kafka", () => {
    assert.strictEqual(SegmentName.format(42, ".timeindex"), "00000000000000000042.timeindex")
  })

  it("does not take other files for segments", () => {
    for (
      const name of [
        "00000000000000000042.index",
        "00000000000000000042.log.deleted",
        "42.log",
        "x0000000000000000042.log",
        "000000000000000000042.log"
      ]
    ) assert.isUndefined(SegmentName.parse(name, ".log"), name)
  })
})
