// Records into batches. `push` is the hot path: it finds the partition, encodes the record into the batch that
// is open there, and returns; nothing is allocated for a record, and no Effect runs.
//
// Invariants: of each record taken, the callback runs once, later; what is refused (too large, no such
// partition, no room, closed) is told at once, on the caller's stack; `unanswered` holds every batch from its
// first record until its callbacks have run, oldest first, so that deadlines are found at its beginning.
import type * as Partitioner from "../../../domain/partitioner/Partitioner.ts"
import type { TopicName } from "../../../domain/Topic.ts"
import type { ClientError } from "../ClientError.ts"
import { BatchPool } from "./BatchPool.ts"
import * as BatchSplit from "./BatchSplit.ts"
import type { BufferMemory } from "./BufferMemory.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"
import type { ProducerBatch } from "./ProducerBatch.ts"
import type { ProducerCounters } from "./ProducerCounters.ts"
import type { ProducerSettings } from "./ProducerOptions.ts"
import type { ProduceCallback, ProducerRecord, RecordBytes } from "./ProducerRecord.ts"
import * as RecordRefusal from "./RecordRefusal.ts"
import * as RecordSize from "./RecordSize.ts"
import type { TickClock } from "./TickClock.ts"
import { TopicQueues } from "./TopicQueues.ts"

export interface AccumulatorOptions {
  readonly settings: ProducerSettings
  readonly memory: BufferMemory
  readonly partitioner: Partitioner.Partitioner
  readonly clock: TickClock
  readonly counters: ProducerCounters
  /** Finds out about a topic, then calls `known` or `unknown`. */
  readonly ask: (topics: TopicQueues) => void
  /** A batch has been begun, which is closed after a while. */
  readonly onOpened: (dueMs: number) => void
  /** A batch that was closed now could not be sent now. */
  readonly isBusy: (queue: PartitionQueue) => boolean
  /** A batch was closed: it may be sent. */
  readonly onClosed: (queue: PartitionQueue, batch: ProducerBatch) => void
  /** A callback threw. */
  readonly onThrow: (cause: unknown) => void
}

export class RecordAccumulator {
  readonly unanswered = new Set<ProducerBatch>()
  readonly topics = new Map<TopicName, TopicQueues>()
  private readonly options: AccumulatorOptions
  /** These two at hand, for `push`. */
  private readonly clock: TickClock
  private readonly memory: BufferMemory
  private readonly pool: BatchPool
  /** Partitions whose open batch lingers, in the order in which their time is over. */
  private readonly lingering = new Set<PartitionQueue>()
  private readonly keys = new RecordSize.Utf8Scratch()
  private readonly values = new RecordSize.Utf8Scratch()
  private last: TopicQueues | undefined
  /** Where records of the last topic without a key go, while the batch there is open. */
  private stay: PartitionQueue | undefined
  private batchesOpened = 0
  private closedBecause: ClientError | undefined

  constructor(options: AccumulatorOptions) {
    const { settings } = options
    this.options = options
    this.clock = options.clock
    this.memory = options.memory
    this.pool = new BatchPool(settings.batchBytesMax, settings.bufferMemoryBytes)
  }

  /** False when the memory is used up: wait before pushing more. */
  push(record: ProducerRecord, callback: ProduceCallback | undefined): boolean {
    const { stay } = this
    const batch = stay?.open
    // What most records are goes the short way: a fifth less work.
    if (batch !== undefined && record.topic === stay!.topic && isPlain(record)) {
      const timestampMs = record.timestampMs ?? this.clock.nowMs
      const bytes = batch.appendPlain(timestampMs, record.value, callback)
      if (bytes > 0 && this.memory.take(bytes)) return true
      // Only while there is room: whoever goes on without it is held to what the memory takes at most.
      this.stay = undefined
      if (bytes > 0) return false
    }
    return this.pushAny(record, callback)
  }

  private pushAny(record: ProducerRecord, callback: ProduceCallback | undefined): boolean {
    const { memory, settings } = this.options
    if (this.closedBecause !== undefined) return this.refuse(this.closedBecause, callback)
    const bytes = RecordSize.bound(record)
    if (!(bytes <= settings.requestBytesMax)) {
      if (Number.isNaN(bytes)) return this.refuse(RecordRefusal.NO_RECORD, callback)
      const exact = RecordSize.exact(record)
      if (exact > settings.requestBytesMax) {
        return this.refuse(RecordRefusal.tooLarge(exact, settings.requestBytesMax), callback)
      }
    }
    if (memory.isExceeded) return this.refuse(RecordRefusal.full(memory.bytesMax), callback)
    let topic = this.last
    if (topic === undefined || topic.topic !== record.topic) {
      topic = this.topicOf(record.topic)
      this.last = topic
      this.stay = undefined
    }
    if (!topic.isKnown) {
      topic.wait(record, callback, bytes)
      const hasRoom = memory.take(bytes)
      if (topic.waiting.length === 1) this.options.ask(topic)
      return hasRoom
    }
    return this.add(topic, record, callback)
  }

  /** The topic is known now: its records that waited go on, in order. */
  known(topic: TopicQueues): void {
    let waitedBytes = 0
    for (const { bytes, callback, record } of topic.waiting.splice(0)) {
      waitedBytes += bytes
      this.add(topic, record, callback)
    }
    this.goOn(topic, waitedBytes)
  }

  /** The topic was not found: its records fail, and the next push asks again. */
  unknown(topic: TopicQueues, error: ClientError): void {
    let waitedBytes = 0
    this.topics.delete(topic.topic)
    if (this.last === topic) this.last = this.stay = undefined
    for (const { bytes, callback } of topic.waiting.splice(0)) {
      waitedBytes += bytes
      this.refuse(error, callback)
    }
    this.goOn(topic, waitedBytes)
  }

  /**
   * Closes batches that have lingered; gives when to look again. Those of a busy broker stay open,
   * and take more, until this is called when there is room: small ones would only stand in line.
   */
  closeDue(nowMs: number): number {
    const { isBusy, settings: { lingerMs } } = this.options
    for (const queue of this.lingering) {
      // Without an open batch it was given up meanwhile.
      const dueMs = (queue.open?.createdMs ?? -Infinity) + lingerMs
      if (dueMs > nowMs) return dueMs
      if (queue.open === undefined || !isBusy(queue)) this.close(queue, false)
    }
    return Infinity
  }

  /** Closes all batches. */
  closeAll(): void {
    for (const queue of this.lingering) this.close(queue, false)
  }

  /** Takes no more records. */
  end(error: ClientError): void {
    this.closedBecause ??= error
    this.stay = undefined
  }

  /** The batch's callbacks have run. */
  settled(batch: ProducerBatch): void {
    this.unanswered.delete(batch)
    const { onSettled, sizeBytes } = batch
    this.pool.giveBack(batch)
    this.options.memory.release(sizeBytes)
    if (onSettled !== undefined) { for (const callback of onSettled) callback() }
  }

  /** The batch as two, whose records are not answered either. */
  split(batch: ProducerBatch): ReadonlyArray<ProducerBatch> {
    const parts = BatchSplit.halves(batch, () => this.pool.take(batch.queue))
    const { memory } = this.options
    for (const part of parts) memory.take(part.sizeBytes)
    memory.release(batch.sizeBytes)
    const all = [...this.unanswered].flatMap((known) => known === batch ? parts : [known])
    this.unanswered.clear()
    for (const known of all) this.unanswered.add(known)
    this.pool.giveBack(batch)
    return parts
  }

  private add(
    topic: TopicQueues,
    record: ProducerRecord,
    callback: ProduceCallback | undefined
  ): boolean {
    const { clock, memory, partitioner } = this.options
    const key = bytesOf(record.key, this.keys)
    const partition = record.partition ?? this.partitionOf(topic, key)
    const queue = partition < topic.partitionCount ? topic.queues[partition] : undefined
    if (queue === undefined) {
      return this.refuse(RecordRefusal.noPartition(topic, partition), callback)
    }
    const value = bytesOf(record.value, this.values)
    const timestampMs = record.timestampMs ?? clock.nowMs
    const { headers } = record
    let batch = queue.open ?? this.open(queue)
    let before = batch.sizeBytes
    if (!batch.append(timestampMs, key, value, headers, callback)) {
      this.close(queue, true)
      batch = this.open(queue)
      before = batch.sizeBytes
      batch.append(timestampMs, key, value, headers, callback)
    }
    const isChosen = key === null && record.partition === undefined
    if (isChosen && partitioner.isSticky === true && topic === this.last) this.stay = queue
    return memory.take(batch.sizeBytes - before)
  }

  /** Users write partitioners too: what one throws is told, and its record refused. */
  private partitionOf(topics: TopicQueues, key: Uint8Array | null): number {
    const { available, partitionCount, topic } = topics
    try {
      return this.options.partitioner.partition(topic, key, partitionCount, available)
    } catch (cause) {
      this.options.onThrow(cause)
      return -1
    }
  }

  private open(queue: PartitionQueue): ProducerBatch {
    const { clock, memory, onOpened, settings } = this.options
    const batch = this.pool.take(queue)
    batch.order = this.batchesOpened++
    batch.orderSpan = 1
    batch.createdMs = clock.read()
    queue.begin(batch)
    memory.take(batch.sizeBytes)
    this.unanswered.add(batch)
    // Behind all others, wherever one that was given up has stood.
    this.lingering.delete(queue)
    this.lingering.add(queue)
    onOpened(batch.createdMs + settings.lingerMs)
    return batch
  }

  private close(queue: PartitionQueue, isFull: boolean): void {
    const batch = queue.open
    this.lingering.delete(queue)
    if (this.stay === queue) this.stay = undefined
    if (batch === undefined) return
    queue.open = undefined
    queue.closed.push(batch)
    try {
      this.options.partitioner.onBatchSealed?.(
        queue.topic,
        queue.partition,
        batch.sizeBytes,
        isFull
      )
    } catch (cause) {
      this.options.onThrow(cause)
    }
    this.options.onClosed(queue, batch)
  }

  private topicOf(name: TopicName): TopicQueues {
    let topic = this.topics.get(name)
    if (topic === undefined) {
      topic = new TopicQueues(name)
      this.topics.set(name, topic)
    }
    return topic
  }

  /** Memory is given back only now, so that nobody in line overtakes what waited. */
  private goOn({ whenKnown }: TopicQueues, waitedBytes: number): void {
    this.options.memory.release(waitedBytes)
    for (const callback of whenKnown.splice(0)) callback()
  }

  private refuse(
    error: ClientError,
    callback: ProduceCallback | undefined
  ): boolean {
    const { counters, memory, onThrow } = this.options
    counters.failedRecords++
    try {
      callback?.(error, -1, -1, -1)
    } catch (cause) {
      onThrow(cause)
    }
    return memory.hasRoom
  }
}

/** A value of bytes alone. */
const isPlain = (
  record: ProducerRecord
): record is ProducerRecord & { readonly value: Uint8Array } =>
  record.value instanceof Uint8Array && (record.key === undefined || record.key === null) &&
  record.headers === undefined && record.partition === undefined

const bytesOf = (
  bytes: RecordBytes | undefined,
  scratch: RecordSize.Utf8Scratch
): Uint8Array | null =>
  typeof bytes === "string" ? scratch.bytesOf(bytes) : bytes === undefined ? null : bytes
