// What a producer is given and what it gives back, as Kafka's ProducerRecord and RecordMetadata have it.
import type { PartitionId, TopicName } from "../../../domain/Topic.ts"
import type { ClientError } from "../ClientError.ts"

/** Strings are written as UTF-8; null is a key or value that is not there (a tombstone). */
export type RecordBytes = Uint8Array | string | null

export type RecordHeader = readonly [name: string, value: Uint8Array | null]

export interface ProducerRecord {
  readonly topic: TopicName
  /** Where the record goes; the partitioner decides where this is undefined. */
  readonly partition?: PartitionId | undefined
  readonly key?: RecordBytes | undefined
  readonly value: RecordBytes
  readonly headers?: ReadonlyArray<RecordHeader> | undefined
  /** Milliseconds since 1970; the clock's where this is undefined. */
  readonly timestampMs?: number | undefined
}

export interface RecordMetadata {
  readonly topic: TopicName
  readonly partition: PartitionId
  /** -1 where the broker does not tell: with acks 0, and for a batch that it had long before. */
  readonly offset: number
  /** The broker's, where the topic keeps that (LogAppendTime); else the record's own. */
  readonly timestampMs: number
}

/**
 * What becomes of one record; called exactly once, those of one partition in order. Numbers instead
 * of a RecordMetadata, so that nothing is allocated. With an error the offset is -1, and so is the
 * partition where none was chosen yet.
 */
export type ProduceCallback = (
  error: ClientError | undefined,
  partition: PartitionId,
  offset: number,
  timestampMs: number
) => void
