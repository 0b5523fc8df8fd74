// The cursor believes nothing that the frame does not hold, and allocates nothing before it knows.
import { assert, describe, it } from "@effect/vitest"
import { ARRAY_LENGTH_MAX, Reader, TAGGED_FIELDS_MAX } from "../../../src/domain/wire/Reader.ts"
import { WireError } from "../../../src/domain/wire/WireError.ts"
import { Writer } from "../../../src/domain/wire/Writer.ts"

const reader = (...bytes: ReadonlyArray<number>) => new Reader(Buffer.from(bytes))

const written = (write: (writer: Writer) => void): Reader => {
  const writer = new Writer()
  write(writer)
  return new Reader(Buffer.concat(writer.take()))
}

describe("Reader", () => {
  it("stops at the end of its frame, not of the buffer", () => {
    const frame = new Reader(Buffer.alloc(16), 4, 8)
    assert.strictEqual(frame.int32(), 0)
    assert.strictEqual(frame.remaining, 0)
    assert.throws(() => frame.int8(), WireError, "1 bytes wanted at 8, but 0 are left")
  })

  it("refuses every fixed-size value that is cut off", () => {
    const cut: ReadonlyArray<readonly [number, (r: Reader) => unknown]> = [
      [1, (r) => r.boolean()],
      [1, (r) => r.int8()],
      [2, (r) => r.int16()],
      [2, (r) => r.uint16()],
      [4, (r) => r.int32()],
      [4, (r) => r.uint32()],
      [8, (r) => r.int64()],
      [8, (r) => r.float64()],
      [16, (r) => r.uuid()]
    ]
    for (const [size, read] of cut) {
      assert.throws(() => read(new Reader(Buffer.alloc(size - 1))), WireError)
      const whole = new Reader(Buffer.alloc(size))
      read(whole)
      assert.strictEqual(whole.remaining, 0)
    }
  })

  it("reads any byte but 0 as true, as Kafka does", () => {
    assert.isFalse(reader(0).boolean())
    assert.isTrue(reader(1).boolean())
    assert.isTrue(reader(0x80).boolean())
  })

  it("reads varints of one to five bytes, up to 32 bits", () => {
    for (const value of [0, 1, 127, 128, 16_383, 16_384, 2 ** 28 - 1, 2 ** 31, 0xffff_ffff]) {
      assert.strictEqual(written((w) => w.uvarint(value)).uvarint(), value)
    }
    assert.throws(() => reader(0xff, 0xff, 0xff, 0xff, 0x1f).uvarint(), /more than 32 bits/)
    assert.throws(() => reader(0x80, 0x80, 0x80, 0x80, 0x80, 0).uvarint(), /more than 32 bits/)
    assert.throws(() => reader(0x80).uvarint(), WireError)
  })

  it("reads strings short and long, ASCII or not, in both forms", () => {
    for (const text of ["", "a", "é", "x".repeat(24), "x".repeat(25), "☃".repeat(100), "a😀b"]) {
      assert.strictEqual(written((w) => w.string(text)).string(), text)
      assert.strictEqual(written((w) => w.compactString(text)).compactString(), text)
      assert.strictEqual(written((w) => w.nullableString(text)).nullableString(), text)
    }
    assert.isNull(reader(0xff, 0xff).nullableString())
    assert.isNull(reader(0).compactNullableString())
  })

  it("takes null for a string or bytes only where it may be", () => {
    assert.throws(() => reader(0xff, 0xff).string(), /cannot be null/)
    assert.throws(() => reader(0).compactString(), /cannot be null/)
    assert.throws(() => reader(0xff, 0xff, 0xff, 0xff).bytes(), /cannot be null/)
    assert.throws(() => reader(0).compactBytes(), /cannot be null/)
  })

  it("refuses lengths below -1", () => {
    assert.throws(() => reader(0xff, 0xfe).nullableString(), /-2 bytes/)
    assert.throws(() => reader(0xff, 0xff, 0xff, 0xfe).nullableBytes(), /-2 bytes/)
    assert.throws(() => reader(0xff, 0xff, 0xff, 0xfe).arrayLength(), /-2 elements/)
  })

  it("refuses a string longer than an int16 can say, in compact form too", () => {
    const longest = written((w) => w.compactString("x".repeat(32_767)))
    assert.strictEqual(longest.compactString().length, 32_767)
    const longer = written((w) => {
      w.uvarint(32_769)
      w.raw(Buffer.alloc(32_768))
    })
    assert.throws(() => longer.compactString(), /at most 32767/)
  })

  it("gives bytes as views into the frame", () => {
    const buffer = Buffer.from([0, 0, 0, 2, 7, 8])
    const view = new Reader(buffer).bytes()
    buffer[4] = 9
    assert.deepStrictEqual([...view], [9, 8])
  })

  it("counts elements of an array against what is left and against the limit", () => {
    assert.strictEqual(reader(0, 0, 0, 2, 1, 1).arrayLength(), 2)
    assert.throws(() => reader(0, 0, 0, 3, 1, 1).arrayLength(), /3 elements/)
    assert.strictEqual(reader(0).compactArrayLength(), -1)
    const many = Buffer.alloc(ARRAY_LENGTH_MAX + 5)
    many.writeInt32BE(ARRAY_LENGTH_MAX + 1)
    assert.throws(() => new Reader(many).arrayLength(), /at most 1000000 elements/)
    many.writeInt32BE(ARRAY_LENGTH_MAX)
    assert.strictEqual(new Reader(many).arrayLength(), ARRAY_LENGTH_MAX)
  })

  it("counts tagged fields against what is left and against the limit", () => {
    const announced = (count: number) =>
      written((w) => {
        w.uvarint(count)
        w.raw(Buffer.alloc(3 * TAGGED_FIELDS_MAX))
      })
    assert.strictEqual(announced(TAGGED_FIELDS_MAX).tagCount(), TAGGED_FIELDS_MAX)
    assert.throws(() => announced(TAGGED_FIELDS_MAX + 1).tagCount(), /10001 tagged fields/)
    assert.throws(() => reader(2, 0, 0).tagCount(), /2 tagged fields/)
  })

  it("keeps unknown tagged fields, and gives nothing where there are none", () => {
    assert.isUndefined(reader(0).unknownTags())
    const tags = reader(2, 5, 1, 0xaa, 9, 0).unknownTags()
    assert.deepStrictEqual(tags?.map(({ bytes, tag }) => [tag, ...bytes]), [[5, 0xaa], [9]])
    assert.throws(() => reader(1, 5, 3, 0xaa).unknownTags(), WireError)
  })

  it("holds a tagged field to its size", () => {
    const tagged = reader(2, 1, 1)
    const end = tagged.tagEnd()
    tagged.int8()
    assert.throws(() => tagged.expectEnd(end), /ends at 2, its size said 3/)
    assert.throws(() => reader(2, 1).tagEnd(), /2 bytes, but 1 are left/)
  })
})
