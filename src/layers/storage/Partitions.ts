// Every partition of this broker, by topic and number: opened when the broker starts or a topic is
// made, closed when it stops, moved out of the way when a topic is deleted.
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as Result from "effect/Result"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Topic from "../../domain/Topic.ts"
import type { BrokerConfig } from "../config/BrokerConfig.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"
import type { ShardPool } from "../shards/ShardPool.ts"
import type { ClusterMetadata, Topic as TopicEntry } from "./ClusterMetadata.ts"
import type * as LogDirectory from "./LogDirectory.ts"
import * as LogRecovery from "./LogRecovery.ts"
import { Partition } from "./Partition.ts"
import * as PartitionDirectory from "./PartitionDirectory.ts"
import { PartitionLog } from "./PartitionLog.ts"
import { TailCache } from "./TailCache.ts"

/** What is known of the last stop. */
export interface LastStop {
  readonly isClean: boolean
  readonly recoveryPoints: LogDirectory.Offsets
  readonly startOffsets: LogDirectory.Offsets
  /** How far logs were compact; others never were compacted. */
  readonly cleanedOffsets: LogDirectory.Offsets
  /** Names of directories that were there at start. */
  readonly directories: ReadonlySet<string>
}

export interface PartitionsWorld {
  readonly disk: Disk["Service"]
  readonly config: BrokerConfig["Service"]
  readonly metadata: ClusterMetadata["Service"]
  readonly shards: ShardPool["Service"]
  readonly nowMs: () => number
  /** Runs work in a fiber that lives no longer than the manager. */
  readonly run: (effect: Effect.Effect<void>) => void
  readonly onRoll: (partition: Partition) => void
  /** Makes the checkpoints forget an earlier partition of that name, before another is made. */
  readonly forget: (name: string) => Effect.Effect<void, DiskError>
}

const { DELETE_SUFFIX, STRAY_SUFFIX } = PartitionDirectory

export class Partitions {
  private readonly topics = new Map<Topic.TopicName, Array<Partition>>()
  /** Topics whose directories are being moved away: others of their name wait for that. */
  private readonly leaving = new Map<Topic.TopicName, Latch.Latch>()
  private readonly world: PartitionsWorld
  private readonly tails: TailCache | undefined

  constructor(world: PartitionsWorld) {
    this.world = world
    const { tailCacheBytes } = world.config
    this.tails = tailCacheBytes === 0 ? undefined : new TailCache(tailCacheBytes)
  }

  get(topic: Topic.TopicName, partition: Topic.PartitionId): Partition | undefined {
    return this.topics.get(topic)?.[partition]
  }

  *all(): IterableIterator<Partition> {
    for (const partitions of this.topics.values()) yield* partitions
  }

  /** Opens partitions `from` to the last of a topic. */
  readonly openTopic = Effect.fnUntraced(
    function*(this: Partitions, topic: TopicEntry, from: number, lastStop: LastStop) {
      yield* this.leaving.get(topic.name)?.await ?? Effect.void
      const opened = yield* Effect.forEach(
        Array.from({ length: topic.partitions - from }, (_, i) => from + i),
        (partition) => this.openOne(topic, partition, lastStop),
        { concurrency: 8 }
      )
      const before = this.topics.get(topic.name) ?? []
      this.topics.set(topic.name, [...before.slice(0, from), ...opened])
    }
  )

  /** A partition that cannot be opened is offline; the broker and all others live on. */
  private readonly openOne = Effect.fnUntraced(
    function*(this: Partitions, topic: TopicEntry, partition: number, lastStop: LastStop) {
      const { config, disk, metadata, nowMs, run, shards } = this.world
      const name = Topic.format(topic.name, partition)
      const directory = `${config.logDir}/${name}`
      const isOurs = lastStop.directories.has(name)
        ? yield* Effect.result(this.isOurs(topic, name))
        : Result.succeed(false)
      const isThere = Result.getOrElse(isOurs, () => true)
      const epochs = isThere
        ? yield* PartitionDirectory.epochsOf(disk, directory)
        : PartitionDirectory.FIRST_EPOCHS
      const leaderEpoch = epochs.at(-1)!.epoch
      const cleanedTo = isThere ? lastStop.cleanedOffsets.get(name) : undefined
      const state = isOurs._tag === "Failure" ? isOurs : yield* Effect.result(
        isThere
          ? LogRecovery.open(disk, {
            name,
            directory,
            isClean: lastStop.isClean,
            recoveryPoint: lastStop.recoveryPoints.get(name) ?? 0,
            logStartOffset: lastStop.startOffsets.get(name) ?? 0,
            leaderEpoch,
            mayHaveHoles: topic.logConfig.cleanupCompact || cleanedTo !== undefined,
            indexIntervalBytes: topic.logConfig.indexIntervalBytes
          })
          : Effect.succeed(LogRecovery.empty(disk, directory, leaderEpoch))
      )
      // What cannot be opened keeps its start, so that the checkpoint goes on telling of it.
      const found = state._tag === "Success"
        ? state.success
        : LogRecovery.empty(disk, directory, leaderEpoch, lastStop.startOffsets.get(name))
      let opened: Partition | undefined
      const log = new PartitionLog(name, directory, {
        disk,
        config: () => (metadata.topic(topic.name) ?? topic).logConfig,
        nowMs,
        syncsOnCommit: config.durability === "commit",
        run,
        prepare: isThere ? undefined : this.prepare(topic, name),
        onGrowth: () => opened?.grown(),
        onRoll: () => {
          opened!.reader.forget()
          this.world.onRoll(opened!)
        }
      }, found)
      if (cleanedTo !== undefined) log.cleanedTo = Math.min(cleanedTo, log.offsets.logEndOffset)
      if (state._tag === "Failure") {
        log.goOffline(state.failure.message)
        yield* Effect.logError(
          `${name} cannot be opened and stays offline: ${state.failure.message}`
        )
      }
      const shard = shards.shardOf(name)
      opened = new Partition({
        topic: topic.name,
        topicId: topic.id,
        partition,
        shard,
        log,
        epochs,
        tail: this.tails?.tail()
      })
      return opened
    }
  )

  /** A directory of the partition's name that belongs to another topic is put aside, not served. */
  private readonly isOurs = Effect.fnUntraced(
    function*(this: Partitions, topic: TopicEntry, name: string) {
      const { config, disk } = this.world
      const directory = `${config.logDir}/${name}`
      const topicId = yield* PartitionDirectory.topicIdOf(disk, directory)
      if (topicId !== undefined && topicId !== topic.id) {
        yield* this.putAside(name)
        return false
      }
      // Without the file that says whose it is, the making of the directory was broken off.
      if (topicId === undefined) {
        yield* Effect.ignore(PartitionDirectory.create(disk, directory, topic.id), { log: "Warn" })
      }
      return true
    }
  )

  /** Makes a partition's directory; one of that name cannot be there but by a deletion that failed. */
  private readonly prepare = Effect.fnUntraced(
    function*(this: Partitions, topic: TopicEntry, name: string) {
      const { config, disk } = this.world
      const directory = `${config.logDir}/${name}`
      yield* this.world.forget(name)
      const isThere = (yield* disk.stat(directory)) !== undefined
      if (!isThere || !(yield* this.isOurs(topic, name))) {
        yield* PartitionDirectory.create(disk, directory, topic.id)
      }
    }
  )

  /** Renames directories that the catalog does not know; removes what a deletion left behind. */
  readonly sweep = Effect.fnUntraced(function*(this: Partitions, lastStop: LastStop) {
    const { config, disk, metadata } = this.world
    for (const name of lastStop.directories) {
      const owner = Topic.parse(name)
      if (name.endsWith(DELETE_SUFFIX)) {
        yield* disk.remove(`${config.logDir}/${name}`)
      } else if (owner !== undefined) {
        const topic = metadata.topic(owner.topic)
        if (topic === undefined || owner.partition >= topic.partitions) {
          yield* Effect.ignore(this.putAside(name), { log: "Warn" })
        }
      }
    }
  })

  private readonly putAside = Effect.fnUntraced(function*(this: Partitions, name: string) {
    const { config, disk, nowMs } = this.world
    const aside = `${shortened(name)}.${nowMs().toString(36)}${STRAY_SUFFIX}`
    yield* Effect.logWarning(`${name} belongs to no topic that is known: put aside as ${aside}`)
    yield* disk.rename(`${config.logDir}/${name}`, `${config.logDir}/${aside}`)
  })

  /** Takes a topic's partitions away; their directories are renamed now and removed later. */
  readonly deleteTopic = Effect.fnUntraced(
    function*(this: Partitions, topic: TopicEntry) {
      const { config, disk } = this.world
      const partitions = this.topics.get(topic.name) ?? []
      this.topics.delete(topic.name)
      const gone = Latch.makeUnsafe(false)
      this.leaving.set(topic.name, gone)
      for (const { log, reader } of partitions) {
        reader.forget()
        log.goOffline("the topic was deleted", ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      }
      yield* Effect.forEach(partitions, ({ log }) => this.deleteLog(log, topic.id), {
        concurrency: 8,
        discard: true
      })
      if (partitions.length > 0) yield* Effect.ignore(disk.syncDirectory(config.logDir))
      this.leaving.delete(topic.name)
      gone.openUnsafe()
    }
  )

  /** Nothing may be under way: it would make the directory anew, or write to its successor. */
  private deleteLog(log: PartitionLog, topicId: Topic.TopicId): Effect.Effect<void> {
    const { config, disk, run } = this.world
    const id = topicId.replaceAll("-", "")
    const gone = `${config.logDir}/${shortened(log.name)}.${id}${DELETE_SUFFIX}`
    return Effect.andThen(log.idle, Effect.forEach(log.segments, (it) => it.close)).pipe(
      Effect.andThen(Effect.catch(disk.rename(log.directory, gone), ignoreAbsent)),
      (moved) => log.upkeep.withPermit(moved),
      Effect.andThen(Effect.sync(() => run(Effect.ignore(disk.remove(gone), { log: "Warn" }))))
    )
  }
}

/** A partition's name with room for more: a name on disk has at most 255 bytes, a topic's 249. */
const shortened = (name: string): string => {
  const owner = Topic.parse(name)
  return owner === undefined ? name : Topic.format(owner.topic.slice(0, 180), owner.partition)
}

const ignoreAbsent = (error: DiskError): Effect.Effect<void> =>
  error.reason === "notFound"
    ? Effect.void
    : Effect.logWarning(`a deleted partition could not be renamed: ${error.message}`)
