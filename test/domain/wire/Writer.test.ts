// Slabs grow and are never written twice, large bytes go by reference, and what could not be written
// whole leaves no trace.
import { assert, describe, it } from "@effect/vitest"
import { Reader } from "../../../src/domain/wire/Reader.ts"
import { WireError } from "../../../src/domain/wire/WireError.ts"
import { REFERENCE_BYTES_MIN, Writer } from "../../../src/domain/wire/Writer.ts"

const bytesOf = (writer: Writer): Buffer => Buffer.concat(writer.take())

describe("Writer", () => {
  it("carries the borders of every number", () => {
    const writer = new Writer()
    writer.int8(-128)
    writer.int16(-32_768)
    writer.uint16(65_535)
    writer.int32(-(2 ** 31))
    writer.uint32(2 ** 32 - 1)
    writer.int64(Number.MIN_SAFE_INTEGER)
    writer.int64(Number.MAX_SAFE_INTEGER)
    writer.float64(-1.5)
    writer.boolean(true)
    const reader = new Reader(bytesOf(writer))
    assert.strictEqual(reader.int8(), -128)
    assert.strictEqual(reader.int16(), -32_768)
    assert.strictEqual(reader.uint16(), 65_535)
    assert.strictEqual(reader.int32(), -(2 ** 31))
    assert.strictEqual(reader.uint32(), 2 ** 32 - 1)
    assert.strictEqual(reader.int64(), Number.MIN_SAFE_INTEGER)
    assert.strictEqual(reader.int64(), Number.MAX_SAFE_INTEGER)
    assert.strictEqual(reader.float64(), -1.5)
    assert.isTrue(reader.boolean())
    assert.strictEqual(reader.remaining, 0)
  })

  it("grows past its first slab in the middle of a message", () => {
    const writer = new Writer()
    for (let i = 0; i < 20_000; i++) writer.int32(i)
    assert.strictEqual(writer.size, 80_000)
    const reader = new Reader(bytesOf(writer))
    for (let i = 0; i < 20_000; i++) assert.strictEqual(reader.int32(), i)
  })

  it("leaves what it gave out as it was", () => {
    const writer = new Writer()
    const given: Array<readonly [ReadonlyArray<Uint8Array>, Buffer]> = []
    for (let i = 0; i < 50; i++) {
      writer.beginFrame()
      writer.string(`message ${i} ${"x".repeat(700)}`)
      const chunks = writer.endFrame()
      given.push([chunks, Buffer.concat(chunks)])
    }
    for (const [chunks, then] of given) assert.isTrue(Buffer.concat(chunks).equals(then))
  })

  it("copies bytes below the border and refers to those from it on", () => {
    const below = Buffer.alloc(REFERENCE_BYTES_MIN - 1, 1)
    const from = Buffer.alloc(REFERENCE_BYTES_MIN, 2)
    const writer = new Writer()
    writer.int8(0)
    writer.raw(below)
    writer.raw(from)
    writer.int8(3)
    assert.strictEqual(writer.size, 2 * REFERENCE_BYTES_MIN + 1)
    const chunks = writer.take()
    assert.strictEqual(chunks.length, 3)
    assert.strictEqual(chunks[1], from)
    assert.strictEqual(writer.size, 0)
    below.fill(9)
    assert.strictEqual(chunks[0]?.[1], 1)
  })

  it("counts referred bytes in the size of a frame", () => {
    const writer = new Writer()
    writer.beginFrame()
    writer.bytes(Buffer.alloc(5000))
    const frame = Buffer.concat(writer.endFrame())
    assert.strictEqual(frame.readInt32BE(0), frame.length - 4)
  })

  it("refuses null, bad UUIDs and strings that no length can say", () => {
    const writer = new Writer()
    const none = null as unknown as string & Uint8Array
    assert.throws(() => writer.string(none), WireError)
    assert.throws(() => writer.compactString(none), WireError)
    assert.throws(() => writer.bytes(none), WireError)
    assert.throws(() => writer.compactBytes(none), WireError)
    assert.throws(() => writer.uuid("not-a-uuid"), WireError)
    assert.throws(() => writer.string("é".repeat(16_384)), /32768 bytes/)
    assert.strictEqual(writer.size, 0)
  })

  it("forgets a message that could not be written whole, its tagged fields too", () => {
    const writer = new Writer()
    writer.int32(1)
    const broken = () =>
      writer.tagged(0, (inner, value: string) => {
        inner.int32(2)
        inner.uuid(value)
      }, "not-a-uuid")
    assert.throws(broken, WireError)
    writer.discard()
    assert.strictEqual(writer.size, 0)
    writer.tagged(3, (inner, value: number) => inner.int8(value), 7)
    assert.deepStrictEqual([...bytesOf(writer)], [3, 1, 7])
  })

  it("puts tagged fields inside tagged fields", () => {
    const writer = new Writer()
    writer.tagged(1, (outer, value: number) => {
      outer.int8(value)
      outer.tagged(2, (inner, deep: number) => inner.int16(deep), value + 1)
    }, 5)
    assert.deepStrictEqual([...bytesOf(writer)], [1, 5, 5, 2, 2, 0, 6])
  })
})
