// A sparse index of one segment, from timestamps to offsets: entries of 12 bytes, a timestamp int64
// and the relative offset int32 of a record with it. Timestamps grow: an entry says that no record
// before its offset is younger. The same layout as Kafka's .timeindex file (TimeIndex).
import { NO_TIMESTAMP, readInt64, writeInt64 } from "../Offset.ts"

export const ENTRY_BYTES = 12
/** With the first entry, as in OffsetIndex. */
const ENTRIES_INITIAL = 64
const EMPTY = Buffer.alloc(0)

export class TimeIndex {
  readonly baseOffset: number
  private buffer: Buffer
  private count: number

  constructor(baseOffset: number, bytes?: Buffer) {
    this.baseOffset = baseOffset
    this.buffer = bytes === undefined || bytes.length === 0 ? EMPTY : bytes
    this.count = bytes === undefined ? 0 : Math.floor(bytes.length / ENTRY_BYTES)
  }

  get entries(): number {
    return this.count
  }

  get bytes(): Buffer {
    return this.buffer.subarray(0, this.count * ENTRY_BYTES)
  }

  get lastTimestamp(): number {
    return this.count === 0 ? NO_TIMESTAMP : this.timestampAt(this.count - 1)
  }

  get lastOffset(): number {
    return this.count === 0 ? this.baseOffset : this.offsetAt(this.count - 1)
  }

  /** Of the entry with that number, from 0. */
  timestampAt(entry: number): number {
    return readInt64(this.buffer, entry * ENTRY_BYTES)
  }

  offsetAt(entry: number): number {
    return this.baseOffset + this.buffer.readInt32BE(entry * ENTRY_BYTES + 8)
  }

  /** Adds an entry when `timestamp` is later than all before it. */
  append(timestamp: number, offset: number): void {
    if (timestamp <= this.lastTimestamp) return
    const at = this.count * ENTRY_BYTES
    if (at + ENTRY_BYTES > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(this.buffer.length * 2, ENTRY_BYTES * ENTRIES_INITIAL)
      )
      this.buffer.copy(larger, 0, 0, at)
      this.buffer = larger
    }
    writeInt64(this.buffer, timestamp, at)
    this.buffer.writeInt32BE(offset - this.baseOffset, at + 8)
    this.count++
  }

  /** An offset before which every record is older than `timestamp`. */
  lookup(timestamp: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (readInt64(this.buffer, middle * ENTRY_BYTES) < timestamp) low = middle + 1
      else high = middle
    }
    return low === 0
      ? this.baseOffset
      : this.baseOffset + this.buffer.readInt32BE((low - 1) * ENTRY_BYTES + 8)
  }

  /** Forgets the entries at or beyond `offset`. */
  truncate(offset: number): void {
    while (this.count > 0 && this.lastOffset >= offset) this.count--
  }

  isSane(): boolean {
    for (let i = 1; i < this.count; i++) {
      const before = readInt64(this.buffer, (i - 1) * ENTRY_BYTES)
      if (readInt64(this.buffer, i * ENTRY_BYTES) <= before) return false
      if (
        this.buffer.readInt32BE(i * ENTRY_BYTES + 8) <
          this.buffer.readInt32BE((i - 1) * ENTRY_BYTES + 8)
      ) return false
    }
    return true
  }
}
