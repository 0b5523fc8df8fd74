// Reads the records of a fetched batch one after the other. One object serves for all of them: after
// `next` it tells where the parts of a record lie, and makes them only when asked. What was read is
// sound: a batch whose records do not lie where their lengths say, or are not as many as it claims, throws
// DamagedRecords at the first of them, because nothing after it can be believed.
//
// A fetch gives whole batches, so that records before the offset asked for have to be passed over: see
// `skipTo`. After compaction, offsets have holes, and a batch may have fewer records than offsets.
import { type Header, Record } from "./Record.ts"
import * as RecordBatch from "./RecordBatch.ts"

/** The bytes are no records: who has fetched them may ask again, or has to stop there. */
export class DamagedRecords extends Error {
  override readonly name = "DamagedRecords"
}

/** Attributes, two deltas, two lengths and the number of headers, a byte each. */
const RECORD_BYTES_MIN = 6

export class RecordsView {
  readonly count: number
  readonly baseOffset: number
  /** Of the batch, whether or not its last record is still there. */
  readonly lastOffset: number
  /** Of the record at hand; a length of -1 means that there is no key, or value. */
  offset = -1
  timestamp = -1
  keyAt = 0
  keyBytes = -1
  valueAt = 0
  valueBytes = -1
  headersAt = 0
  /** What the places are places in. */
  readonly buffer: Buffer
  private readonly to: number
  private readonly lastDelta: number
  private readonly baseTimestamp: number
  private readonly appendTimestamp: number
  private index = 0
  private delta = -1
  private start: number
  private at = 0

  /** The batch at `at`. `records` are its records uncompressed, where they are not. */
  constructor(batch: Buffer, at = 0, records?: Buffer) {
    const size = wholeBatchBytes(batch, at)
    if (size === 0) throw new DamagedRecords("the batch is cut off")
    this.count = RecordBatch.recordsCount(batch, at)
    this.baseOffset = RecordBatch.baseOffset(batch, at)
    this.lastDelta = RecordBatch.lastOffsetDelta(batch, at)
    this.lastOffset = this.baseOffset + this.lastDelta
    this.baseTimestamp = RecordBatch.baseTimestamp(batch, at)
    this.appendTimestamp = RecordBatch.isLogAppendTime(batch, at)
      ? RecordBatch.maxTimestamp(batch, at)
      : -1
    this.buffer = records ?? batch
    this.start = records === undefined ? at + RecordBatch.HEADER_BYTES : 0
    this.to = records === undefined ? at + size : records.length
    if (this.count < 0) throw new DamagedRecords(`the batch claims to have ${this.count} records`)
  }

  /** Goes to the next record; false after the last one. */
  next(): boolean {
    if (this.index === this.count) return this.ended()
    const buffer = this.buffer
    this.at = this.start
    const size = this.varint()
    const end = this.at + size
    if (size < RECORD_BYTES_MIN || end > this.to) throw this.damaged(`is ${size} bytes long`)
    this.at++ // attributes: none are in use
    const timestampDelta = this.varlong()
    const delta = this.varint()
    const keyBytes = this.varint()
    const keyAt = this.at
    if (keyBytes > 0) this.at += keyBytes
    const valueBytes = this.varint()
    const valueAt = this.at
    const headersAt = valueBytes > 0 ? valueAt + valueBytes : valueAt
    if (keyBytes < -1 || valueBytes < -1 || headersAt >= end) {
      throw this.damaged(`has a key of ${keyBytes} bytes and a value of ${valueBytes}`)
    }
    if (delta <= this.delta || delta > this.lastDelta) {
      throw this.damaged(`has offset delta ${delta} after ${this.delta}`)
    }
    if (buffer[headersAt] !== 0 || headersAt + 1 !== end) this.checkHeaders(headersAt, end)
    this.offset = this.baseOffset + delta
    this.timestamp = this.appendTimestamp >= 0
      ? this.appendTimestamp
      : this.baseTimestamp + timestampDelta
    this.keyAt = keyAt
    this.keyBytes = keyBytes
    this.valueAt = valueAt
    this.valueBytes = valueBytes
    this.headersAt = headersAt
    this.delta = delta
    this.start = end
    this.index++
    return true
  }

  /** Passes over records before `offset`, looking at nothing but their lengths and offsets. */
  skipTo(offset: number): void {
    const wanted = offset - this.baseOffset
    while (this.index < this.count) {
      this.at = this.start
      const size = this.varint()
      const end = this.at + size
      if (size < RECORD_BYTES_MIN || end > this.to) throw this.damaged(`is ${size} bytes long`)
      this.at++
      while (this.buffer[this.at++]! >= 0x80);
      const delta = this.varint()
      if (delta >= wanted) return
      if (delta <= this.delta || this.at > end) throw this.damaged(`has offset delta ${delta}`)
      this.delta = delta
      this.start = end
      this.index++
    }
  }

  /** All that is left, from `offsetMin` on, as objects that outlive the view (not the buffer). */
  records(offsetMin = this.baseOffset): ReadonlyArray<Record> {
    this.skipTo(offsetMin)
    const records: Array<Record> = []
    while (this.next()) records.push(this.record)
    return records
  }

  /** The record at hand as an object that outlives the view (not the buffer). */
  get record(): Record {
    return new Record(
      this.buffer,
      this.offset,
      this.timestamp,
      this.keyAt,
      this.keyBytes,
      this.valueAt,
      this.valueBytes,
      this.headersAt
    )
  }

  /** A view; null where there is none. */
  get key(): Buffer | null {
    return this.keyBytes < 0 ? null : this.buffer.subarray(this.keyAt, this.keyAt + this.keyBytes)
  }

  /** A view; null where there is none. */
  get value(): Buffer | null {
    return this.valueBytes < 0
      ? null
      : this.buffer.subarray(this.valueAt, this.valueAt + this.valueBytes)
  }

  get headers(): ReadonlyArray<Header> {
    return this.record.headers
  }

  private ended(): false {
    if (this.start !== this.to) {
      throw new DamagedRecords(
        `${this.to - this.start} bytes follow the last of ${this.count} records of the batch at ` +
          `offset ${this.baseOffset}`
      )
    }
    return false
  }

  /** They are few; without this, reading them later would need a border. */
  private checkHeaders(headersAt: number, end: number): void {
    this.at = headersAt
    const count = this.varint()
    if (count < 0) throw this.damaged(`has ${count} headers`)
    for (let left = count; left > 0; left--) {
      const nameBytes = this.varint()
      if (nameBytes < 0) throw this.damaged(`has a header's name of ${nameBytes} bytes`)
      this.at += nameBytes
      const valueBytes = this.varint()
      if (valueBytes < -1) throw this.damaged(`has a header of ${valueBytes} bytes`)
      if (valueBytes > 0) this.at += valueBytes
      if (this.at > end) break
    }
    if (this.at !== end) throw this.damaged("does not end where its length says")
  }

  private damaged(what: string): DamagedRecords {
    return new DamagedRecords(
      `record ${this.index} of the batch at offset ${this.baseOffset} ${what}`
    )
  }

  private varint(): number {
    const byte = this.buffer[this.at++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    const second = this.buffer[this.at++]!
    const low = (byte & 0x7f) | ((second & 0x7f) << 7)
    return second < 0x80 ? (low >>> 1) ^ -(low & 1) : this.longVarint(low)
  }

  private longVarint(low: number): number {
    let value = low
    for (let shift = 14; shift < 35; shift += 7) {
      const byte = this.buffer[this.at++] ?? 0
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    return (value >>> 1) ^ -(value & 1)
  }

  private varlong(): number {
    const byte = this.buffer[this.at]!
    if (byte < 0x80) {
      this.at++
      return (byte >>> 1) ^ -(byte & 1)
    }
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      const byte = this.buffer[this.at++] ?? 0
      value += (byte & 0x7f) * scale
      if (byte < 0x80) break
      scale *= 128
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

/** Of the batch at `at`; 0 where a fetch has cut it off, which is how most end. */
export const wholeBatchBytes = (buffer: Buffer, at: number): number => {
  if (buffer.length - at < RecordBatch.HEADER_BYTES) return 0
  const size = RecordBatch.sizeBytes(buffer, at)
  if (size < RecordBatch.HEADER_BYTES) {
    throw new DamagedRecords(`a batch claims to be ${size} bytes long`)
  }
  const magic = RecordBatch.magic(buffer, at)
  if (magic !== RecordBatch.MAGIC) {
    throw new DamagedRecords(`a batch has magic ${magic}, ${RecordBatch.MAGIC} is known`)
  }
  return size > buffer.length - at ? 0 : size
}
