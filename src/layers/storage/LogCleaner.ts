// Frees what a topic no longer keeps: segments that are too old or too many, by retention.ms and
// retention.bytes, and those wholly before the log's start. Files are renamed first and removed after
// file.delete.delay.ms, so that a read that has one open goes on.
import * as Effect from "effect/Effect"
import * as Retention from "../../domain/log/Retention.ts"
import type { BrokerConfig } from "../config/BrokerConfig.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"
import type { Partition } from "./Partition.ts"
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
    yield* cleanOne(disk, partition, nowMs()).pipe(
      Effect.catch((error) => Effect.logError(`${log.name} could not be cleaned: ${error.message}`))
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
  const segments: Array<Retention.SegmentFacts> = []
  for (const [i, segment] of log.segments.entries()) {
    segments.push({
      nextBaseOffset: log.segments[i + 1]?.baseOffset ?? log.offsets.logEndOffset,
      sizeBytes: segment.sizeBytes,
      lastTimestamp: config.retentionMs < 0 ? -1 : yield* lastTimestamp(disk, segment)
    })
  }
  const count = Retention.expired(segments, {
    nowMs,
    logStartOffset: log.offsets.logStartOffset,
    highWatermark: log.offsets.highWatermark,
    retentionMs: config.cleanupDelete ? config.retentionMs : -1,
    retentionBytes: config.cleanupDelete ? config.retentionBytes : -1
  })
  if (count === 0) return
  // The active segment goes only when something else can take its place.
  if (count === log.segments.length) {
    const isRolled = yield* log.exclusively(log.roll())
    if (!isRolled) return
  }
  const gone = log.segments.splice(0, count)
  log.offsets.startsAt(Math.min(log.segments[0]!.baseOffset, log.offsets.highWatermark))
  partition.reader.forget()
  yield* Effect.logInfo(
    `${log.name}: ${count} segments are no longer kept, the log starts at ${log.offsets.logStartOffset}`
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

/** Of the segment's youngest record; of the file, when no record has a time. */
const lastTimestamp = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  segment: Segment
): Effect.fn.Return<number, DiskError> {
  if (segment.sizeBytes === 0) return Number.MAX_SAFE_INTEGER
  yield* SegmentIndexes.load(segment)
  if (segment.maxTimestamp >= 0) return segment.maxTimestamp
  return (yield* disk.stat(segment.pathOf(".log")))?.modifiedMs ?? Number.MAX_SAFE_INTEGER
})
