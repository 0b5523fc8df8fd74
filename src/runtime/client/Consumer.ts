// The consumer: reads records of topics, as a member of a group that shares them out, or of partitions that
// it is given by hand. This is its face; the parts behind it are joined in ConsumerCore.
//
// One application reads from a consumer, by polls or by one stream: each pull says that what was given before
// it is processed. Closing the scope leaves the group, commits what was processed (where that is done by
// itself) and stops fetching.
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import type { LeaderEpoch, Offset } from "../../domain/Offset.ts"
import type { TopicName, TopicPartition } from "../../domain/Topic.ts"
import { Compression } from "../../layers/compression/Compression.ts"
import * as ClientError from "./ClientError.ts"
import type { Cluster } from "./cluster/Cluster.ts"
import * as BatchStream from "./consumer/BatchStream.ts"
import type { CommitResult, Offsets } from "./consumer/CommitLine.ts"
import type { ConsumerBatch } from "./consumer/ConsumerBatch.ts"
import { offsetsAfter } from "./consumer/ConsumerCommits.ts"
import * as ConsumerCore from "./consumer/ConsumerCore.ts"
import * as ConsumerOptions from "./consumer/ConsumerOptions.ts"
import type { ConsumerRecord, RecordPlace } from "./consumer/ConsumerRecord.ts"
import type { OffsetAt } from "./consumer/OffsetReset.ts"
import { PartitionOffsets, type PartitionTime } from "./consumer/PartitionOffsets.ts"
import type { CommittedOffset } from "./group/GroupContract.ts"

export type { CommitResult, Offsets } from "./consumer/CommitLine.ts"
export type { ConsumerBatch } from "./consumer/ConsumerBatch.ts"
export type {
  ConsumerOptions,
  OffsetResetPolicy,
  RebalanceListener
} from "./consumer/ConsumerOptions.ts"
export type { ConsumerRecord, Header, RecordPlace } from "./consumer/ConsumerRecord.ts"

type Partitions = ReadonlyArray<TopicPartition>
type Result<A> = Effect.Effect<A, ClientError.ClientError>

export class Consumer extends Context.Service<Consumer, {
  /** Reads those partitions from now on, and no others. */
  readonly assign: (partitions: Partitions) => Result<void>
  /** Becomes a member of the group, for topics by name or by a pattern of whole names. */
  readonly subscribe: (
    topics: ReadonlyArray<TopicName> | RegExp,
    listener?: ConsumerOptions.RebalanceListener
  ) => Result<void>
  /** Leaves the group, or gives up what was assigned by hand. */
  readonly unsubscribe: Effect.Effect<void>
  /** What is assigned now, by hand or by the group. */
  readonly assignment: () => Partitions
  /** The topic's partitions, to assign them. */
  readonly partitionsOf: (topic: TopicName) => Result<Partitions>

  /**
   * At most so many records (pollRecordsMax), as soon as there are any; none when `timeout`, a second,
   * is over. What earlier polls gave counts as processed.
   */
  readonly poll: (
    recordsMax?: number,
    timeout?: Duration.Input
  ) => Result<ReadonlyArray<ConsumerRecord>>
  /** The same in whole batches, at most so many (16). */
  readonly pollBatches: (
    batchesMax?: number,
    timeout?: Duration.Input
  ) => Result<ReadonlyArray<ConsumerBatch>>
  /**
   * Records, without end, in chunks of a batch each. A chunk is processed when the next is
   * pulled; the last one of a stream that ends or fails is given again to whoever reads on, but
   * for what of it was committed.
   */
  readonly records: Stream.Stream<ConsumerRecord, ClientError.ClientError>
  readonly batches: Stream.Stream<ConsumerBatch, ClientError.ClientError>

  /** Commits `offsets` (by `Topic.format`), or behind all that was delivered. */
  readonly commitSync: (offsets?: Offsets) => Result<void>
  /** The same, without waiting. Callbacks run once each, in the order of the calls. */
  readonly commitAsync: (
    callback?: (result: CommitResult) => void,
    offsets?: Offsets
  ) => Effect.Effect<void>
  /** Commits behind those records, which must be all up to the last of each partition. */
  readonly acknowledge: (
    records: RecordPlace | Iterable<RecordPlace>
  ) => Result<void>
  /** Commits what reaches it, once a chunk. */
  readonly commitSink: Sink.Sink<void, RecordPlace, never, ClientError.ClientError>
  /** Commits what passes, once a chunk, before it goes on. */
  readonly commitThrough: <A extends RecordPlace, E, R>(
    records: Stream.Stream<A, E, R>
  ) => Stream.Stream<A, E | ClientError.ClientError, R>
  /** By `Topic.format`; where nothing is committed, there is nothing. */
  readonly committed: (partitions: Partitions) => Result<ReadonlyMap<string, CommittedOffset>>

  readonly seek: (
    partition: TopicPartition,
    offset: Offset,
    leaderEpoch?: LeaderEpoch
  ) => Result<void>
  /** All that is assigned, where no partitions are named; so with those below. */
  readonly seekToBeginning: (partitions?: Partitions) => Result<void>
  readonly seekToEnd: (partitions?: Partitions) => Result<void>
  /** To the first record at or after the time; to the end where there is none. */
  readonly seekToTime: (timestampMs: number, partitions?: Partitions) => Result<void>
  readonly pause: (partitions?: Partitions) => Result<void>
  readonly resume: (partitions?: Partitions) => Result<void>
  /** Of the next record to be delivered; waits until it is known. */
  readonly position: (partition: TopicPartition) => Result<Offset>
  /** Records not yet delivered, as of the last fetch; undefined until there was one. */
  readonly lag: (partition: TopicPartition) => number | undefined

  /** By `Topic.format`; so with those below. */
  readonly beginningOffsets: (partitions: Partitions) => Result<ReadonlyMap<string, Offset>>
  readonly endOffsets: (partitions: Partitions) => Result<ReadonlyMap<string, Offset>>
  readonly offsetsForTimes: (
    times: ReadonlyArray<PartitionTime>
  ) => Result<ReadonlyMap<string, OffsetAt>>

  /** Bytes fetched and not yet delivered. */
  readonly bufferedBytes: () => number
}>()("mymq/runtime/client/Consumer") {
  /** One consumer for the layer; fails where `options` make no sense. */
  static readonly layer = (
    options: ConsumerOptions.ConsumerOptions = {}
  ): Layer.Layer<Consumer, ClientError.ClientError, Cluster> =>
    Layer.effect(Consumer, make(options)).pipe(Layer.provide(Compression.layer))
}

/** A consumer that lives as long as the scope. */
export const make: (
  options?: ConsumerOptions.ConsumerOptions
) => Effect.Effect<
  Consumer["Service"],
  ClientError.ClientError,
  Cluster | Compression | Scope.Scope
> = Effect.fnUntraced(function*(options = {}) {
  const settings = ConsumerOptions.settings(options)
  if (settings instanceof ClientError.ClientError) return yield* settings
  const core = yield* ConsumerCore.make(settings)
  const { buffer, cluster, commits, committer, poll, seek, state, subscription } = core
  if (settings.topics !== undefined) {
    yield* subscription.subscribe(settings.topics, settings.listener)
  }
  const questions = new PartitionOffsets(cluster, settings.isolationLevel)
  const acknowledge = (records: RecordPlace | Iterable<RecordPlace>) =>
    Effect.suspend(() =>
      commits.commit(offsetsAfter(Symbol.iterator in records ? records : [records]))
    )
  return Consumer.of({
    assign: subscription.assign,
    subscribe: (topics, listener = settings.listener) => subscription.subscribe(topics, listener),
    unsubscribe: subscription.unsubscribe,
    // Copies: what stands in the state is not for others to keep, or to change.
    assignment: () =>
      [...state.all].filter(({ isRevoked }) => !isRevoked)
        .map(({ partition, topic }) => ({ topic, partition })),
    partitionsOf: (topic) =>
      Effect.map(
        cluster.topic(topic),
        ({ partitions }) => partitions.map(({ partition }) => ({ topic, partition }))
      ),
    poll: (recordsMax = settings.pollRecordsMax, timeout = "1 second") =>
      poll.records(recordsMax, timeout),
    pollBatches: (batchesMax = BATCHES_MAX, timeout = "1 second") =>
      poll.batches(batchesMax, timeout),
    records: BatchStream.make(poll, seek, ({ records }) => records),
    batches: BatchStream.make(poll, seek, (batch) => [batch]),
    commitSync: commits.commit,
    commitAsync: (callback = ignore, offsets) => commits.commitAsync(callback, offsets),
    acknowledge,
    commitSink: Sink.forEachArray(acknowledge),
    commitThrough: Stream.mapArrayEffect((records) => Effect.as(acknowledge(records), records)),
    committed: (partitions) =>
      committer === undefined
        ? Effect.fail(ClientError.invalid("without a groupId nothing is committed"))
        : committer.fetch(partitions),
    seek: seek.seek,
    seekToBeginning: (partitions) => seek.seekTo(partitions, "earliest"),
    seekToEnd: (partitions) => seek.seekTo(partitions, "latest"),
    seekToTime: (timestampMs, partitions) => seek.seekTo(partitions, { timestampMs }),
    pause: seek.pause,
    resume: seek.resume,
    position: seek.position,
    lag: ({ partition, topic }) =>
      state.get(topic, partition)?.lag(settings.isolationLevel === "read_committed"),
    beginningOffsets: (partitions) => questions.ends("earliest", partitions),
    endOffsets: (partitions) => questions.ends("latest", partitions),
    offsetsForTimes: questions.forTimes,
    bufferedBytes: () => buffer.fetchedBytes
  })
})

export const layer = Consumer.layer

const BATCHES_MAX = 16
const ignore = () => {}
