// The partitions of one topic as a producer has them, and the records that came before anybody knew how many
// partitions there are: those wait here in order, copied, because whoever pushes may use his memory again.
import type { PartitionId, TopicName } from "../../../domain/Topic.ts"
import type { TopicMetadata } from "../cluster/ClusterView.ts"
import * as CompletionShards from "./CompletionShards.ts"
import { PartitionQueue } from "./PartitionQueue.ts"
import type { ProduceCallback, ProducerRecord } from "./ProducerRecord.ts"

/** A record that waits for its topic to be known. */
export interface WaitingRecord {
  readonly record: ProducerRecord
  readonly callback: ProduceCallback | undefined
  readonly bytes: number
}

export class TopicQueues {
  readonly topic: TopicName
  /**
   * By their numbers; empty while the topic is not known. Those of a topic that was made anew with
   * fewer stay until what they hold is given up.
   */
  queues: ReadonlyArray<PartitionQueue> = []
  /** How many there are; how many there were, while the topic is gone. */
  partitionCount = 0
  /** Those that have a leader; replaced when that changes. */
  available: ReadonlyArray<PartitionId> = []
  /** It is gone, and somebody has been asked to make it again. */
  isAsked = false
  waiting: Array<WaitingRecord> = []
  /** Called when the records that wait do so no more. */
  whenKnown: Array<() => void> = []

  constructor(topic: TopicName) {
    this.topic = topic
  }

  get isKnown(): boolean {
    return this.queues.length > 0
  }

  /** Nothing waits to be sent. */
  get isIdle(): boolean {
    return this.queues.every(({ closed, open }) => open === undefined && closed.length === 0)
  }

  /** Takes over how many partitions there are, and who leads them; none without `metadata`. */
  update(metadata: TopicMetadata | undefined): void {
    const partitions = metadata?.partitions ?? []
    const queues = [...this.queues]
    for (let partition = queues.length; partition < partitions.length; partition++) {
      const shard = CompletionShards.shardOf(this.topic, partition)
      queues.push(new PartitionQueue(this.topic, partition, shard))
    }
    for (const queue of queues) queue.leaderId = partitions[queue.partition]?.leaderId ?? -1
    const available = queues.filter(({ leaderId }) => leaderId >= 0).map((queue) => queue.partition)
    const isSame = available.length === this.available.length &&
      available.every((partition, i) => partition === this.available[i])
    if (!isSame) this.available = available
    this.queues = queues
    if (partitions.length > 0) this.partitionCount = partitions.length
  }

  wait(record: ProducerRecord, callback: ProduceCallback | undefined, bytes: number): void {
    this.waiting.push({ record: copyOf(record), callback, bytes })
  }
}

const copyOf = (record: ProducerRecord): ProducerRecord => ({
  ...record,
  key: bytesOf(record.key ?? null),
  value: bytesOf(record.value),
  headers: record.headers?.map(([name, value]) => [name, bytesOf(value)] as const)
})

const bytesOf = <A extends Uint8Array | string | null>(bytes: A): A =>
  (bytes instanceof Uint8Array ? new Uint8Array(bytes) : bytes) as A
