// Makes a batch record by record, as a producer does: everything goes into one growing buffer, after
// the place of the header, which is filled in when the batch is sealed. No object is kept of a record.
import { writeInt64 } from "../Offset.ts"
import type { CompressionType } from "./CompressionType.ts"
import { crc32c } from "./Crc32c.ts"
import * as RecordBatch from "./RecordBatch.ts"
import { putVarint, putVarlong, varintBytes, varlongBytes } from "./Varint.ts"

export interface BuilderOptions {
  /** A batch takes no record that would make it larger; the first one it always takes. */
  readonly bytesMax: number
}

export interface SealOptions {
  readonly producerId?: number | undefined
  readonly producerEpoch?: number | undefined
  readonly baseSequence?: number | undefined
  readonly isTransactional?: boolean | undefined
}

export type HeaderInput = readonly [key: string, value: Uint8Array | null]

/** Attributes, timestamp and offset deltas, four lengths: what a record needs beside its bytes. */
const RECORD_OVERHEAD_MAX = 1 + 10 + 5 + 5 + 5 + 5 + 5
const NO_HEADERS: ReadonlyArray<HeaderInput> = []

export class RecordBatchBuilder {
  private buffer: Buffer
  private position = RecordBatch.HEADER_BYTES
  private records = 0
  private baseTimestamp = 0
  private maxTimestamp = 0
  private readonly bytesMax: number

  constructor(options: BuilderOptions) {
    this.bytesMax = options.bytesMax
    this.buffer = Buffer.allocUnsafeSlow(Math.max(512, Math.min(options.bytesMax, 64 * 1024)))
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
    if (this.records === 0) {
      this.baseTimestamp = timestampMs
      this.maxTimestamp = timestampMs
    }
    const timestampDelta = timestampMs - this.baseTimestamp
    const body = 1 + varlongBytes(timestampDelta) + varintBytes(this.records) +
      bytesBytes(key) + bytesBytes(value) + headersBytes(headers)
    if (this.records > 0 && this.position + varintBytes(body) + body > this.bytesMax) return false
    this.ensure(body + RECORD_OVERHEAD_MAX)
    this.varint(body)
    this.buffer[this.position++] = 0
    this.varlong(timestampDelta)
    this.varint(this.records)
    this.bytes(key)
    this.bytes(value)
    this.varint(headers.length)
    for (const [name, content] of headers) {
      const length = Buffer.byteLength(name)
      this.varint(length)
      this.position += this.buffer.write(name, this.position, length, "utf8")
      this.bytes(content)
    }
    this.records++
    if (timestampMs > this.maxTimestamp) this.maxTimestamp = timestampMs
    return true
  }

  /** The finished batch, uncompressed: a view of the builder's buffer, which is used up. */
  seal(options: SealOptions): Buffer {
    return this.header(this.buffer.subarray(0, this.position), 0, options)
  }

  /** The finished batch around `payload`, the records compressed. */
  sealCompressed(type: CompressionType, payload: Uint8Array, options: SealOptions): Buffer {
    const batch = Buffer.allocUnsafeSlow(RecordBatch.HEADER_BYTES + payload.length)
    batch.set(payload, RecordBatch.HEADER_BYTES)
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

  private ensure(length: number): void {
    const wanted = this.position + length
    if (wanted <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.buffer.length * 2))
    this.buffer.copy(larger, 0, 0, this.position)
    this.buffer = larger
  }

  private varint(value: number): void {
    this.position = putVarint(this.buffer, this.position, value)
  }

  private varlong(value: number): void {
    this.position = putVarlong(this.buffer, this.position, value)
  }

  private bytes(value: Uint8Array | null): void {
    if (value === null) {
      this.varint(-1)
    } else {
      this.varint(value.length)
      this.buffer.set(value, this.position)
      this.position += value.length
    }
  }
}

const bytesBytes = (value: Uint8Array | null): number =>
  value === null ? 1 : varintBytes(value.length) + value.length

const headersBytes = (headers: ReadonlyArray<HeaderInput>): number => {
  let bytes = varintBytes(headers.length)
  for (const [name, value] of headers) {
    const length = Buffer.byteLength(name)
    bytes += varintBytes(length) + length + bytesBytes(value)
  }
  return bytes
}
