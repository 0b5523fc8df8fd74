// Bytes into lines, however they arrive.
import { assert, describe, it } from "@effect/vitest"
import { LineSplitter } from "../../../../src/runtime/cli/produce/LineSplitter.ts"

const split = (chunks: ReadonlyArray<string>, bytesMax = 100): ReadonlyArray<string> => {
  const splitter = new LineSplitter(bytesMax)
  const lines = chunks.flatMap((chunk) => {
    const bytes = Buffer.from(chunk)
    // As read from stdin, whose buffer may be used again.
    const found = splitter.push(bytes)?.map(String) ?? ["too long"]
    bytes.fill(0x21)
    return found
  })
  const last = splitter.end()
  return last === undefined ? lines : [...lines, String(last)]
}

describe("lines", () => {
  it("are the same wherever chunks end", () => {
    const text = "one\n\ntwo\r\n€uro\nlast"
    const expected = ["one", "", "two\r", "€uro", "last"]
    assert.deepStrictEqual(split([text]), expected)
    const bytes = Buffer.from(text)
    for (let at = 0; at <= bytes.length; at++) {
      const splitter = new LineSplitter(100)
      const parts = [bytes.subarray(0, at), bytes.subarray(at)]
      const lines = parts.flatMap((part) => splitter.push(part) ?? [])
      assert.deepStrictEqual([...lines, splitter.end()!].map(String), expected, `at ${at}`)
    }
    assert.deepStrictEqual(split(Array.from(text)), expected)
  })

  it("end with the input, and nothing follows a last newline", () => {
    assert.deepStrictEqual(split([]), [])
    assert.deepStrictEqual(split(["a\n"]), ["a"])
    assert.deepStrictEqual(split(["a", "b", "\n", "c"]), ["ab", "c"])
  })

  it("are not gathered beyond the bound", () => {
    assert.deepStrictEqual(split(["12345\n"], 5), ["12345"])
    assert.deepStrictEqual(split(["123456\n"], 5), ["too long"])
    assert.include(split(["123", "456"], 5), "too long")
  })
})
