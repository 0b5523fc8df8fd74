// When a segment is full, and records that come go into a new one. Age is told by the records' own
// times, as in Kafka: importing old records, or reading a log again after years, does not make a segment
// of each of them. Source: Kafka's LogSegment.shouldRoll, LogConfig.randomSegmentJitter, maxSegmentMs.
import type { LogConfig } from "../config/LogConfig.ts"
import { ENTRY_BYTES } from "./OffsetIndex.ts"

/** Index entries hold offsets relative to the segment's base in four bytes. */
const OFFSETS_MAX = 0x7fff_ffff

export interface ActiveSegment {
  readonly baseOffset: number
  readonly sizeBytes: number
  readonly indexBytes: number
  /** When it was made, or opened. */
  readonly createdMs: number
  /** Of its first batch; undefined or negative where none is told. */
  readonly firstTimestamp: number | undefined
  /** Any number that differs between segments. */
  readonly seed: number
}

export interface ComingRecords {
  readonly bytes: number
  readonly lastOffset: number
  readonly maxTimestamp: number
  readonly nowMs: number
}

export type RollLimits = Pick<
  LogConfig,
  | "segmentBytes"
  | "segmentMs"
  | "segmentJitterMs"
  | "segmentIndexBytes"
  | "cleanupCompact"
  | "maxCompactionLagMs"
>

export const isDue = (
  segment: ActiveSegment,
  coming: ComingRecords,
  limits: RollLimits
): boolean =>
  segment.sizeBytes > 0 && (
    segment.sizeBytes + coming.bytes > limits.segmentBytes ||
    segment.indexBytes + ENTRY_BYTES > limits.segmentIndexBytes ||
    coming.lastOffset - segment.baseOffset > OFFSETS_MAX ||
    ageMs(segment, coming) > oldestMs(limits) - jitterMs(segment.seed, limits)
  )

/** Only closed segments are compacted: one must close before its records have waited too long. */
const oldestMs = ({ cleanupCompact, maxCompactionLagMs, segmentMs }: RollLimits): number =>
  cleanupCompact ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs

const ageMs = (segment: ActiveSegment, coming: ComingRecords): number =>
  segment.firstTimestamp !== undefined && segment.firstTimestamp >= 0
    ? coming.maxTimestamp - segment.firstTimestamp
    : coming.nowMs - segment.createdMs

/** Spreads the rolls of partitions that began together. */
const jitterMs = (seed: number, limits: RollLimits): number => {
  const most = Math.min(limits.segmentJitterMs, oldestMs(limits))
  return most <= 0 ? 0 : (Math.imul(seed, 0x9e3779b1) >>> 0) % most
}
