// A sparse index of one segment, from offsets to positions in its file: entries of 8 bytes, the
// offset relative to the segment's base and the position, both int32 and growing. Lookup is a binary
// search over the bytes. The same layout as Kafka's .index file (OffsetIndex).

export const ENTRY_BYTES = 8
/** With the first entry: most partitions of a broker with many have none. */
const ENTRIES_INITIAL = 64
const EMPTY = Buffer.alloc(0)

export class OffsetIndex {
  readonly baseOffset: number
  private buffer: Buffer
  private count: number

  /** `bytes` is a file's content, or nothing for a new segment. */
  constructor(baseOffset: number, bytes?: Buffer) {
    this.baseOffset = baseOffset
    this.buffer = bytes === undefined || bytes.length === 0 ? EMPTY : bytes
    this.count = bytes === undefined ? 0 : Math.floor(bytes.length / ENTRY_BYTES)
  }

  get entries(): number {
    return this.count
  }

  get sizeBytes(): number {
    return this.count * ENTRY_BYTES
  }

  /** What the file holds. A view: written before the next append. */
  get bytes(): Buffer {
    return this.buffer.subarray(0, this.count * ENTRY_BYTES)
  }

  /** Of the last entry; 0 when there is none. */
  get lastPosition(): number {
    return this.count === 0 ? 0 : this.positionAt(this.count - 1)
  }

  /** Of the last entry; the segment's base when there is none. */
  get lastOffset(): number {
    return this.count === 0 ? this.baseOffset : this.offsetAt(this.count - 1)
  }

  /** Of the entry with that number, from 0. */
  offsetAt(entry: number): number {
    return this.baseOffset + this.buffer.readInt32BE(entry * ENTRY_BYTES)
  }

  positionAt(entry: number): number {
    return this.buffer.readInt32BE(entry * ENTRY_BYTES + 4)
  }

  append(offset: number, position: number): void {
    const at = this.count * ENTRY_BYTES
    if (at + ENTRY_BYTES > this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.max(this.buffer.length * 2, ENTRY_BYTES * ENTRIES_INITIAL)
      )
      this.buffer.copy(larger, 0, 0, at)
      this.buffer = larger
    }
    this.buffer.writeInt32BE(offset - this.baseOffset, at)
    this.buffer.writeInt32BE(position, at + 4)
    this.count++
  }

  /** Position of the last entry at or before `offset`; 0, the segment's start, when there is none. */
  lookup(offset: number): number {
    const relative = offset - this.baseOffset
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.buffer.readInt32BE(middle * ENTRY_BYTES) <= relative) low = middle + 1
      else high = middle
    }
    return low === 0 ? 0 : this.buffer.readInt32BE((low - 1) * ENTRY_BYTES + 4)
  }

  /** The last entry at or before a position whose offset is not beyond `offsetMax`. */
  boundary(
    positionMax: number,
    offsetMax: number
  ): { readonly position: number; readonly offset: number } | undefined {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      const fits = this.positionAt(middle) <= positionMax && this.offsetAt(middle) <= offsetMax
      if (fits) low = middle + 1
      else high = middle
    }
    if (low === 0) return undefined
    return { position: this.positionAt(low - 1), offset: this.offsetAt(low - 1) }
  }

  /** Forgets the entries at or beyond `position`. */
  truncate(position: number): void {
    while (this.count > 0 && this.lastPosition >= position) this.count--
  }

  /** Whether a file's entries grow and stay within the segment; a file that does not is rebuilt. */
  isSane(segmentBytes: number): boolean {
    let offset = -1
    let position = -1
    for (let i = 0; i < this.count; i++) {
      const nextOffset = this.buffer.readInt32BE(i * ENTRY_BYTES)
      const nextPosition = this.buffer.readInt32BE(i * ENTRY_BYTES + 4)
      if (nextOffset <= offset || nextPosition <= position || nextPosition >= segmentBytes) {
        return false
      }
      offset = nextOffset
      position = nextPosition
    }
    return true
  }
}
