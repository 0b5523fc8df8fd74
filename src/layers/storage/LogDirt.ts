// How dirty a log is: what the plan of its compaction must know of its segments, looked up as far as its
// settings ask for it.
import * as Effect from "effect/Effect"
import * as CompactionPlan from "../../domain/log/CompactionPlan.ts"
import type { DiskError } from "../disk/Disk.ts"
import * as LogRecovery from "./LogRecovery.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { Segment } from "./Segment.ts"
import * as SegmentIndexes from "./SegmentIndexes.ts"

export interface Facts extends CompactionPlan.SegmentFacts {
  readonly segment: Segment
}

/** Of all segments but the active one. */
export const factsOf = (log: PartitionLog): ReadonlyArray<Facts> =>
  log.segments.slice(0, -1).map((segment, i) => ({
    segment,
    baseOffset: segment.baseOffset,
    endOffset: log.segments[i + 1]!.baseOffset,
    sizeBytes: segment.sizeBytes,
    largestTimestamp: segment.maxTimestamp,
    firstTimestamp: segment.firstTimestamp
  }))

/** Undefined where there is nothing to compact. */
export const of = Effect.fnUntraced(function*(
  log: PartitionLog,
  nowMs: number
): Effect.fn.Return<CompactionPlan.Cleanable | undefined, DiskError> {
  const config = log.world.config()
  const { lastStableOffset, logEndOffset, logStartOffset } = log.offsets
  const from = CompactionPlan.firstDirtyOffset(log.cleanedTo, logStartOffset, logEndOffset)
  const hasWork = config.cleanupCompact && log.offline === undefined && log.hasDirectory
  if (!hasWork || from >= log.active.baseOffset) return undefined
  for (const { endOffset, segment } of factsOf(log)) {
    if (endOffset <= from || segment.sizeBytes === 0) continue
    if (config.minCompactionLagMs > 0 && segment.maxTimestamp < 0) {
      yield* SegmentIndexes.load(segment)
    }
    if (config.maxCompactionLagMs < Number.MAX_SAFE_INTEGER) {
      segment.firstTimestamp ??= yield* Effect.flatMap(segment.open, LogRecovery.firstTimestamp)
    }
  }
  return CompactionPlan.cleanable(factsOf(log), from, lastStableOffset, config, nowMs)
})
