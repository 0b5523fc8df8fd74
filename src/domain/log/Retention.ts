// Which segments of a log may go: a prefix, oldest first. Source: Kafka's UnifiedLog
// (deleteRetentionMsBreachedSegments, deleteRetentionSizeBreachedSegments,
// deleteLogStartOffsetBreachedSegments).

export interface SegmentFacts {
  /** Where the segment after it begins; the log's end for the last one. */
  readonly nextBaseOffset: number
  readonly sizeBytes: number
  /** Of its youngest record, in ms. */
  readonly lastTimestamp: number
}

export interface RetentionLimits {
  readonly nowMs: number
  readonly logStartOffset: number
  readonly highWatermark: number
  /** -1: no limit. */
  readonly retentionMs: number
  readonly retentionBytes: number
}

/** How many segments from the oldest on are no longer kept. */
export const expired = (
  segments: ReadonlyArray<SegmentFacts>,
  limits: RetentionLimits
): number => {
  let bytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  let count = 0
  for (const [i, segment] of segments.entries()) {
    const isLast = i === segments.length - 1
    if (segment.sizeBytes === 0 && isLast) break
    if (segment.nextBaseOffset > limits.highWatermark) break
    const isTooOld = limits.retentionMs >= 0 &&
      segment.lastTimestamp + limits.retentionMs < limits.nowMs
    const isTooMuch = limits.retentionBytes >= 0 && !isLast &&
      bytes - segment.sizeBytes >= limits.retentionBytes
    const isBeforeStart = !isLast && segment.nextBaseOffset <= limits.logStartOffset
    if (!isTooOld && !isTooMuch && !isBeforeStart) break
    bytes -= segment.sizeBytes
    count++
  }
  return count
}
