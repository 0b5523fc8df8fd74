// Tables for people: columns of one width, numbers to the right, bold only where it is seen.
import { assert, describe, it } from "@effect/vitest"
import * as Quantity from "../../../src/runtime/cli/Quantity.ts"
import * as Table from "../../../src/runtime/cli/Table.ts"

const columns: ReadonlyArray<Table.Column> = [{ name: "TOPIC" }, { name: "COUNT", align: "right" }]

describe("format", () => {
  it("aligns columns and leaves no space at the end of a line", () => {
    const text = Table.format(columns, [["orders", 5], ["日本", 12345]], false)
    assert.strictEqual(text, "TOPIC   COUNT\norders      5\n日本    12345\n")
    assert.strictEqual(Table.format([{ name: "A", width: 5 }], [["x"]], false), "A\nx\n")
  })

  it("makes the header bold on a terminal", () => {
    assert.strictEqual(Table.format(columns, [], true), "\x1b[1mTOPIC  COUNT\x1b[0m\n")
  })
})

describe("quantities", () => {
  it("are told as people read them", () => {
    const told = [0, 999, 1000, 999_949, 999_950, 1_234_567_890, 5e15].map(Quantity.bytes)
    const wanted = ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "1.2 GB", "5000.0 TB"]
    assert.deepStrictEqual(told, wanted)
    assert.deepStrictEqual([0, 1, 2].map((n) => Quantity.count(n, "error")), [
      "0 errors",
      "1 error",
      "2 errors"
    ])
  })
})
