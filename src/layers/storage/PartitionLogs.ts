// The engine contract, first half: what everything above storage asks of partition logs, and all it
// asks. LogManager implements it over local disk; a distributed engine may implement it later.
//
// Batches go in validated (RecordBatchValidation) and come out whole, never opened. The log alone
// assigns offsets, and patches them into the caller's buffer in place.
import * as Context from "effect/Context"
import type * as Deferred from "effect/Deferred"
import type * as Effect from "effect/Effect"
import type { ErrorCode } from "../../domain/ErrorCode.ts"
import type { LeaderEpoch, Offset, Timestamp } from "../../domain/Offset.ts"
import type { PartitionId, TopicName, TopicPartition } from "../../domain/Topic.ts"

/** 0: no answer; 1: after the write; -1: durable by the broker's policy. */
export type Acks = 0 | 1 | -1

/** Batches of one partition of one request, valid, back to back in `records`. */
export interface Append {
  readonly topic: TopicName
  readonly partition: PartitionId
  readonly records: Buffer
}

export interface Appended {
  /** NONE, or why nothing was appended. */
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  /** Of the first record; of the original when the batch is a duplicate. */
  readonly baseOffset: Offset
  /** Set by the log when the topic uses LogAppendTime, else -1. */
  readonly logAppendTimeMs: Timestamp
  readonly logStartOffset: Offset
}

export interface ReadOptions {
  readonly offset: Offset
  /** Whole batches up to so many bytes; the first is given even when it is larger. */
  readonly bytesMax: number
  /** False: a first batch larger than bytesMax is not given either (KIP-74, later partitions). */
  readonly atLeastOne: boolean
  readonly isolation: "read_uncommitted" | "read_committed"
  /** -1: not checked. */
  readonly currentLeaderEpoch: LeaderEpoch
  /** So many bytes or more may be given as FileBytes, unread; left out: never. */
  readonly fileBytesMin?: number | undefined
}

export interface ReadResult {
  readonly errorCode: ErrorCode
  /** Whole batches, read-only, valid until `release`; empty when there is nothing (yet). */
  readonly records: Uint8Array
  readonly highWatermark: Offset
  readonly lastStableOffset: Offset
  readonly logStartOffset: Offset
  /** Gives the buffer back; call once, when the bytes are no longer needed. */
  readonly release: () => void
}

export interface OffsetForTimestamp {
  readonly errorCode: ErrorCode
  readonly timestamp: Timestamp
  readonly offset: Offset
  readonly leaderEpoch: LeaderEpoch
}

/** ListOffsets' special times. */
export const LATEST_TIMESTAMP = -1
export const EARLIEST_TIMESTAMP = -2
export const MAX_TIMESTAMP = -3

export interface PartitionOffsets {
  readonly logStartOffset: Offset
  readonly lastStableOffset: Offset
  readonly highWatermark: Offset
  readonly logEndOffset: Offset
  readonly leaderEpoch: LeaderEpoch
  readonly sizeBytes: number
  /** Nothing can be read or written until a restart. */
  readonly isOffline: boolean
}

export class PartitionLogs extends Context.Service<PartitionLogs, {
  /**
   * Appends for many partitions at once. The outer effect ends when every append has its place in
   * line (await it before dispatching the connection's next request); the deferred it gives ends
   * when all are written as `acks` asks, results in the order of `appends`. Never fails: errors are
   * ErrorCodes, one a partition.
   */
  readonly append: (
    appends: ReadonlyArray<Append>,
    acks: Acks
  ) => Effect.Effect<Deferred.Deferred<ReadonlyArray<Appended>>>
  /**
   * The same, begun when it is called; gives an Exit where nothing had to wait for its place. With
   * `hasMore` others follow on this stack, that may share a write.
   */
  readonly appendNow: (
    appends: ReadonlyArray<Append>,
    acks: Acks,
    hasMore?: boolean
  ) => Effect.Effect<Deferred.Deferred<ReadonlyArray<Appended>>>
  /**
   * One append that somebody waits for alone: written at once, where no sync would be shared by
   * waiting for others. Begun when it is called, and given an Exit as appendNow; `done` is called
   * when it is written as `acks` asks, perhaps before this returns.
   */
  readonly appendAtOnce: (
    append: Append,
    acks: Acks,
    done: (appended: Appended) => void
  ) => Effect.Effect<void>
  readonly read: (
    topic: TopicName,
    partition: PartitionId,
    options: ReadOptions
  ) => Effect.Effect<ReadResult>
  /** Registers `wake`, called when any of the partitions may have more to read. Returns the undo. */
  readonly onGrowth: (partitions: ReadonlyArray<TopicPartition>, wake: () => void) => () => void
  /** Undefined: no such partition here. */
  readonly offsets: (topic: TopicName, partition: PartitionId) => PartitionOffsets | undefined
  /** The first record at or after `timestamp`, or one of the special times; offset -1 where none. */
  readonly offsetForTimestamp: (
    topic: TopicName,
    partition: PartitionId,
    timestamp: Timestamp,
    isolation: "read_uncommitted" | "read_committed"
  ) => Effect.Effect<OffsetForTimestamp>
  /** End offset of the largest epoch at or below `epoch` (OffsetForLeaderEpoch); -1, -1 where none. */
  readonly endOfEpoch: (
    topic: TopicName,
    partition: PartitionId,
    epoch: LeaderEpoch
  ) => { readonly leaderEpoch: LeaderEpoch; readonly endOffset: Offset }
  /** Moves the log start offset up to `offset` (-1: the high watermark); gives the new start. */
  readonly deleteBefore: (
    topic: TopicName,
    partition: PartitionId,
    offset: Offset
  ) => Effect.Effect<{ readonly errorCode: ErrorCode; readonly logStartOffset: Offset }>
}>()("mymq/layers/storage/PartitionLogs") {}
