// Walks the records of a batch, uncompressed, and tells of each where its parts lie. One object serves
// for all records, because compaction looks at every record of a log.
import * as Varint from "./Varint.ts"

export class RecordCursor {
  readonly buffer: Buffer
  /** The record lies from its length, at `start`, to `end`. */
  start = 0
  end = 0
  timestampDelta = 0
  /** Where what follows the timestamp delta begins: the offset delta. */
  offsetDeltaAt = 0
  offsetDelta = 0
  hasKey = false
  hasValue = false
  /** Set when a record is not whole: nothing after it can be believed. */
  isDamaged = false
  private keyAt = 0
  private keyLength = 0
  private readonly cursor: Varint.Cursor

  constructor(records: Buffer) {
    this.buffer = records
    this.cursor = new Varint.Cursor(records, 0)
  }

  /** Goes to the next record; false after the last one, and at one that is not whole. */
  next(): boolean {
    const { buffer, cursor } = this
    if (this.isDamaged || this.end >= buffer.length) return false
    this.start = cursor.position = this.end
    const size = cursor.varint()
    const end = cursor.position + size
    cursor.position++
    this.timestampDelta = cursor.varlong()
    this.offsetDeltaAt = cursor.position
    this.offsetDelta = cursor.varint()
    this.keyLength = cursor.varint()
    this.keyAt = cursor.position
    cursor.position += Math.max(this.keyLength, 0)
    const valueLength = cursor.varint()
    this.hasKey = this.keyLength >= 0
    this.hasValue = valueLength >= 0
    this.end = end
    const isWhole = size > 0 && end <= buffer.length && this.offsetDelta >= 0 &&
      cursor.position + Math.max(valueLength, 0) < end
    this.isDamaged = !isWhole
    return isWhole
  }

  /** Goes to the record that begins at a position where one did before. */
  goTo(position: number): void {
    this.end = position
    this.next()
  }

  /** A view. */
  get key(): Buffer {
    return this.buffer.subarray(this.keyAt, this.keyAt + this.keyLength)
  }
}
