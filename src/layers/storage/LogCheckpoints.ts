// What the logs leave on disk beside their records: how far each is on the device, where each starts,
// how far it is compact, indexes of closed segments, snapshots of producers, and at the end of a clean
// stop everything that spares the next start a scan. The three checkpoint files tell of all partitions and are replaced whole,
// by one writer at a time.
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type * as Checkpoint from "../../domain/log/Checkpoint.ts"
import * as SegmentName from "../../domain/log/SegmentName.ts"
import type { Offset } from "../../domain/Offset.ts"
import * as Topic from "../../domain/Topic.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"
import * as LogDirectory from "./LogDirectory.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { Partitions } from "./Partitions.ts"

export class LogCheckpoints {
  private readonly disk: Disk["Service"]
  private readonly directory: string
  private readonly partitions: Partitions
  private readonly oneWriter = Semaphore.makeUnsafe(1)
  /** Names of partitions of which the files may tell. */
  private readonly told: Set<string>
  /** Whether the file of compacted logs tells of any. */
  private isCleanedTold: boolean

  constructor(
    disk: Disk["Service"],
    directory: string,
    partitions: Partitions,
    told: { readonly names: Iterable<string>; readonly hasCleaned: boolean }
  ) {
    this.disk = disk
    this.directory = directory
    this.partitions = partitions
    this.told = new Set(told.names)
    this.isCleanedTold = told.hasCleaned
  }

  /** Brings every log to the device; one that fails goes offline. */
  readonly syncAll: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forEach(
      this.logs().filter((log) => log.segments.some((segment) => segment.isDirty)),
      (log) => log.sync,
      { concurrency: 4, discard: true }
    )
  )

  /** Brings all to the device, and notes how far each log is. */
  readonly write: Effect.Effect<void, DiskError> = Effect.suspend(() =>
    Effect.forEach(this.logs(), writeIndexes, { discard: true })
  ).pipe(
    Effect.andThen(this.syncAll),
    Effect.andThen(this.oneWriter.withPermit(Effect.suspend(() => this.writeFiles())))
  )

  /**
   * Ends when no file tells of a partition of that name that was deleted: another one is about to
   * be made, and a crash must not hold the start of the first against it.
   */
  forget(name: string): Effect.Effect<void, DiskError> {
    return this.oneWriter.withPermit(
      Effect.suspend(() => this.told.has(name) ? this.writeFiles() : Effect.void)
    )
  }

  /** Partitions without a directory are not told of. */
  private readonly writeFiles = Effect.fnUntraced(function*(this: LogCheckpoints) {
    const points = this.entries(recoveryPoint)
    const names = new Set(points.map((it) => Topic.format(it.topic, it.partition)))
    for (const name of names) this.told.add(name)
    yield* LogDirectory.writeRecoveryPoints(this.disk, this.directory, points)
    yield* this.writeStartOffsets()
    if (this.isCleanedTold) yield* this.writeCleanedOffsets()
    for (const name of this.told) if (!names.has(name)) this.told.delete(name)
  })

  /** DeleteRecords: the new start is durable before it is answered. */
  readonly deleteBefore = Effect.fnUntraced(function*(
    this: LogCheckpoints,
    topic: Topic.TopicName,
    partition: Topic.PartitionId,
    offset: Offset
  ) {
    const log = this.partitions.get(topic, partition)?.log
    if (log === undefined) {
      return { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, logStartOffset: -1 }
    }
    if (log.offline !== undefined) {
      return { errorCode: log.offline.errorCode, logStartOffset: -1 }
    }
    // What remains of a compacted log is the newest of each key: only its producers may take that back.
    const { cleanupCompact, cleanupDelete } = log.world.config()
    if (cleanupCompact && !cleanupDelete) {
      return { errorCode: ErrorCode.POLICY_VIOLATION, logStartOffset: -1 }
    }
    const { offsets } = log
    const start = offset === -1 ? offsets.highWatermark : offset
    if (start < 0 || start > offsets.highWatermark) {
      return { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, logStartOffset: -1 }
    }
    const written = yield* Effect.result(
      this.oneWriter.withPermit(
        Effect.suspend(() =>
          start <= offsets.logStartOffset ? Effect.void : Effect.map(
            this.writeStartOffsets(log, start),
            () => offsets.startsAt(start)
          )
        )
      )
    )
    if (written._tag === "Failure") {
      yield* Effect.logError(`records could not be deleted: ${written.failure.message}`)
      return { errorCode: ErrorCode.KAFKA_STORAGE_ERROR, logStartOffset: -1 }
    }
    return { errorCode: ErrorCode.NONE, logStartOffset: offsets.logStartOffset }
  })

  /** Notes durably that a log is compact up to an offset; the first time, that it may have holes. */
  noteCleaned(log: PartitionLog, offset: Offset): Effect.Effect<void, DiskError> {
    return this.oneWriter.withPermit(Effect.suspend(() => {
      const before = log.cleanedTo
      log.cleanedTo = offset
      return Effect.onError(this.writeCleanedOffsets(), () =>
        Effect.sync(() => {
          log.cleanedTo = before
        }))
    }))
  }

  /** Leaves every log whole: synced, indexed, its producers noted; the marker comes last. */
  readonly closeAll = Effect.fnUntraced(
    function*(this: LogCheckpoints) {
      const closed = yield* Effect.forEach(
        this.logs(),
        (log) => this.close(log),
        { concurrency: 8 }
      )
      yield* this.write
      if (closed.every((isWhole) => isWhole)) {
        yield* LogDirectory.leaveCleanMarker(this.disk, this.directory)
      }
    },
    Effect.catch((error) =>
      Effect.logError(
        `the logs could not be closed cleanly, the next start will scan: ${error.message}`
      )
    )
  )

  /** Whether the next start can believe what it finds. */
  private readonly close = Effect.fnUntraced(
    function*(this: LogCheckpoints, log: PartitionLog): Effect.fn.Return<boolean, DiskError> {
      yield* log.idle
      yield* log.active.cutRoom
      yield* log.sync
      if (log.offline !== undefined) return false
      const hasProducers = log.producers.size > 0 || log.snapshotOffset !== undefined
      if (hasProducers && log.snapshotOffset !== log.offsets.logEndOffset) {
        yield* this.writeSnapshot(log)
      }
      for (const segment of log.segments) {
        yield* segment.writeIndexes
        yield* segment.close
      }
      return true
    },
    (closing, log) =>
      Effect.catch(
        closing,
        (error) =>
          Effect.as(Effect.logError(`${log.name} could not be closed: ${error.message}`), false)
      )
  )

  /**
   * Notes the producers as of the log's end, so that the next start need not read what came before.
   * What is written is what they are when this is called.
   */
  writeSnapshot(log: PartitionLog): Effect.Effect<void, DiskError> {
    const offset = log.offsets.logEndOffset
    const path = `${log.directory}/${SegmentName.format(offset, SegmentName.SNAPSHOT_SUFFIX)}`
    return Effect.map(this.disk.writeFileAtomic(path, log.producers.snapshot()), () => {
      log.snapshotOffset = offset
    })
  }

  /** As they are, but for `moved`, which will start at `start`. */
  private writeStartOffsets(moved?: PartitionLog, start?: Offset): Effect.Effect<void, DiskError> {
    const startOf = (log: PartitionLog): Offset =>
      log === moved ? Math.max(start!, log.offsets.logStartOffset) : log.offsets.logStartOffset
    const starts = this.entries(startOf)
    for (const { partition, topic } of starts) this.told.add(Topic.format(topic, partition))
    return LogDirectory.writeStartOffsets(this.disk, this.directory, starts)
  }

  private writeCleanedOffsets(): Effect.Effect<void, DiskError> {
    const entries = this.entries((log) => log.cleanedTo)
    for (const { partition, topic } of entries) this.told.add(Topic.format(topic, partition))
    return Effect.map(
      LogDirectory.writeCleanedOffsets(this.disk, this.directory, entries),
      () => {
        this.isCleanedTold = entries.length > 0
      }
    )
  }

  private entries(
    offsetOf: (log: PartitionLog) => Offset | undefined
  ): Array<Checkpoint.CheckpointEntry> {
    const entries: Array<Checkpoint.CheckpointEntry> = []
    for (const { log, partition, topic } of this.partitions.all()) {
      const offset = log.hasDirectory ? offsetOf(log) : undefined
      if (offset !== undefined) entries.push({ topic, partition, offset })
    }
    return entries
  }

  /** Those that have files. */
  private logs(): ReadonlyArray<PartitionLog> {
    return [...this.partitions.all()].map(({ log }) => log).filter((log) => log.hasDirectory)
  }
}

/** Everything before this offset is on the device, and indexed. */
const recoveryPoint = (log: PartitionLog): Offset =>
  log.segments.find((segment) => segment.isDirty || (segment !== log.active && !segment.isIndexed))
    ?.baseOffset ?? log.offsets.logEndOffset

/** Of closed segments; those that fail are written with the next checkpoint. */
const writeIndexes = (log: PartitionLog): Effect.Effect<void> =>
  log.offline !== undefined ? Effect.void : Effect.forEach(
    log.segments.slice(0, -1).filter((segment) => !segment.isIndexed),
    (segment) =>
      Effect.catch(
        segment.writeIndexes,
        (error) => Effect.logWarning(`${log.name}: an index could not be written: ${error.message}`)
      ),
    { discard: true }
  )
