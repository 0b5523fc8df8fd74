// Idempotence, for one partition: which producers have written here, at which epoch, and their last
// five batches, so that a batch sent twice is stored once and answered alike. Transactions are
// noted where a log holds them: where they begin, and that they have ended.
// Source: Kafka's ProducerStateManager, ProducerAppendInfo; KIP-98, KIP-360.
import { ErrorCode } from "../ErrorCode.ts"
import { NO_EPOCH, type Offset, type Timestamp } from "../Offset.ts"
import * as ControlRecord from "../record/ControlRecord.ts"
import * as RecordBatch from "../record/RecordBatch.ts"
import * as ProducerEntry from "./ProducerEntry.ts"
import * as ProducerSnapshot from "./ProducerSnapshot.ts"

export { BATCHES_MAX, type ProducerBatch } from "./ProducerEntry.ts"

export type Verdict =
  | { readonly _tag: "Append" }
  | { readonly _tag: "Duplicate"; readonly original: ProducerEntry.ProducerBatch }
  | { readonly _tag: "Refused"; readonly errorCode: number; readonly detail: string }

/** What a coordinator says at the end of a transaction. */
export interface Marker {
  readonly epoch: number
  readonly coordinatorEpoch: number
  readonly timestamp: Timestamp
}

const APPEND: Verdict = { _tag: "Append" }

export class ProducerState {
  private readonly producers: Map<number, ProducerEntry.ProducerEntry>

  constructor(producers: Map<number, ProducerEntry.ProducerEntry> = new Map()) {
    this.producers = producers
  }

  get size(): number {
    return this.producers.size
  }

  entry(producerId: number): ProducerEntry.ProducerEntry | undefined {
    return this.producers.get(producerId)
  }

  /** Whether a batch follows what its producer wrote before. Batches without a producer id may. */
  check(producerId: number, epoch: number, baseSequence: number, lastSequence: number): Verdict {
    const entry = this.producers.get(producerId)
    // Nobody can tell where an unknown producer stopped: retention may have taken its batches.
    if (producerId === RecordBatch.NO_PRODUCER_ID || entry === undefined) return APPEND
    if (epoch < entry.epoch) {
      return refused(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        `producer ${producerId} has epoch ${entry.epoch}, this batch has ${epoch}`
      )
    }
    if (epoch > entry.epoch) {
      return baseSequence === 0 || entry.epoch === NO_EPOCH ? APPEND : refused(
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        `producer ${producerId} begins epoch ${epoch} with sequence ${baseSequence}, not 0`
      )
    }
    const original = entry.batches.find((batch) =>
      batch.baseSequence === baseSequence && batch.lastSequence === lastSequence
    )
    if (original !== undefined) return { _tag: "Duplicate", original }
    const last = entry.batches.at(-1)
    const expected = last === undefined ? 0 : RecordBatch.addSequence(last.lastSequence, 1)
    return baseSequence === expected || epoch === NO_EPOCH ? APPEND : refused(
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      `producer ${producerId} sent sequence ${baseSequence}, ${expected} was expected`
    )
  }

  /** Notes a batch that has its place in the log. Gives the undo. */
  append(
    producerId: number,
    epoch: number,
    batch: ProducerEntry.ProducerBatch,
    isTransactional = false
  ): () => void {
    const before = this.producers.get(producerId) ?? ProducerEntry.NEW
    return this.put(
      producerId,
      ProducerEntry.withBatch(before, epoch, batch, isTransactional)
    )
  }

  /** Notes that a producer's transaction has ended, whichever way. Gives the undo. */
  endTransaction(producerId: number, { coordinatorEpoch, epoch, timestamp }: Marker): () => void {
    const before = this.producers.get(producerId) ?? ProducerEntry.NEW
    return this.put(
      producerId,
      ProducerEntry.withMarker(before, epoch, coordinatorEpoch, timestamp)
    )
  }

  /** Notes a batch that lies in a buffer as it lies in the log: for recovery. */
  appendBatch(buffer: Buffer, at: number): void {
    const producerId = RecordBatch.producerId(buffer, at)
    if (producerId === RecordBatch.NO_PRODUCER_ID) return
    const epoch = RecordBatch.producerEpoch(buffer, at)
    if (!RecordBatch.isControl(buffer, at)) {
      const isTransactional = RecordBatch.isTransactional(buffer, at)
      this.append(producerId, epoch, batchOf(buffer, at), isTransactional)
      return
    }
    const end = ControlRecord.endOfTransaction(buffer, at)
    if (end === undefined) return
    const { coordinatorEpoch } = end
    const timestamp = RecordBatch.maxTimestamp(buffer, at)
    this.endTransaction(producerId, { epoch, coordinatorEpoch, timestamp })
  }

  /** Where the first transaction that is still open begins: what lies behind it is not stable. */
  get firstUnstableOffset(): Offset | undefined {
    let first: Offset | undefined
    for (const { transactionStart } of this.producers.values()) {
      if (transactionStart !== undefined && (first === undefined || transactionStart < first)) {
        first = transactionStart
      }
    }
    return first
  }

  /** Forgets producers that have not written for so long (producer.id.expiration.ms). */
  expire(nowMs: number, expirationMs: number): void {
    for (const [producerId, { lastTimestamp, transactionStart }] of this.producers) {
      if (transactionStart === undefined && nowMs - lastTimestamp >= expirationMs) {
        this.producers.delete(producerId)
      }
    }
  }

  snapshot(): Buffer {
    return ProducerSnapshot.encode(this.producers)
  }

  /** Undefined when the bytes are not a whole snapshot. */
  static restore(bytes: Buffer): ProducerState | undefined {
    const producers = ProducerSnapshot.decode(bytes)
    return producers === undefined ? undefined : new ProducerState(producers)
  }

  private put(producerId: number, entry: ProducerEntry.ProducerEntry): () => void {
    const before = this.producers.get(producerId)
    this.producers.set(producerId, entry)
    return () => {
      if (before === undefined) this.producers.delete(producerId)
      else this.producers.set(producerId, before)
    }
  }
}

/** What is noted of a batch that lies in a buffer with its offsets set. */
export const batchOf = (buffer: Buffer, at: number): ProducerEntry.ProducerBatch => ({
  baseSequence: RecordBatch.baseSequence(buffer, at),
  lastSequence: RecordBatch.lastSequence(buffer, at),
  baseOffset: RecordBatch.baseOffset(buffer, at),
  lastOffset: RecordBatch.lastOffset(buffer, at),
  timestamp: RecordBatch.maxTimestamp(buffer, at)
})

const refused = (errorCode: number, detail: string): Verdict => ({
  _tag: "Refused",
  errorCode,
  detail
})
