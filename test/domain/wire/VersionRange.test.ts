// Ranges are read and written as Kafka writes them.
import { assert, describe, it } from "@effect/vitest"
import * as VersionRange from "../../../src/domain/wire/VersionRange.ts"

describe("VersionRange", () => {
  it("formats what it parses", () => {
    for (const text of ["0-4", "3+", "7", "none", "10-12"]) {
      assert.strictEqual(VersionRange.format(VersionRange.parse(text)), text)
    }
  })

  it("contains both its ends, and nothing when it is none", () => {
    const range = VersionRange.parse("2-4")
    assert.deepStrictEqual([1, 2, 3, 4, 5].map((v) => VersionRange.contains(range, v)), [
      false,
      true,
      true,
      true,
      false
    ])
    assert.isTrue(VersionRange.contains(VersionRange.parse("3+"), 30_000))
    assert.isFalse(VersionRange.contains(VersionRange.NONE, 0))
    assert.isFalse(VersionRange.contains(VersionRange.NONE, 1))
  })

  it("refuses what is no range", () => {
    for (const text of ["", "-1", "1-", "+", "4-2", "v3", "1-2-3"]) {
      assert.throws(() => VersionRange.parse(text), /is not a range of versions/)
    }
  })
})
