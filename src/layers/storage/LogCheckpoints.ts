// What the logs leave on disk beside their records: how far each is on the device, where each starts,
// snapshots of producers, and at the end of a clean stop everything that spares the next start a scan.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as SegmentName from "../../domain/log/SegmentName.ts"
import type { PartitionId, TopicName } from "../../domain/Topic.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"
import * as LogDirectory from "./LogDirectory.ts"
import type { Partition } from "./Partition.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { Partitions } from "./Partitions.ts"

/** Everything before this offset is on the device. */
const recoveryPoint = (log: PartitionLog): number => {
  const dirty = log.segments.find((segment) => segment.isDirty)
  return dirty === undefined ? log.offsets.logEndOffset : dirty.baseOffset
}

const entries = (partitions: Partitions, offsetOf: (log: PartitionLog) => number) =>
  [...partitions.all()].filter(({ log }) => log.hasDirectory).map(({ log, partition, topic }) => ({
    topic,
    partition,
    offset: offsetOf(log)
  }))

/** Syncs what is dirty and notes how far each log is; what fails is met again by the next append. */
export const write = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  partitions: Partitions
): Effect.fn.Return<void, DiskError> {
  yield* syncAll(partitions)
  yield* LogDirectory.writeRecoveryPoints(disk, directory, entries(partitions, recoveryPoint))
  yield* LogDirectory.writeStartOffsets(
    disk,
    directory,
    entries(partitions, (log) => log.offsets.logStartOffset)
  )
})

/** Brings every log to the device; a log whose sync fails goes offline. */
export const syncAll = (partitions: Partitions): Effect.Effect<void> =>
  Effect.forEach(
    [...partitions.all()].filter(({ log }) =>
      log.offline === undefined && log.segments.some((segment) => segment.isDirty)
    ),
    ({ log }) =>
      Effect.catch(log.sync, (error) => {
        log.goOffline(`a sync failed: ${error.message}`)
        return Effect.logError(
          `${log.name} goes offline until the broker restarts: ${error.message}`
        )
      }),
    { concurrency: 4, discard: true }
  )

/** The producers as of the log's end, so that the next start need not read what came before. */
const writeSnapshot = (
  disk: Disk["Service"],
  log: PartitionLog
): Effect.Effect<void, DiskError> => {
  const name = SegmentName.format(log.offsets.logEndOffset, SegmentName.SNAPSHOT_SUFFIX)
  return disk.writeFileAtomic(`${log.directory}/${name}`, log.producers.snapshot())
}

/**
 * Notes the producers as of the new segment's start. The closed one is not synced here: whoever asks for
 * durability syncs it first, and otherwise the next checkpoint does, away from the writes.
 */
export const afterRoll = (disk: Disk["Service"], { log }: Partition): Effect.Effect<void> =>
  log.producers.size === 0
    ? Effect.void
    : Effect.ignore(writeSnapshot(disk, log), { log: "Warn" })

/** Leaves every log whole: synced, indexed, its producers noted; the marker comes last. */
export const closeAll = Effect.fnUntraced(
  function*(disk: Disk["Service"], directory: string, partitions: Partitions) {
    const used = [...partitions.all()].filter(({ log }) => log.hasDirectory)
    const closed = yield* Effect.forEach(used, ({ log }) => close(disk, log), { concurrency: 8 })
    yield* write(disk, directory, partitions)
    if (closed.every((isWhole) => isWhole)) yield* LogDirectory.leaveCleanMarker(disk, directory)
  },
  Effect.catch((error) =>
    Effect.logError(
      `the logs could not be closed cleanly, the next start will scan: ${error.message}`
    )
  )
)

const close = (disk: Disk["Service"], log: PartitionLog): Effect.Effect<boolean> =>
  log.isIdle && log.offline === undefined
    ? log.sync.pipe(
      Effect.andThen(log.active.writeIndexes),
      Effect.andThen(log.producers.size === 0 ? Effect.void : writeSnapshot(disk, log)),
      Effect.as(true),
      Effect.catch((error) =>
        Effect.as(Effect.logError(`${log.name} could not be closed: ${error.message}`), false)
      ),
      Effect.ensuring(Effect.forEach(log.segments, (segment) => segment.close, { discard: true }))
    )
    : Effect.succeed(false)

/** DeleteRecords: the new start is durable before it is answered. */
export const deleteBefore = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  partitions: Partitions,
  topic: TopicName,
  partition: PartitionId,
  offset: number
) {
  const log = partitions.get(topic, partition)?.log
  if (log === undefined) {
    return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, logStartOffset: -1 }
  }
  const { offsets } = log
  const start = offset === -1 ? offsets.highWatermark : offset
  if (start < 0 || start > offsets.highWatermark) {
    return { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, logStartOffset: -1 }
  }
  if (start <= offsets.logStartOffset) {
    return { errorCode: ErrorCode.NONE, logStartOffset: offsets.logStartOffset }
  }
  offsets.startsAt(start)
  const written = yield* Effect.result(LogDirectory.writeStartOffsets(
    disk,
    directory,
    entries(partitions, (log) => log.offsets.logStartOffset)
  ))
  if (written._tag === "Success") return { errorCode: ErrorCode.NONE, logStartOffset: start }
  yield* Effect.logError(`records could not be deleted: ${written.failure.message}`)
  return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logStartOffset: -1 }
})
