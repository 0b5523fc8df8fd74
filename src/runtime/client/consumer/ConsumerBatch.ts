// The records of one batch, as one piece: for applications that work on many at a time. May be kept as long
// as its records may.
import type { NonEmptyReadonlyArray } from "effect/Array"
import type { LeaderEpoch, Offset } from "../../../domain/Offset.ts"
import type { PartitionId, TopicName } from "../../../domain/Topic.ts"
import type { ConsumerRecord } from "./ConsumerRecord.ts"

export class ConsumerBatch {
  readonly topic: TopicName
  readonly partition: PartitionId
  readonly leaderEpoch: LeaderEpoch
  /** Of the last record that the batch stands for: after it reading goes on. */
  readonly lastOffset: Offset
  /** In the order of their offsets; at least one. */
  readonly records: NonEmptyReadonlyArray<ConsumerRecord>

  constructor(
    topic: TopicName,
    partition: PartitionId,
    leaderEpoch: LeaderEpoch,
    lastOffset: Offset,
    records: NonEmptyReadonlyArray<ConsumerRecord>
  ) {
    this.topic = topic
    this.partition = partition
    this.leaderEpoch = leaderEpoch
    this.lastOffset = lastOffset
    this.records = records
  }
}
