// Variable-length integers: where they grow by a byte, and that what is written is read back.
import { assert, describe, it } from "@effect/vitest"
import {
  Cursor,
  putVarint,
  putVarlong,
  varintBytes,
  varlongBytes
} from "../../../src/domain/record/Varint.ts"

/** Zigzag and seven bits a byte, straight from the definition. */
const defined = (value: number): ReadonlyArray<number> => {
  let rest = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value)
  const bytes: Array<number> = []
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

/** Both sides of every power of two, and of what else there is. */
const around = (bits: number): ReadonlyArray<number> =>
  Array.from({ length: bits + 1 }, (_, bit) => 2 ** bit)
    .flatMap((power) => [power - 1, power, -power, -power - 1])

describe("a varint", () => {
  it("is written as defined, in as many bytes as announced, and reads back", () => {
    const buffer = Buffer.alloc(16, 0xee)
    const values = around(31).filter((value) => value === (value | 0))
    assert.include(values, 2 ** 31 - 1)
    assert.include(values, -(2 ** 31))
    for (const value of values) {
      const end = putVarint(buffer, 3, value)
      assert.deepStrictEqual([...buffer.subarray(3, end)], defined(value), `${value}`)
      assert.strictEqual(varintBytes(value), end - 3)
      assert.strictEqual(new Cursor(buffer, 3).varint(), value)
    }
  })
})

describe("a varlong", () => {
  it("is exact as far as timestamps go", () => {
    const buffer = Buffer.alloc(16, 0xee)
    for (const value of around(51)) {
      const end = putVarlong(buffer, 3, value)
      assert.deepStrictEqual([...buffer.subarray(3, end)], defined(value), `${value}`)
      assert.strictEqual(varlongBytes(value), end - 3)
      assert.strictEqual(new Cursor(buffer, 3).varlong(), value)
    }
  })
})
