// The local implementation of PartitionLogs: every partition's log over one directory of the disk,
// written on its shard, read by whoever asks. It opens all logs when it is built, follows the catalog
// while it lives, and when its scope closes leaves the directory so that the next start need not scan.
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberSet from "effect/FiberSet"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as LeaderEpochs from "../../domain/log/LeaderEpochs.ts"
import { Compression } from "../compression/Compression.ts"
import { BrokerConfig } from "../config/BrokerConfig.ts"
import { Disk, type DiskError } from "../disk/Disk.ts"
import { ShardPool } from "../shards/ShardPool.ts"
import { ClusterMetadata } from "./ClusterMetadata.ts"
import * as DirectoryLock from "./DirectoryLock.ts"
import { LogCheckpoints } from "./LogCheckpoints.ts"
import * as LogCleaner from "./LogCleaner.ts"
import { LogCompactor } from "./LogCompactor.ts"
import * as LogDirectory from "./LogDirectory.ts"
import * as LogSearch from "./LogSearch.ts"
import * as PartitionAppends from "./PartitionAppends.ts"
import { PartitionLogs, type ReadResult } from "./PartitionLogs.ts"
import { type LastStop, Partitions } from "./Partitions.ts"

/** After a start the directories of new topics are not those of the last stop. */
const NOTHING_BEFORE: LastStop = {
  isClean: true,
  recoveryPoints: new Map(),
  startOffsets: new Map(),
  cleanedOffsets: new Map(),
  directories: new Set()
}

const make = Effect.gen(function*() {
  const disk = yield* Disk
  const config = yield* BrokerConfig
  const metadata = yield* ClusterMetadata
  const shards = yield* ShardPool
  const compression = yield* Compression
  const clock = yield* Clock.Clock
  const run = yield* FiberSet.makeRuntime()
  const nowMs = () => clock.currentTimeMillisUnsafe()
  const partitions: Partitions = new Partitions({
    disk,
    config,
    metadata,
    shards,
    nowMs,
    run,
    onRoll: ({ log }) => run(Effect.ignore(checkpoints.writeSnapshot(log), { log: "Warn" })),
    forget: (name) => checkpoints.forget(name)
  })
  const lastStop = yield* surveyDirectory(disk, config.logDir)
  const { cleanedOffsets, recoveryPoints, startOffsets } = lastStop
  const checkpoints = new LogCheckpoints(disk, config.logDir, partitions, {
    names: [...recoveryPoints.keys(), ...startOffsets.keys(), ...cleanedOffsets.keys()],
    hasCleaned: cleanedOffsets.size > 0
  })
  yield* partitions.sweep(lastStop)
  yield* Effect.forEach(
    metadata.topics().values(),
    (topic) => partitions.openTopic(topic, 0, lastStop),
    { concurrency: 8, discard: true }
  )
  const undo = metadata.onChange((change) => {
    switch (change._tag) {
      case "Created":
        return partitions.openTopic(change.topic, 0, NOTHING_BEFORE)
      case "PartitionsAdded":
        return partitions.openTopic(change.topic, change.from, NOTHING_BEFORE)
      case "Deleted":
        return partitions.deleteTopic(change.topic)
      case "ConfigsChanged":
        return Effect.void
    }
  })
  yield* Effect.addFinalizer(() =>
    Effect.sync(undo).pipe(
      Effect.andThen(Effect.forEach(indexesOf(shards.size), (shard) => drained(shards, shard))),
      Effect.andThen(checkpoints.closeAll())
    )
  )
  yield* background(config.logFlushOffsetCheckpointIntervalMs, checkpoints.write)
  yield* background(
    config.logRetentionCheckIntervalMs,
    LogCleaner.clean(disk, config, partitions, nowMs)
  )
  if (config.logCleaner.isEnabled) {
    const compactor = new LogCompactor({
      disk,
      config: config.logCleaner,
      compression,
      partitions,
      checkpoints,
      nowMs
    })
    yield* background(config.logCleaner.backoffMs, compactor.round)
  }
  if (config.durability === "interval") {
    yield* background(config.durabilityIntervalMs, checkpoints.syncAll)
  }

  return PartitionLogs.of({
    ...PartitionAppends.make(partitions, shards),
    read: (topic, partition, options) =>
      partitions.get(topic, partition)?.reader.read(options) ?? Effect.succeed(UNKNOWN_READ),
    onGrowth: (asked, wake) => {
      const undos = asked.map(({ partition, topic }) =>
        partitions.get(topic, partition)?.onGrowth(wake)
      )
      return () => undos.forEach((undo) => undo?.())
    },
    offsets: (topic, partition) => {
      const log = partitions.get(topic, partition)?.log
      if (log === undefined) return undefined
      const { highWatermark, lastStableOffset, logEndOffset, logStartOffset } = log.offsets
      const { leaderEpoch, sizeBytes } = log
      return {
        highWatermark,
        lastStableOffset,
        logEndOffset,
        logStartOffset,
        leaderEpoch,
        sizeBytes,
        isOffline: log.offline !== undefined
      }
    },
    offsetForTimestamp: (topic, partition, timestamp, isolation) => {
      const log = partitions.get(topic, partition)?.log
      if (log === undefined) {
        return Effect.succeed(noOffset(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION))
      }
      if (log.offline !== undefined) return Effect.succeed(noOffset(log.offline.errorCode))
      const limit = isolation === "read_committed"
        ? log.offsets.lastStableOffset
        : log.offsets.highWatermark
      return Effect.catch(LogSearch.find(log, compression, timestamp, limit), (error) =>
        Effect.as(
          Effect.logError(`${log.name} cannot be searched by time: ${error.message}`),
          noOffset(ErrorCode.KAFKA_STORAGE_ERROR)
        ))
    },
    endOfEpoch: (topic, partition, epoch) => {
      const found = partitions.get(topic, partition)
      if (found === undefined) return LeaderEpochs.endOf([], epoch, -1)
      const { leaderEpoch, offsets } = found.log
      // An epoch that has not written yet ends where it began.
      const began = [{ epoch: leaderEpoch, startOffset: offsets.logEndOffset }]
      const epochs = found.epochs.length === 0 ? began : found.epochs
      return LeaderEpochs.endOf(epochs, epoch, offsets.logEndOffset)
    },
    deleteBefore: (topic, partition, offset) => checkpoints.deleteBefore(topic, partition, offset)
  })
})

const surveyDirectory = Effect.fnUntraced(function*(disk: Disk["Service"], directory: string) {
  yield* DirectoryLock.acquire(disk, directory)
  const entries = yield* disk.list(directory)
  const lastStop: LastStop = {
    isClean: yield* LogDirectory.takeCleanMarker(disk, directory),
    recoveryPoints: yield* LogDirectory.readRecoveryPoints(disk, directory),
    startOffsets: yield* LogDirectory.readStartOffsets(disk, directory),
    cleanedOffsets: yield* LogDirectory.readCleanedOffsets(disk, directory),
    directories: new Set(entries.filter((entry) => entry.isDirectory).map(({ name }) => name))
  }
  // What the last process made may be there without being durable.
  if (!lastStop.isClean) yield* disk.syncDirectory(directory)
  return lastStop
})

/** Ends when all that waits in a shard's mailbox has its place in a log. */
const drained = (shards: ShardPool["Service"], shard: number): Effect.Effect<void> =>
  Effect.suspend(() => {
    const done = Deferred.makeUnsafe<void>()
    const end = () => Deferred.doneUnsafe(done, Exit.void)
    return Effect.andThen(
      shards.submit(shard, (turn) => turn.atEnd(end)),
      Deferred.await(done)
    )
  })

const indexesOf = (size: number): ReadonlyArray<number> => Array.from({ length: size }, (_, i) => i)

const background = (intervalMs: number, work: Effect.Effect<void, DiskError>) =>
  Effect.forkScoped(
    work.pipe(
      Effect.catchCause((cause) => Effect.logError("work on the logs failed", cause)),
      Effect.schedule(Schedule.spaced(intervalMs))
    )
  )

const UNKNOWN_READ: ReadResult = {
  errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  records: new Uint8Array(0),
  highWatermark: -1,
  lastStableOffset: -1,
  logStartOffset: -1,
  release: () => {}
}

const noOffset = (errorCode: number) => ({ errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 })

export const layer: Layer.Layer<
  PartitionLogs,
  DiskError | DirectoryLock.LogDirectoryError,
  Disk | BrokerConfig | ClusterMetadata | ShardPool | Compression
> = Layer.effect(PartitionLogs, make)
