// Where reading ends: an offset for each partition, which is not read itself, and so many records in all. A
// partition ends also with a place in its log that no record has: marks of transactions, and what compaction
// took away, are passed over unseen.
import * as Topic from "../../../domain/Topic.ts"
import type { ConsumerBatch } from "../../client/consumer/ConsumerBatch.ts"
import type { ConsumerRecord } from "../../client/consumer/ConsumerRecord.ts"

interface PartitionEnd extends Topic.TopicPartition {
  readonly end: number
}

export class ReadingEnd {
  private readonly left: Map<string, PartitionEnd> | undefined
  private countLeft: number

  /** `ends` undefined: no partition ends. */
  constructor(ends: ReadonlyArray<PartitionEnd> | undefined, countMax: number) {
    this.left = ends === undefined
      ? undefined
      : new Map(ends.map((end) => [Topic.format(end.topic, end.partition), end]))
    this.countLeft = countMax
  }

  get isReached(): boolean {
    return this.countLeft <= 0 || this.left?.size === 0
  }

  /** Partitions that are not read to their ends. */
  get unread(): ReadonlyArray<PartitionEnd> {
    return this.left === undefined ? [] : [...this.left.values()]
  }

  /** The partition is read up to `position`; true when that was its end. */
  reached({ partition, topic }: Topic.TopicPartition, position: number): boolean {
    const key = Topic.format(topic, partition)
    const end = this.left?.get(key)?.end
    if (end === undefined || position < end) return false
    return this.left!.delete(key)
  }

  /** Records of a batch before the ends, of those that are wanted. */
  taken(
    batch: ConsumerBatch,
    isWanted: (record: ConsumerRecord) => boolean
  ): ReadonlyArray<ConsumerRecord> {
    const end = this.left === undefined
      ? Infinity
      : this.left.get(Topic.format(batch.topic, batch.partition))?.end ?? -1
    const taken: Array<ConsumerRecord> = []
    for (const record of batch.records) {
      if (this.countLeft <= 0 || record.offset >= end) break
      if (!isWanted(record)) continue
      taken.push(record)
      this.countLeft--
    }
    return taken
  }
}
