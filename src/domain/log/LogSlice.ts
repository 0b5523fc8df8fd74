// A slice of a segment's bytes, and the batches in it that a read asked for: from the one that holds the
// offset on, whole, within the byte budget, and not beyond what may be read. Nothing is opened; only
// headers are looked at.
import type { Offset } from "../Offset.ts"
import * as RecordBatch from "../record/RecordBatch.ts"
import * as SegmentScan from "./SegmentScan.ts"

/** What is asked for. */
export interface Wanted {
  readonly offset: Offset
  readonly bytesMax: number
  /** Whether the first batch is wanted even when it is larger than that. */
  readonly atLeastOne: boolean
}

export interface Slice {
  readonly buffer: Buffer
  /** Of the buffer's first byte in the file. */
  readonly position: number
  /** The batches asked for lie between these. */
  readonly start: number
  readonly end: number
  readonly nextOffset: Offset
  /** Bytes to read from `position` on to have the first batch; 0 when it is there. */
  readonly missingBytes: number
  /** All of it lies before the offset, and there is no more: compaction took what followed. */
  readonly isPassed: boolean
  /** Set when what should be the first batch is none. */
  readonly damage: string | undefined
}

/**
 * Finds the batches from the one that holds the offset on, within the byte budget and the limit.
 * `isToEnd`: there is no more to read, so a batch that is not whole never will be.
 */
export const cut = (
  buffer: Buffer,
  count: number,
  position: number,
  { atLeastOne, bytesMax, offset }: Wanted,
  limit: Offset,
  isToEnd: boolean
): Slice => {
  let at = 0
  let start = -1
  let nextOffset = offset
  const slice = (end: number, missingBytes: number, damage?: string): Slice => ({
    buffer,
    position,
    start: Math.max(start, 0),
    end: Math.max(start, end, 0),
    nextOffset,
    missingBytes,
    isPassed: false,
    damage
  })
  while (count - at >= RecordBatch.HEADER_BYTES) {
    const size = RecordBatch.sizeBytes(buffer, at)
    if (!SegmentScan.isSizeSensible(size)) {
      if (start >= 0) break
      start = at
      return slice(at, 0, `a batch claims to be ${size} bytes long`)
    }
    if (start < 0 && RecordBatch.lastOffset(buffer, at) < offset) {
      at += size
      continue
    }
    if (RecordBatch.baseOffset(buffer, at) >= limit) break
    const isFirst = start < 0
    if (isFirst) start = at
    if (at + size - start > bytesMax && !(isFirst && atLeastOne)) break
    if (at + size > count) {
      if (!isFirst) break
      if (isToEnd) {
        return slice(at, 0, `a batch claims to be ${size} bytes long, ${count - at} are there`)
      }
      return { ...slice(at, size), position: position + at }
    }
    nextOffset = RecordBatch.nextOffset(buffer, at)
    at += size
  }
  if (start >= 0) return slice(at, 0)
  if (count - at >= RecordBatch.HEADER_BYTES) return slice(0, 0)
  // All that was read lies before the offset: an index that was lost leaves a long way to walk.
  const missingBytes = isToEnd ? 0 : RecordBatch.HEADER_BYTES + bytesMax
  return { ...slice(0, missingBytes), position: position + at, isPassed: isToEnd }
}
