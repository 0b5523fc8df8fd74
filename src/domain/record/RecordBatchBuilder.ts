// Makes a batch record by record, as a producer does: everything goes into one growing buffer, after
// the place of the header, which is filled in when the batch is sealed. No object is kept of a record,
// and none is made: a record's sizes are added up once, then its parts are written one after the other.
//
// Fresh memory costs more than the writing, so that a builder can be used again, with its own memory or
// with other (`reset`). A sealed batch is a view of it: whoever resets the builder has sent the batch.
import { writeInt64 } from "../Offset.ts"
import type { CompressionType } from "./CompressionType.ts"
import { crc32c } from "./Crc32c.ts"
import * as RecordBatch from "./RecordBatch.ts"
import { TimestampRuns } from "./TimestampRuns.ts"
import { putVarint, putVarlong, varintBytes, varlongBytes } from "./Varint.ts"

export interface BuilderOptions {
  /** A batch takes no record that would make it larger; the first one it always takes. */
  readonly bytesMax: number
  /** Memory to begin with, of any size; what was there is overwritten. */
  readonly memory?: Buffer | undefined
}

export interface SealOptions {
  readonly producerId?: number | undefined
  readonly producerEpoch?: number | undefined
  readonly baseSequence?: number | undefined
  readonly isTransactional?: boolean | undefined
}

export type HeaderInput = readonly [key: string, value: Uint8Array | null]

const NO_HEADERS: ReadonlyArray<HeaderInput> = []
/** Below as many bytes a loop is quicker than a call, which is dearer for text (bench/domain/record). */
const CALL_BYTES_MIN = 12
const TEXT_CALL_BYTES_MIN = 48
const MEMORY_BYTES_MIN = 512
const MEMORY_BYTES_FIRST = 64 * 1024
/** What varints of two bytes hold: from here to there. */
const TWO_BYTES_MIN = 64
const TWO_BYTES_END = 8192
/** Of a plain record up to its value, where each of its varints has two. */
const SHAPE_BYTES = 9

export class RecordBatchBuilder {
  private buffer: Buffer
  private position = RecordBatch.HEADER_BYTES
  private records = 0
  private baseTimestamp = 0
  private maxTimestamp = 0
  /** Of the last record, where that was a plain one; NaN otherwise. */
  private lastTimestamp = NaN
  private lastDelta = 0
  readonly timestamps = new TimestampRuns()
  private readonly bytesMax: number
  /** Bytes of the names of the headers at hand: counted once, kept for the writing. */
  private readonly nameBytes: Array<number> = []

  constructor(options: BuilderOptions) {
    this.bytesMax = options.bytesMax
    this.buffer = options.memory ?? fresh(options.bytesMax)
  }

  /** Begins another batch, in the same memory or in that which is given. */
  reset(memory?: Buffer): void {
    this.position = RecordBatch.HEADER_BYTES
    this.records = 0
    this.lastTimestamp = NaN
    this.timestamps.clear()
    if (memory !== undefined) this.buffer = memory
    else if (this.buffer.length > 2 * Math.max(this.bytesMax, MEMORY_BYTES_FIRST)) {
      this.buffer = fresh(this.bytesMax) // One very large record is no reason to keep so much.
    }
  }

  /** All of the memory that the batch lies in, for who keeps it for another batch. */
  get memory(): Buffer {
    return this.buffer
  }

  get count(): number {
    return this.records
  }

  /** Bytes of the batch as it is now, uncompressed. */
  get sizeBytes(): number {
    return this.position
  }

  /** The records as they are now, for a codec; a view that the next append may spoil. */
  get payload(): Buffer {
    return this.buffer.subarray(RecordBatch.HEADER_BYTES, this.position)
  }

  /** False when the batch is full: seal it and begin another. */
  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: ReadonlyArray<HeaderInput> = NO_HEADERS
  ): boolean {
    if (key === null && value !== null && headers.length === 0) {
      if (this.appendPlain(timestampMs, value) > 0) return true
    }
    const index = this.records
    const timestampDelta = index === 0 ? 0 : timestampMs - this.baseTimestamp
    const keyBytes = key === null ? -1 : key.length
    const valueBytes = value === null ? -1 : value.length
    const body = 1 + varlongBytes(timestampDelta) + varintBytes(index) +
      varintBytes(keyBytes) + (keyBytes > 0 ? keyBytes : 0) +
      varintBytes(valueBytes) + (valueBytes > 0 ? valueBytes : 0) +
      (headers.length === 0 ? 1 : this.headersBytes(headers))
    const end = this.position + varintBytes(body) + body
    if (index > 0 && end > this.bytesMax) return false
    if (end > this.buffer.length) this.grow(end)
    const buffer = this.buffer
    let at = putVarint(buffer, this.position, body)
    buffer[at++] = 0
    at = putVarlong(buffer, at, timestampDelta)
    at = putVarint(buffer, at, index)
    at = putVarint(buffer, at, keyBytes)
    if (key !== null) at = putBytes(buffer, at, key)
    at = putVarint(buffer, at, valueBytes)
    if (value !== null) at = putBytes(buffer, at, value)
    if (headers.length === 0) buffer[at] = 0
    else this.putHeaders(at, headers)
    this.position = end
    this.records = index + 1
    if (index === 0) this.baseTimestamp = this.maxTimestamp = timestampMs
    else if (timestampMs > this.maxTimestamp) this.maxTimestamp = timestampMs
    this.lastTimestamp = NaN
    this.timestamps.begin(index, timestampMs)
    return true
  }

  /**
   * Appends a value alone, whose time takes one byte: what most records are, at less than the cost.
   * Gives the bytes that the record takes; 0 when it is for `append` to take or to refuse.
   */
  appendPlain(timestampMs: number, value: Uint8Array): number {
    // Most have the time of the one before; handing on a time, no small integer, makes an object of it.
    if (timestampMs !== this.lastTimestamp && !this.isNear(timestampMs)) return 0
    return this.putPlain(value)
  }

  /** Whether the time can be that of a plain record; it is the last time then. */
  private isNear(timestampMs: number): boolean {
    if (this.records === 0) this.baseTimestamp = this.maxTimestamp = timestampMs
    const delta = timestampMs - this.baseTimestamp
    if (!(delta >= 0 && delta < 64)) return false
    this.lastTimestamp = timestampMs
    this.lastDelta = delta
    if (timestampMs > this.maxTimestamp) this.maxTimestamp = timestampMs
    this.timestamps.begin(this.records, timestampMs)
    return true
  }

  private putPlain(value: Uint8Array): number {
    const index = this.records
    const valueBytes = value.length
    const start = this.position
    const hasShape = index >= TWO_BYTES_MIN && index < TWO_BYTES_END &&
      valueBytes >= TWO_BYTES_MIN && valueBytes < TWO_BYTES_END - SHAPE_BYTES
    if (hasShape) return this.putShaped(value, valueBytes, index, start)
    const body = 4 + varintBytes(index) + varintBytes(valueBytes) + valueBytes
    const end = start + varintBytes(body) + body
    if (index > 0 && end > this.bytesMax) return 0
    if (end > this.buffer.length) this.grow(end)
    const buffer = this.buffer
    let at = putVarint(buffer, start, body)
    buffer[at] = 0
    buffer[at + 1] = this.lastDelta << 1
    at = putVarint(buffer, at + 2, index)
    buffer[at] = 1
    at = putVarint(buffer, at + 1, valueBytes)
    at = putBytes(buffer, at, value)
    buffer[at] = 0
    this.position = end
    this.records = index + 1
    return end - start
  }

  /** Where all three varints have two bytes, as most have, all has its place: a fifth less work. */
  private putShaped(value: Uint8Array, valueBytes: number, index: number, start: number): number {
    const bytes = SHAPE_BYTES + valueBytes + 1
    const end = start + bytes
    if (end > this.bytesMax) return 0
    if (end > this.buffer.length) this.grow(end)
    const buffer = this.buffer
    const body = (bytes - 2) << 1
    const length = valueBytes << 1
    buffer[start] = (body & 0x7f) | 0x80
    buffer[start + 1] = body >>> 7
    buffer[start + 2] = 0
    buffer[start + 3] = this.lastDelta << 1
    buffer[start + 4] = ((index << 1) & 0x7f) | 0x80
    buffer[start + 5] = index >>> 6
    buffer[start + 6] = 1
    buffer[start + 7] = (length & 0x7f) | 0x80
    buffer[start + 8] = length >>> 7
    buffer.set(value, start + SHAPE_BYTES)
    buffer[end - 1] = 0
    this.position = end
    this.records = index + 1
    return bytes
  }

  /** The finished batch, uncompressed: a view of the builder's buffer, which is used up. */
  seal(options: SealOptions): Buffer {
    return this.header(this.buffer.subarray(0, this.position), 0, options)
  }

  /** The finished batch around `payload`, the records compressed. */
  sealCompressed(type: CompressionType, payload: Uint8Array, options: SealOptions): Buffer {
    const batch = Buffer.allocUnsafeSlow(RecordBatch.HEADER_BYTES + payload.length)
    batch.set(payload, RecordBatch.HEADER_BYTES)
    return this.sealAround(type, batch, options)
  }

  /** The same where the payload lies behind the place of the header. */
  sealAround(type: CompressionType, batch: Buffer, options: SealOptions): Buffer {
    return this.header(batch, type, options)
  }

  private header(batch: Buffer, type: CompressionType, options: SealOptions): Buffer {
    const attributes = type | (options.isTransactional === true ? 0x10 : 0)
    writeInt64(batch, 0, 0)
    batch.writeInt32BE(batch.length - RecordBatch.LENGTH_PREFIX_BYTES, 8)
    batch.writeInt32BE(-1, 12)
    batch.writeInt8(RecordBatch.MAGIC, 16)
    batch.writeInt16BE(attributes, 21)
    batch.writeInt32BE(this.records - 1, 23)
    writeInt64(batch, this.baseTimestamp, 27)
    writeInt64(batch, this.maxTimestamp, 35)
    writeInt64(batch, options.producerId ?? RecordBatch.NO_PRODUCER_ID, 43)
    batch.writeInt16BE(options.producerEpoch ?? -1, 51)
    batch.writeInt32BE(options.baseSequence ?? RecordBatch.NO_SEQUENCE, 53)
    batch.writeInt32BE(this.records, 57)
    batch.writeUInt32BE(crc32c(batch, RecordBatch.CRC_FROM, batch.length), 17)
    return batch
  }

  private grow(wanted: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.buffer.length * 2))
    this.buffer.copy(larger, 0, 0, this.position)
    this.buffer = larger
  }

  private headersBytes(headers: ReadonlyArray<HeaderInput>): number {
    let bytes = varintBytes(headers.length)
    for (let i = 0; i < headers.length; i++) {
      const [name, value] = headers[i]!
      const nameBytes = this.nameBytes[i] = utf8Bytes(name)
      bytes += varintBytes(nameBytes) + nameBytes
      bytes += value === null ? 1 : varintBytes(value.length) + value.length
    }
    return bytes
  }

  private putHeaders(position: number, headers: ReadonlyArray<HeaderInput>): void {
    const buffer = this.buffer
    let at = putVarint(buffer, position, headers.length)
    for (let i = 0; i < headers.length; i++) {
      const [name, value] = headers[i]!
      const nameBytes = this.nameBytes[i]!
      at = putVarint(buffer, at, nameBytes)
      at = putText(buffer, at, name, nameBytes)
      at = putVarint(buffer, at, value === null ? -1 : value.length)
      if (value !== null) at = putBytes(buffer, at, value)
    }
  }
}

const putBytes = (buffer: Buffer, position: number, bytes: Uint8Array): number => {
  const length = bytes.length
  if (length < CALL_BYTES_MIN) {
    for (let i = 0; i < length; i++) buffer[position + i] = bytes[i]!
  } else buffer.set(bytes, position)
  return position + length
}

/** Names of headers are mostly short and ASCII: as many bytes as characters. */
const utf8Bytes = (text: string): number => {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 0x80) return Buffer.byteLength(text)
  }
  return text.length
}

const putText = (buffer: Buffer, position: number, text: string, bytes: number): number => {
  if (bytes === text.length && bytes < TEXT_CALL_BYTES_MIN) {
    for (let i = 0; i < bytes; i++) buffer[position + i] = text.charCodeAt(i)
  } else buffer.write(text, position, bytes, "utf8")
  return position + bytes
}

const fresh = (bytesMax: number): Buffer =>
  Buffer.allocUnsafeSlow(Math.max(MEMORY_BYTES_MIN, Math.min(bytesMax, MEMORY_BYTES_FIRST)))
