// Frees what a topic no longer keeps: segments that are too old or too many, by retention.ms and
// retention.bytes, and those wholly before the log's start. Files are renamed first and removed after
// file.delete.delay.ms, so that a read that has one open goes on. Segments that are kept and that nobody
// reads give back their descriptors and the memory of their indexes.
import * as Effect from "effect/Effect"
import * as Retention from "../../domain/log/Retention.ts"
import type { BrokerConfig } from "../config/BrokerConfig.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"
import type { Partition } from "./Partition.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { Partitions } from "./Partitions.ts"
import type { Segment } from "./Segment.ts"
import * as SegmentIndexes from "./SegmentIndexes.ts"

/** One round over all partitions. */
export const clean = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  config: BrokerConfig["Service"],
  partitions: Partitions,
  nowMs: () => number
): Effect.fn.Return<void, DiskError> {
  for (const partition of partitions.all()) {
    const { log } = partition
    log.producers.expire(nowMs(), config.producerIdExpirationMs)
    if (log.offline !== undefined || !log.hasDirectory) continue
    // One that is being compacted is looked at the next time.
    yield* log.upkeep.withPermitsIfAvailable(1)(
      cleanOne(disk, partition, nowMs()).pipe(
        Effect.catch((error) =>
          Effect.logError(`${log.name} could not be cleaned: ${error.message}`)
        ),
        Effect.andThen(
          Effect.suspend(() => Effect.forEach(log.segments.slice(0, -1), (segment) => segment.rest))
        )
      )
    )
  }
})

const cleanOne = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  partition: Partition,
  nowMs: number
): Effect.fn.Return<void, DiskError> {
  const { log } = partition
  const config = log.world.config()
  const count = yield* countExpired(disk, log, nowMs)
  if (count === 0) return
  // The active segment goes only when another has taken its place, and will be found in it: a log
  // without files would begin at 0 again.
  if (count === log.segments.length) {
    const isRolled = yield* log.exclusively(log.roll)
    if (!isRolled || log.offline !== undefined) return
    yield* log.active.open
    yield* disk.syncDirectory(log.directory)
  }
  const gone = log.segments.splice(0, count)
  log.offsets.startsAt(log.segments[0]!.baseOffset)
  partition.reader.forget()
  yield* Effect.logInfo(
    `${log.name}: ${count} segments are no longer kept, the log starts at ` +
      String(log.offsets.logStartOffset)
  )
  for (const segment of gone) yield* segment.markDeleted
  log.world.run(Effect.ignore(
    Effect.andThen(
      Effect.sleep(config.fileDeleteDelayMs),
      Effect.forEach(gone, (segment) => segment.removeDeleted, { discard: true })
    ),
    { log: "Warn" }
  ))
})

/** How many segments go. Times are looked up from the oldest on, as far as segments go by them. */
const countExpired = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  log: PartitionLog,
  nowMs: number
): Effect.fn.Return<number, DiskError> {
  const { cleanupDelete, retentionBytes, retentionMs } = log.world.config()
  const { highWatermark, logEndOffset, logStartOffset } = log.offsets
  const segments: Array<Retention.SegmentFacts> = log.segments.map((segment, i) => ({
    nextBaseOffset: log.segments[i + 1]?.baseOffset ?? logEndOffset,
    sizeBytes: segment.sizeBytes,
    lastTimestamp: Number.MAX_SAFE_INTEGER
  }))
  const limits = {
    nowMs,
    logStartOffset,
    highWatermark,
    retentionMs: cleanupDelete ? retentionMs : -1,
    retentionBytes: cleanupDelete ? retentionBytes : -1
  }
  let count = Retention.expired(segments, limits)
  while (limits.retentionMs >= 0 && count < segments.length) {
    const segment = log.segments[count]!
    const time = yield* lastTimestamp(disk, segment, segment === log.active)
    segments[count] = { ...segments[count]!, lastTimestamp: time }
    const more = Retention.expired(segments, limits)
    if (more === count) break
    count = more
  }
  return count
})

/** Of the segment's youngest record; of the file, when no record has a time. */
const lastTimestamp = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  segment: Segment,
  isActive: boolean
): Effect.fn.Return<number, DiskError> {
  if (segment.sizeBytes === 0) return isActive ? Number.MAX_SAFE_INTEGER : 0
  if (segment.maxTimestamp < 0) yield* SegmentIndexes.load(segment)
  if (segment.maxTimestamp >= 0) return segment.maxTimestamp
  return (yield* disk.stat(segment.pathOf(".log")))?.modifiedMs ?? Number.MAX_SAFE_INTEGER
})
