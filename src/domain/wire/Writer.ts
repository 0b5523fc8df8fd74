// A growing buffer that gathers large byte strings by reference instead of copying them: what comes
// out is a list of chunks to be sent in order. A slab is filled by many messages one after the other
// and never written twice, so that views of it may wait in a socket's queue as long as they must.
import { writeInt64 } from "../Offset.ts"
import type { UnknownTag } from "./Reader.ts"
import { malformed } from "./WireError.ts"

const SLAB_BYTES = 16 * 1024
/** Byte strings from here on are sent by reference; below, a copy is cheaper than one more chunk. */
export const REFERENCE_BYTES_MIN = 2048
const STRING_BYTES_MAX = 32767

const UUID_BYTES =
  /^([0-9a-fA-F]{8})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{4})-([0-9a-fA-F]{12})$/

export class Writer {
  private slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES)
  /** Where the bytes that are in no chunk yet begin, and where the next one goes. */
  private start = 0
  private position = 0
  private chunks: Array<Uint8Array> = []
  private gathered = 0
  private scratch: Writer | undefined

  /** Bytes written since the last `take`. */
  get size(): number {
    return this.gathered + this.position - this.start
  }

  /** Leaves four bytes for the size of the frame; give the result to `endFrame`. */
  beginFrame(): void {
    this.ensure(4)
    this.position += 4
  }

  /** Fills in the size of the frame begun last, and gives its chunks. */
  endFrame(): ReadonlyArray<Uint8Array> {
    const size = this.size - 4
    const chunks = this.take()
    ;(chunks[0] as Buffer).writeInt32BE(size, 0)
    return chunks
  }

  /** Everything written since the last take, in order. */
  take(): ReadonlyArray<Uint8Array> {
    this.seal()
    const chunks = this.chunks
    this.chunks = []
    this.gathered = 0
    return chunks
  }

  /** Forgets what was written since the last take: for a message that could not be written whole. */
  discard(): void {
    this.take()
  }

  private seal(): void {
    if (this.position === this.start) return
    this.chunks.push(this.slab.subarray(this.start, this.position))
    this.gathered += this.position - this.start
    this.start = this.position
  }

  private ensure(length: number): void {
    if (this.position + length <= this.slab.length) return
    const held = this.position - this.start
    const slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, 2 * (held + length)))
    this.slab.copy(slab, 0, this.start, this.position)
    this.slab = slab
    this.start = 0
    this.position = held
  }

  boolean(value: boolean): void {
    this.int8(value ? 1 : 0)
  }
  int8(value: number): void {
    this.ensure(1)
    this.slab[this.position++] = value & 0xff
  }
  int16(value: number): void {
    this.ensure(2)
    this.position = this.slab.writeInt16BE(value, this.position)
  }
  uint16(value: number): void {
    this.ensure(2)
    this.position = this.slab.writeUInt16BE(value, this.position)
  }
  int32(value: number): void {
    this.ensure(4)
    this.position = this.slab.writeInt32BE(value, this.position)
  }
  uint32(value: number): void {
    this.ensure(4)
    this.position = this.slab.writeUInt32BE(value, this.position)
  }
  int64(value: number): void {
    this.ensure(8)
    writeInt64(this.slab, value, this.position)
    this.position += 8
  }
  float64(value: number): void {
    this.ensure(8)
    this.position = this.slab.writeDoubleBE(value, this.position)
  }

  uvarint(value: number): void {
    this.ensure(5)
    let rest = value
    while (rest > 0x7f) {
      this.slab[this.position++] = (rest & 0x7f) | 0x80
      rest = Math.floor(rest / 128)
    }
    this.slab[this.position++] = rest
  }

  uuid(value: string): void {
    const parts = UUID_BYTES.exec(value) ?? malformed(`"${value}" is not a UUID`)
    this.ensure(16)
    this.position += this.slab.write(parts.slice(1).join(""), this.position, "hex")
  }

  private text(value: string, length: number): void {
    this.ensure(length)
    if (length === value.length && length < 24) {
      for (let i = 0; i < length; i++) this.slab[this.position + i] = value.charCodeAt(i)
    } else {
      this.slab.write(value, this.position, length, "utf8")
    }
    this.position += length
  }
  private stringLength(value: string | null): number {
    if (value === null) return malformed("a string that cannot be null here is null")
    const length = Buffer.byteLength(value)
    if (length > STRING_BYTES_MAX) malformed(`a string of ${length} bytes, at most 32767 fit`)
    return length
  }
  string(value: string): void {
    const length = this.stringLength(value)
    this.int16(length)
    this.text(value, length)
  }
  nullableString(value: string | null): void {
    if (value === null) this.int16(-1)
    else this.string(value)
  }
  compactString(value: string): void {
    const length = this.stringLength(value)
    this.uvarint(length + 1)
    this.text(value, length)
  }
  compactNullableString(value: string | null): void {
    if (value === null) this.uvarint(0)
    else this.compactString(value)
  }

  raw(value: Uint8Array): void {
    if (value.length < REFERENCE_BYTES_MIN) {
      this.ensure(value.length)
      this.slab.set(value, this.position)
      this.position += value.length
    } else {
      this.seal()
      this.chunks.push(value)
      this.gathered += value.length
    }
  }
  private bytesLength(value: Uint8Array | null): number {
    return value === null ? malformed("bytes that cannot be null here are null") : value.length
  }
  bytes(value: Uint8Array): void {
    this.int32(this.bytesLength(value))
    this.raw(value)
  }
  nullableBytes(value: Uint8Array | null): void {
    if (value === null) this.int32(-1)
    else this.bytes(value)
  }
  compactBytes(value: Uint8Array): void {
    this.uvarint(this.bytesLength(value) + 1)
    this.raw(value)
  }
  compactNullableBytes(value: Uint8Array | null): void {
    if (value === null) this.uvarint(0)
    else this.compactBytes(value)
  }

  arrayLength(length: number): void {
    this.int32(length)
  }
  compactArrayLength(length: number): void {
    this.uvarint(length + 1)
  }

  /** One tagged field: its content is written apart first, because its size comes before it. */
  tagged<A>(tag: number, write: (writer: Writer, value: A) => void, value: A): void {
    this.scratch ??= new Writer()
    // What a message left there that could not be written whole is no part of this one.
    if (this.scratch.size > 0) this.scratch.discard()
    write(this.scratch, value)
    this.tag(tag, this.scratch.size, this.scratch.take())
  }
  /** Writes unknown tagged fields from the one at `from` up to `tag`, for tags go in ascending order;
   * gives the index of the next. */
  unknownTags(unknown: ReadonlyArray<UnknownTag>, from: number, tag: number): number {
    let i = from
    for (; i < unknown.length && unknown[i]!.tag < tag; i++) {
      this.tag(unknown[i]!.tag, unknown[i]!.bytes.length, [unknown[i]!.bytes])
    }
    return i
  }
  private tag(tag: number, size: number, chunks: ReadonlyArray<Uint8Array>): void {
    this.uvarint(tag)
    this.uvarint(size)
    for (const chunk of chunks) this.raw(chunk)
  }
}
