// What of a log can be compacted, whether it is worth it, and which segments become one. The part up to
// the cleaner's checkpoint is clean; behind it lies the dirty part, up to the first segment that may not
// be touched yet. A log is compacted when enough of it is dirty, or when a record has waited too long.
// Source: Kafka's LogCleanerManager (cleanableOffsets, maxCompactionDelay), Cleaner
// (groupSegmentsBySize).
import type { LogConfig } from "../config/LogConfig.ts"
import type { Offset } from "../Offset.ts"
import * as RecordBatch from "../record/RecordBatch.ts"
import * as OffsetIndex from "./OffsetIndex.ts"
import * as TimeIndex from "./TimeIndex.ts"

/** A segment that is not the active one. */
export interface SegmentFacts {
  readonly baseOffset: Offset
  /** Where the next segment begins. */
  readonly endOffset: Offset
  readonly sizeBytes: number
  /** Of its youngest record. */
  readonly largestTimestamp: number
  /** Of its first batch; undefined where none is told. */
  readonly firstTimestamp: number | undefined
}

/** What of a log can be compacted now. */
export interface Cleanable {
  readonly firstDirtyOffset: Offset
  /** Where the part begins that may not be compacted yet: a segment's base. */
  readonly endOffset: Offset
  /** How much of what could be compact by then is not, from 0 to 1. */
  readonly dirtyRatio: number
  readonly isDue: boolean
}

export type CompactionLimits = Pick<
  LogConfig,
  "minCompactionLagMs" | "maxCompactionLagMs" | "minCleanableDirtyRatio"
>

/** Where the dirty part begins: at the checkpoint, or at the log's start when that makes no sense. */
export const firstDirtyOffset = (
  checkpoint: Offset | undefined,
  logStartOffset: Offset,
  logEndOffset: Offset
): Offset =>
  checkpoint === undefined || checkpoint < logStartOffset || checkpoint > logEndOffset
    ? logStartOffset
    : checkpoint

/** `stableOffset`: what lies behind it may still be undone. */
export const cleanable = (
  segments: ReadonlyArray<SegmentFacts>,
  firstDirty: Offset,
  stableOffset: Offset,
  limits: CompactionLimits,
  nowMs: number
): Cleanable => {
  const youngestMs = nowMs - limits.minCompactionLagMs
  let endOffset = firstDirty
  let cleanBytes = 0
  let dirtyBytes = 0
  let earliestMs = Infinity
  for (const segment of segments) {
    if (segment.endOffset <= firstDirty) {
      cleanBytes += segment.sizeBytes
      continue
    }
    const isYoung = limits.minCompactionLagMs > 0 && segment.largestTimestamp > youngestMs
    if (segment.endOffset > stableOffset || isYoung) break
    endOffset = segment.endOffset
    dirtyBytes += segment.sizeBytes
    if ((segment.firstTimestamp ?? 0) > 0) {
      earliestMs = Math.min(earliestMs, segment.firstTimestamp!)
    }
  }
  const dirtyRatio = dirtyBytes === 0 ? 0 : dirtyBytes / (cleanBytes + dirtyBytes)
  const isLate = dirtyBytes > 0 && earliestMs < nowMs - limits.maxCompactionLagMs
  return {
    firstDirtyOffset: firstDirty,
    endOffset,
    dirtyRatio,
    isDue: isLate || dirtyRatio > limits.minCleanableDirtyRatio
  }
}

/** Index entries hold offsets relative to the segment's base in four bytes. */
const OFFSETS_MAX = 0x7fff_ffff

export type GroupLimits = Pick<
  LogConfig,
  "segmentBytes" | "segmentIndexBytes" | "indexIntervalBytes"
>

/** Neighbours that fit into one segment even if nothing of them went away: how many in each group. */
export const groups = (
  segments: ReadonlyArray<SegmentFacts>,
  limits: GroupLimits
): ReadonlyArray<number> => {
  const sizes: Array<number> = []
  let from = 0
  let bytes = 0
  for (const [i, segment] of segments.entries()) {
    const fits = i > from &&
      bytes + segment.sizeBytes <= limits.segmentBytes &&
      indexBytesMax(bytes + segment.sizeBytes, limits) <= limits.segmentIndexBytes &&
      segment.endOffset - segments[from]!.baseOffset <= OFFSETS_MAX
    if (!fits) {
      if (i > from) sizes.push(i - from)
      from = i
      bytes = 0
    }
    bytes += segment.sizeBytes
  }
  if (segments.length > from) sizes.push(segments.length - from)
  return sizes
}

/** Of the larger of the two indexes that so many bytes of log can have. */
const indexBytesMax = (bytes: number, { indexIntervalBytes }: GroupLimits): number => {
  const interval = Math.max(indexIntervalBytes, RecordBatch.HEADER_BYTES)
  return (bytes / interval) * Math.max(OffsetIndex.ENTRY_BYTES, TimeIndex.ENTRY_BYTES)
}
