// One batch of one partition, from its first record to its callbacks: filled, closed, perhaps compressed,
// numbered when it is first sent, sent as often as it must be. No object is kept of a record but its
// callback; the arrays, the builder's memory and that of the compressed batch are used again for batches to come.
//
// Invariants: `finish` is called once; its records' callbacks run in order afterwards, each once; the bytes
// on the wire are a view of one of these memories, so that nobody else writes there before the answer.
import type * as CompressionType from "../../../domain/record/CompressionType.ts"
import * as RecordBatch from "../../../domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../domain/record/RecordBatchBuilder.ts"
import type { ClientError } from "../ClientError.ts"
import type { PartitionQueue } from "./PartitionQueue.ts"
import type { ProduceCallback, RecordHeader } from "./ProducerRecord.ts"

/** Who the producer is for the broker; -1 where it is nobody (not idempotent). */
export interface ProducerIdAndEpoch {
  readonly producerId: number
  readonly epoch: number
}

/** Memory for compressed batches, which differ a little from one to the next, comes in multiples of it. */
const ROOM_BYTES = 8 * 1024
const NO_MEMORY = Buffer.alloc(0)

export class ProducerBatch {
  readonly builder: RecordBatchBuilder
  queue: PartitionQueue
  /** Ascends with the age of batches; the parts of one that is split divide what lies up to the next. */
  order = 0
  orderSpan = 1
  createdMs = 0
  /** How often it was put on the wire. */
  attempts = 0
  /**
   * Where it stands among the batches of its partition, under `identity`; -1 before it is numbered.
   */
  baseSequence = -1
  identity: ProducerIdAndEpoch | undefined
  /** It was sent under its numbers, and nobody knows whether the broker has it: they must stay. */
  mayBeWritten = false
  /** What goes over the wire; undefined before it is first sent and after it was renumbered. */
  bytes: Buffer | undefined
  /** The records compressed, where they are to be. */
  compressed: Buffer | undefined
  /** Closed, not sent yet, and counted as that (BufferMemory). */
  isAhead = false
  /** A codec works on it, so that it cannot be sent yet. */
  isCompressing = false
  /** Its memory may still be read by a socket that is given up: it is not used again. */
  isShared = false
  isDone = false
  error: ClientError | undefined
  baseOffset = -1
  /** The broker's time for all its records; -1 where theirs stay. */
  appendTimeMs = -1
  /** Who waits for the end of the callbacks (flush). */
  onSettled: Array<() => void> | undefined
  private readonly callbacks: Array<ProduceCallback | undefined> = []
  private called = 0
  /** Of the builder's timestamps, the one at hand. */
  private run = 0
  /** Of the compressed batch: new memory for each has the collector mark all the time. */
  private memory = NO_MEMORY

  constructor(queue: PartitionQueue, bytesMax: number) {
    this.queue = queue
    this.builder = new RecordBatchBuilder({ bytesMax })
  }

  /** Begins anew, for another partition perhaps. */
  reset(queue: PartitionQueue): void {
    this.queue = queue
    this.attempts = 0
    this.baseSequence = -1
    this.identity = undefined
    this.mayBeWritten = false
    this.bytes = undefined
    this.compressed = undefined
    this.isDone = false
    this.error = undefined
    this.baseOffset = -1
    this.appendTimeMs = -1
    this.onSettled = undefined
    this.called = 0
    this.run = 0
    this.builder.reset()
  }

  get count(): number {
    return this.builder.count
  }

  /** Uncompressed. */
  get sizeBytes(): number {
    return this.builder.sizeBytes
  }

  /** False when the batch is full. */
  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: ReadonlyArray<RecordHeader> | undefined,
    callback: ProduceCallback | undefined
  ): boolean {
    const index = this.builder.count
    if (!this.builder.append(timestampMs, key, value, headers)) return false
    this.callbacks[index] = callback
    return true
  }

  /** See RecordBatchBuilder. */
  appendPlain(
    timestampMs: number,
    value: Uint8Array,
    callback: ProduceCallback | undefined
  ): number {
    const index = this.builder.count
    const bytes = this.builder.appendPlain(timestampMs, value)
    if (bytes > 0) this.callbacks[index] = callback
    return bytes
  }

  /** Takes its place in the partition's sequence; the bytes are made anew with it. */
  number(identity: ProducerIdAndEpoch, baseSequence: number): void {
    this.identity = identity
    this.baseSequence = baseSequence
    this.mayBeWritten = false
    this.bytes = undefined
  }

  /** The bytes for the wire. */
  seal(type: CompressionType.CompressionType): Buffer {
    if (this.bytes !== undefined) return this.bytes
    const options = {
      producerId: this.identity?.producerId,
      producerEpoch: this.identity?.epoch,
      baseSequence: this.identity === undefined ? undefined : this.baseSequence
    }
    this.bytes = this.compressed === undefined
      ? this.builder.seal(options)
      : this.builder.sealAround(type, this.compressedBatch, options)
    return this.bytes
  }

  /** Memory for so many bytes of compressed records, behind the place of a header. */
  roomFor(bytes: number): Buffer {
    const needed = RecordBatch.HEADER_BYTES + bytes
    if (this.memory.length < needed) {
      this.memory = Buffer.allocUnsafeSlow(Math.ceil(needed / ROOM_BYTES) * ROOM_BYTES)
    }
    return this.memory.subarray(RecordBatch.HEADER_BYTES, needed)
  }

  /** The records compressed, in the memory that `roomFor` gave or in any other. */
  setCompressed(bytes: Buffer): void {
    const room = this.roomFor(bytes.length)
    if (bytes.buffer !== room.buffer) bytes.copy(room)
    this.compressed = room
  }

  private get compressedBatch(): Buffer {
    return this.memory.subarray(0, RecordBatch.HEADER_BYTES + this.compressed!.length)
  }

  /** What became of it; the callbacks are to be run (`settle`). */
  finish(error: ClientError | undefined, baseOffset: number, appendTimeMs: number): void {
    this.isDone = true
    this.error = error
    this.baseOffset = baseOffset
    this.appendTimeMs = appendTimeMs
  }

  /**
   * Runs callbacks, at most `countMax` of them; gives how many. A callback that throws is told of.
   */
  settle(countMax: number, onThrow: (cause: unknown) => void): number {
    const { timestamps } = this.builder
    const from = this.called
    const to = Math.min(this.count, from + countMax)
    while (this.called < to) {
      const end = timestamps.end(this.run)
      const timestampMs = this.appendTimeMs < 0 ? timestamps.timeMs(this.run) : this.appendTimeMs
      this.settleRun(Math.min(to, end), timestampMs, onThrow)
      if (this.called >= end) this.run++
    }
    return to - from
  }

  /** Those up to `to`, which have one time. */
  private settleRun(to: number, timestampMs: number, onThrow: (cause: unknown) => void): void {
    const { baseOffset, callbacks, error } = this
    const { partition } = this.queue
    for (let i = this.called; i < to; i++) {
      const callback = callbacks[i]
      this.called = i + 1
      if (callback === undefined) continue
      callbacks[i] = undefined
      try {
        callback(error, partition, baseOffset < 0 ? -1 : baseOffset + i, timestampMs)
      } catch (cause) {
        onThrow(cause)
      }
    }
  }

  get isSettled(): boolean {
    return this.called === this.count
  }

  /** For a batch that is split. */
  callbackOf(index: number): ProduceCallback | undefined {
    return this.callbacks[index]
  }
}
