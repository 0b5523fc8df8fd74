// Records of an uncompressed batch, seen one by one without copying: a view knows where its parts lie
// and makes them on demand. Views share the batch's buffer, and are good as long as it is.
import { readInt64 } from "../Offset.ts"
import * as RecordBatch from "./RecordBatch.ts"
import * as Varint from "./Varint.ts"

export interface Header {
  readonly key: string
  readonly value: Buffer | null
}

export class Record {
  readonly offset: number
  readonly timestamp: number
  private readonly buffer: Buffer
  private readonly keyAt: number
  private readonly keyLength: number
  private readonly valueAt: number
  private readonly valueLength: number
  private readonly headersAt: number

  constructor(
    buffer: Buffer,
    offset: number,
    timestamp: number,
    keyAt: number,
    keyLength: number,
    valueAt: number,
    valueLength: number,
    headersAt: number
  ) {
    this.buffer = buffer
    this.offset = offset
    this.timestamp = timestamp
    this.keyAt = keyAt
    this.keyLength = keyLength
    this.valueAt = valueAt
    this.valueLength = valueLength
    this.headersAt = headersAt
  }

  /** A view; null where there is none. */
  get key(): Buffer | null {
    return this.keyLength < 0
      ? null
      : this.buffer.subarray(this.keyAt, this.keyAt + this.keyLength)
  }

  get value(): Buffer | null {
    return this.valueLength < 0
      ? null
      : this.buffer.subarray(this.valueAt, this.valueAt + this.valueLength)
  }

  get headers(): ReadonlyArray<Header> {
    const cursor = new Varint.Cursor(this.buffer, this.headersAt)
    const headers: Array<Header> = []
    for (let count = cursor.varint(); count > 0; count--) {
      const keyLength = cursor.varint()
      const key = this.buffer.toString("utf8", cursor.position, cursor.position + keyLength)
      cursor.position += keyLength
      const length = cursor.varint()
      const value = length < 0
        ? null
        : this.buffer.subarray(cursor.position, cursor.position + length)
      cursor.position += Math.max(length, 0)
      headers.push({ key, value })
    }
    return headers
  }
}

/** The records of the batch at `at`. `records` are its records uncompressed, where they are not. */
export const ofBatch = (
  batch: Buffer,
  at: number,
  records: Buffer = batch.subarray(
    at + RecordBatch.HEADER_BYTES,
    at + RecordBatch.sizeBytes(batch, at)
  )
): ReadonlyArray<Record> => {
  const baseOffset = readInt64(batch, at)
  const baseTimestamp = RecordBatch.baseTimestamp(batch, at)
  const appendTimestamp = RecordBatch.isLogAppendTime(batch, at)
    ? RecordBatch.maxTimestamp(batch, at)
    : undefined
  const cursor = new Varint.Cursor(records, 0)
  const result: Array<Record> = []
  for (let left = RecordBatch.recordsCount(batch, at); left > 0; left--) {
    const size = cursor.varint()
    const end = cursor.position + size
    cursor.position++
    const delta = cursor.varlong()
    const timestamp = appendTimestamp ?? baseTimestamp + delta
    const offset = baseOffset + cursor.varint()
    const keyLength = cursor.varint()
    const keyAt = cursor.position
    cursor.position += Math.max(keyLength, 0)
    const valueLength = cursor.varint()
    const valueAt = cursor.position
    const headersAt = valueAt + Math.max(valueLength, 0)
    result.push(
      new Record(records, offset, timestamp, keyAt, keyLength, valueAt, valueLength, headersAt)
    )
    cursor.position = end
  }
  return result
}
