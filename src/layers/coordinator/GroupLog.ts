// __consumer_offsets, the compacted topic in which groups and their offsets last: who belongs to which
// of its partitions, how records go in, and how they are read back at start. It is an ordinary topic
// over the contracts of storage, made with the first group.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type { StoredRecord } from "../../domain/group/GroupRecord.ts"
import { RecordBatchBuilder } from "../../domain/record/RecordBatchBuilder.ts"
import type { GroupConfig } from "../config/GroupConfig.ts"
import * as Ended from "../shards/Ended.ts"
import type { ClusterMetadata } from "../storage/ClusterMetadata.ts"
import type { Appended, PartitionLogs } from "../storage/PartitionLogs.ts"

export const TOPIC = "__consumer_offsets"
/** Of one batch; a commit of very many partitions becomes several. */
const BATCH_BYTES_MAX = 512 * 1024

/** Java's String.hashCode, without its sign, over the partitions: where Kafka's tools look too. */
export const partitionOf = (groupId: string, partitions: number): number => {
  let hash = 0
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(i)) | 0
  return (hash & 0x7fff_ffff) % partitions
}

export interface GroupLogWorld {
  readonly nowMs: () => number
  /** Runs in a fiber of the coordinator. */
  readonly run: (effect: Effect.Effect<void>) => void
}

export class GroupLog {
  private readonly cluster: ClusterMetadata["Service"]
  private readonly logs: PartitionLogs["Service"]
  private readonly config: GroupConfig
  private readonly world: GroupLogWorld

  constructor(
    cluster: ClusterMetadata["Service"],
    logs: PartitionLogs["Service"],
    config: GroupConfig,
    world: GroupLogWorld
  ) {
    this.cluster = cluster
    this.logs = logs
    this.config = config
    this.world = world
  }

  get partitions(): number {
    return this.cluster.topic(TOPIC)?.partitions ?? this.config.offsetsTopicNumPartitions
  }

  partitionOf(groupId: string): number {
    return partitionOf(groupId, this.partitions)
  }

  /** Makes the topic where it is not there yet; gives why it cannot be. */
  readonly ensure: Effect.Effect<ErrorCode> = Effect.suspend(() => {
    if (this.cluster.topic(TOPIC) !== undefined) return Effect.succeed(ErrorCode.NONE)
    const created = this.cluster.create({
      name: TOPIC,
      partitions: this.config.offsetsTopicNumPartitions,
      configs: {
        "cleanup.policy": "compact",
        "compression.type": "producer",
        "segment.bytes": String(this.config.offsetsTopicSegmentBytes)
      }
    })
    return Effect.matchEffect(created, {
      onSuccess: () => Effect.succeed(ErrorCode.NONE),
      onFailure: (failure) =>
        failure.errorCode === ErrorCode.TOPIC_ALREADY_EXISTS
          ? Effect.succeed(ErrorCode.NONE)
          : Effect.as(
            Effect.logError(`${TOPIC} cannot be made: ${failure.message}`),
            ErrorCode.COORDINATOR_NOT_AVAILABLE
          )
    })
  })

  /** Ends when the records are durable by the broker's policy; gives why they are not. */
  append(groupId: string, records: ReadonlyArray<StoredRecord>): Effect.Effect<ErrorCode> {
    return Effect.callback((resume) => {
      this.appendThen(groupId, records, (errorCode) => resume(Effect.succeed(errorCode)))
    })
  }

  /** The same, begun when it is called; `done` may be called before this returns. */
  appendThen(
    groupId: string,
    records: ReadonlyArray<StoredRecord>,
    done: (errorCode: ErrorCode) => void
  ): void {
    if (this.cluster.topic(TOPIC) !== undefined) return this.write(groupId, records, done)
    this.world.run(Effect.map(this.ensure, (unmade) => {
      if (unmade === ErrorCode.NONE) this.write(groupId, records, done)
      else done(unmade)
    }))
  }

  private write(
    groupId: string,
    records: ReadonlyArray<StoredRecord>,
    done: (errorCode: ErrorCode) => void
  ): void {
    const partition = this.partitionOf(groupId)
    const batches = batchesOf(records, this.world.nowMs())
    let left = batches.length
    let failed: Appended | undefined
    const written = (appended: Appended) => {
      if (appended.errorCode !== ErrorCode.NONE) failed ??= appended
      if (--left > 0) return
      if (failed === undefined) return done(ErrorCode.NONE)
      const { errorCode, errorMessage } = failed
      const name = `${TOPIC}-${partition}`
      this.world.run(
        Effect.logError(
          `group ${groupId} cannot be stored in ${name}: ${errorMessage ?? errorCode}`
        )
      )
      done(answerTo(errorCode))
    }
    let inLine = Effect.void
    for (const batch of batches) {
      const append = { topic: TOPIC, partition, records: batch }
      inLine = Ended.flatMap(inLine, () => this.logs.appendAtOnce(append, -1, written))
    }
    if (Ended.success(inLine) === undefined) this.world.run(inLine)
  }
}

/** What a client is told of a log's error: to look for its coordinator again, as Kafka says it. */
const answerTo = (errorCode: ErrorCode): ErrorCode => {
  switch (errorCode) {
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
      return ErrorCode.INVALID_COMMIT_OFFSET_SIZE
    case ErrorCode.KAFKA_STORAGE_ERROR:
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
      return ErrorCode.NOT_COORDINATOR
    default:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE
  }
}

/** Most writes are one commit: memory for a whole batch each time would be all that the collector does. */
const BATCH_BYTES_FIRST = 512

const builderOf = (): RecordBatchBuilder =>
  new RecordBatchBuilder({
    bytesMax: BATCH_BYTES_MAX,
    memory: Buffer.allocUnsafe(BATCH_BYTES_FIRST)
  })

const batchesOf = (records: ReadonlyArray<StoredRecord>, nowMs: number): ReadonlyArray<Buffer> => {
  const batches: Array<Buffer> = []
  let builder = builderOf()
  for (const { key, value } of records) {
    if (builder.append(nowMs, key, value)) continue
    batches.push(builder.seal({}))
    builder = builderOf()
    builder.append(nowMs, key, value)
  }
  if (builder.count > 0) batches.push(builder.seal({}))
  return batches
}
