// A partition as the manager knows it: its log, who reads it, who waits for it to grow, and the shard
// on which it is written.
import type * as Checkpoint from "../../domain/log/Checkpoint.ts"
import type { PartitionId, TopicId, TopicName } from "../../domain/Topic.ts"
import { LogReader } from "./LogReader.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { LogTail } from "./TailCache.ts"

export class Partition {
  readonly topic: TopicName
  readonly topicId: TopicId
  readonly partition: PartitionId
  readonly shard: number
  readonly log: PartitionLog
  readonly reader: LogReader
  readonly epochs: ReadonlyArray<Checkpoint.EpochStart>
  private readonly waiters = new Set<() => void>()

  constructor(options: {
    readonly topic: TopicName
    readonly topicId: TopicId
    readonly partition: PartitionId
    readonly shard: number
    readonly log: PartitionLog
    readonly epochs: ReadonlyArray<Checkpoint.EpochStart>
    readonly tail: LogTail | undefined
  }) {
    this.topic = options.topic
    this.topicId = options.topicId
    this.partition = options.partition
    this.shard = options.shard
    this.log = options.log
    this.epochs = options.epochs
    this.reader = new LogReader(options.log, options.tail)
  }

  /** `wake` is called whenever more can be read, until the returned undo is. */
  onGrowth(wake: () => void): () => void {
    this.waiters.add(wake)
    return () => {
      this.waiters.delete(wake)
    }
  }

  /** Wakes whoever waits. A waiter may leave while it is woken. */
  grown(): void {
    for (const wake of this.waiters) wake()
  }
}
