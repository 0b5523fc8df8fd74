// A cursor over one frame. Every read checks that the bytes are there and throws WireError when not,
// so that no declared length is believed before it was compared with what really arrived. Bytes are
// given as views into the frame, never copied. Limits are Kafka's: arrays of at most 1,000,000
// elements, 10,000 tagged fields, both checked before anything is allocated.
import { readInt64 } from "../Offset.ts"
import { malformed } from "./WireError.ts"

export const ARRAY_LENGTH_MAX = 1_000_000
export const TAGGED_FIELDS_MAX = 10_000
/** A huge declared array starts small and grows with what is really read. */
export const ARRAY_CAPACITY_MAX = 1000

/** A tagged field that this version of us does not know, kept as it came. */
export interface UnknownTag {
  readonly tag: number
  readonly bytes: Uint8Array
}

/** Where unknown tagged fields survive on a decoded structure. */
export const UNKNOWN_TAGS: unique symbol = Symbol.for("mymq/domain/wire/unknownTags")

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"))

export class Reader {
  buffer: Buffer
  position: number
  end: number

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    this.buffer = buffer
    this.position = position
    this.end = end
  }

  get remaining(): number {
    return this.end - this.position
  }

  /** Moves over `length` bytes and gives where they began. */
  private take(length: number): number {
    const at = this.position
    if (length > this.end - at) {
      malformed(`${length} bytes wanted at ${at}, but ${this.end - at} are left in the frame`)
    }
    this.position = at + length
    return at
  }

  boolean(): boolean {
    return this.buffer[this.take(1)] !== 0
  }
  int8(): number {
    return this.buffer.readInt8(this.take(1))
  }
  int16(): number {
    return this.buffer.readInt16BE(this.take(2))
  }
  uint16(): number {
    return this.buffer.readUInt16BE(this.take(2))
  }
  int32(): number {
    return this.buffer.readInt32BE(this.take(4))
  }
  uint32(): number {
    return this.buffer.readUInt32BE(this.take(4))
  }
  int64(): number {
    return readInt64(this.buffer, this.take(8))
  }
  float64(): number {
    return this.buffer.readDoubleBE(this.take(8))
  }

  uvarint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.buffer[this.take(1)]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) {
        if (value > 0xffff_ffff) break
        return value
      }
    }
    return malformed(`the varint that ends at ${this.position} has more than 32 bits`)
  }

  uuid(): string {
    const at = this.take(16)
    const b = this.buffer
    let text = ""
    for (let i = 0; i < 16; i++) {
      if (i === 4 || i === 6 || i === 8 || i === 10) text += "-"
      text += HEX[b[at + i]!]!
    }
    return text
  }

  private text(length: number): string {
    const at = this.take(length)
    if (length > 24) return this.buffer.toString("utf8", at, at + length)
    const b = this.buffer
    let text = ""
    for (let i = at; i < at + length; i++) {
      const byte = b[i]!
      if (byte > 0x7f) return b.toString("utf8", at, at + length)
      text += String.fromCharCode(byte)
    }
    return text
  }

  string(): string {
    return this.nullableString() ?? malformed("a string that cannot be null is null")
  }
  nullableString(): string | null {
    const length = this.int16()
    if (length >= 0) return this.text(length)
    return length === -1 ? null : malformed(`a string of ${length} bytes`)
  }
  compactString(): string {
    return this.compactNullableString() ?? malformed("a string that cannot be null is null")
  }
  compactNullableString(): string | null {
    const length = this.uvarint()
    if (length > 0x8000) malformed(`a string of ${length - 1} bytes, at most 32767 are allowed`)
    return length === 0 ? null : this.text(length - 1)
  }

  view(length: number): Buffer {
    const at = this.take(length)
    return this.buffer.subarray(at, at + length)
  }
  bytes(): Buffer {
    return this.nullableBytes() ?? malformed("bytes that cannot be null are null")
  }
  nullableBytes(): Buffer | null {
    const length = this.int32()
    if (length >= 0) return this.view(length)
    return length === -1 ? null : malformed(`a byte string of ${length} bytes`)
  }
  compactBytes(): Buffer {
    return this.compactNullableBytes() ?? malformed("bytes that cannot be null are null")
  }
  compactNullableBytes(): Buffer | null {
    const length = this.uvarint()
    return length === 0 ? null : this.view(length - 1)
  }

  /** Elements of an array, -1 for null; each element takes at least one byte. */
  arrayLength(): number {
    const length = this.int32()
    if (length < -1) malformed(`an array of ${length} elements`)
    return this.checkedLength(length)
  }
  compactArrayLength(): number {
    return this.checkedLength(this.uvarint() - 1)
  }
  private checkedLength(length: number): number {
    if (length > this.end - this.position || length > ARRAY_LENGTH_MAX) {
      malformed(
        `an array of ${length} elements at ${this.position}, but ${this.remaining} bytes are left ` +
          `in the frame and at most ${ARRAY_LENGTH_MAX} elements are allowed`
      )
    }
    return length
  }

  /** How many tagged fields follow. */
  tagCount(): number {
    const count = this.uvarint()
    if (count > TAGGED_FIELDS_MAX || count * 2 > this.remaining) {
      malformed(`${count} tagged fields announced, with ${this.remaining} bytes left in the frame`)
    }
    return count
  }

  /** Skips the tagged fields of a structure that knows none; gives those that were there. */
  unknownTags(): ReadonlyArray<UnknownTag> | undefined {
    const count = this.tagCount()
    if (count === 0) return undefined
    const tags: Array<UnknownTag> = []
    for (let i = 0; i < count; i++) tags.push(this.unknownTag(this.uvarint()))
    return tags
  }
  /** Reads a tagged field's size; gives where it ends. */
  tagEnd(): number {
    const size = this.uvarint()
    if (size > this.remaining) {
      malformed(`a tagged field of ${size} bytes, but ${this.remaining} are left in the frame`)
    }
    return this.position + size
  }
  expectEnd(end: number): void {
    if (this.position !== end) {
      malformed(`a tagged field ends at ${this.position}, its size said ${end}`)
    }
  }
  unknownTag(tag: number): UnknownTag {
    return { tag, bytes: this.view(this.uvarint()) }
  }
}
