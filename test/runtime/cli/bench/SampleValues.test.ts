// Values have the size that was asked for, come again, and compress as they should.
import { assert, describe, it } from "@effect/vitest"
import * as zlib from "node:zlib"
import * as SampleValues from "../../../../src/runtime/cli/bench/SampleValues.ts"

const ratio = (values: ReadonlyArray<Buffer>): number => {
  const bytes = Buffer.concat(values)
  return bytes.length / zlib.gzipSync(bytes).length
}

describe("SampleValues", () => {
  it("are as long as was asked for, and the same each time", () => {
    for (const content of ["text", "random"] as const) {
      for (const bytes of [1, 100, 1000]) {
        const values = SampleValues.make(bytes, content, 20)
        assert.isTrue(values.every(({ length }) => length === bytes))
        assert.deepStrictEqual(values, SampleValues.make(bytes, content, 20))
      }
    }
  })

  it("compress about threefold as text, and not at all as random bytes", () => {
    const text = ratio(SampleValues.make(250, "text", 500))
    assert.isTrue(text > 2.5 && text < 4, `${text}`)
    assert.isBelow(ratio(SampleValues.make(250, "random", 500)), 1.01)
  })

  it("differ from each other", () => {
    const values = SampleValues.make(250, "text").map(String)
    assert.strictEqual(new Set(values).size, values.length)
  })
})
