// Idempotence, for one partition: which producers have written here, at which epoch, and their last
// five batches, so that a batch sent twice is stored once and answered alike. Entries are immutable:
// what a failed write has changed is undone by putting the old ones back.
// Source: Kafka's ProducerStateManager, ProducerStateEntry, ProducerAppendInfo; KIP-98, KIP-360.
import { ErrorCode } from "../ErrorCode.ts"
import { readInt64, writeInt64 } from "../Offset.ts"
import { crc32c } from "../record/Crc32c.ts"
import * as RecordBatch from "../record/RecordBatch.ts"

/** A batch's place in its producer's sequence and in the log. */
export interface ProducerBatch {
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: number
  readonly lastOffset: number
  readonly timestamp: number
}

export interface ProducerEntry {
  readonly epoch: number
  /** The last ones, oldest first, at most BATCHES_MAX. */
  readonly batches: ReadonlyArray<ProducerBatch>
}

/** A producer may have so many requests in flight, so a repeated batch is one of the last so many. */
export const BATCHES_MAX = 5
const SEQUENCE_MAX = 0x7fff_ffff
const SNAPSHOT_VERSION = 1
const SNAPSHOT_HEADER_BYTES = 10
const SNAPSHOT_ENTRY_BYTES = 46

export type Verdict =
  | { readonly _tag: "Append" }
  | { readonly _tag: "Duplicate"; readonly original: ProducerBatch }
  | { readonly _tag: "Refused"; readonly errorCode: number; readonly detail: string }

const APPEND: Verdict = { _tag: "Append" }

export class ProducerState {
  private readonly producers = new Map<number, ProducerEntry>()

  get size(): number {
    return this.producers.size
  }

  entry(producerId: number): ProducerEntry | undefined {
    return this.producers.get(producerId)
  }

  /** Whether a batch follows what its producer wrote before. Batches without a producer id may. */
  check(producerId: number, epoch: number, baseSequence: number, lastSequence: number): Verdict {
    const entry = this.producers.get(producerId)
    if (producerId === RecordBatch.NO_PRODUCER_ID || entry === undefined) return APPEND
    if (epoch < entry.epoch) {
      return refused(
        ErrorCode.INVALID_PRODUCER_EPOCH,
        `producer ${producerId} has epoch ${entry.epoch}, this batch has ${epoch}`
      )
    }
    if (epoch > entry.epoch) {
      return baseSequence === 0 ? APPEND : refused(
        ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
        `producer ${producerId} begins epoch ${epoch} with sequence ${baseSequence}, not 0`
      )
    }
    const original = entry.batches.find((batch) =>
      batch.baseSequence === baseSequence && batch.lastSequence === lastSequence
    )
    if (original !== undefined) return { _tag: "Duplicate", original }
    const last = entry.batches.at(-1)
    const expected = last === undefined ? 0 : nextSequence(last.lastSequence)
    return baseSequence === expected ? APPEND : refused(
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
      `producer ${producerId} sent sequence ${baseSequence}, ${expected} was expected`
    )
  }

  /** Notes a batch that has its place in the log. Gives the undo. */
  append(producerId: number, epoch: number, batch: ProducerBatch): () => void {
    const before = this.producers.get(producerId)
    const kept = before === undefined || before.epoch !== epoch
      ? []
      : before.batches.slice(-(BATCHES_MAX - 1))
    this.producers.set(producerId, { epoch, batches: [...kept, batch] })
    return () => {
      if (before === undefined) this.producers.delete(producerId)
      else this.producers.set(producerId, before)
    }
  }

  /** The same for a batch that lies in a buffer as it lies in the log: for recovery. */
  appendBatch(buffer: Buffer, at: number): void {
    const producerId = RecordBatch.producerId(buffer, at)
    if (producerId === RecordBatch.NO_PRODUCER_ID || RecordBatch.isControl(buffer, at)) return
    this.append(producerId, RecordBatch.producerEpoch(buffer, at), batchOf(buffer, at))
  }

  /** Forgets producers that have not written for so long (producer.id.expiration.ms). */
  expire(nowMs: number, expirationMs: number): void {
    for (const [producerId, { batches }] of this.producers) {
      const last = batches.at(-1)
      if (last !== undefined && last.timestamp + expirationMs < nowMs) {
        this.producers.delete(producerId)
      }
    }
  }

  /** Kafka's .snapshot file: the last batch of every producer. */
  snapshot(): Buffer {
    const bytes = Buffer.alloc(SNAPSHOT_HEADER_BYTES + this.producers.size * SNAPSHOT_ENTRY_BYTES)
    bytes.writeInt16BE(SNAPSHOT_VERSION, 0)
    bytes.writeInt32BE(this.producers.size, 6)
    let at = SNAPSHOT_HEADER_BYTES
    for (const [producerId, { batches, epoch }] of this.producers) {
      const last = batches.at(-1)
      writeInt64(bytes, producerId, at)
      bytes.writeInt16BE(epoch, at + 8)
      bytes.writeInt32BE(last?.lastSequence ?? -1, at + 10)
      writeInt64(bytes, last?.lastOffset ?? -1, at + 14)
      bytes.writeInt32BE(last === undefined ? 0 : last.lastOffset - last.baseOffset, at + 22)
      writeInt64(bytes, last?.timestamp ?? -1, at + 26)
      bytes.writeInt32BE(-1, at + 34) // epoch of a transaction coordinator
      writeInt64(bytes, -1, at + 38) // first offset of an open transaction
      at += SNAPSHOT_ENTRY_BYTES
    }
    bytes.writeUInt32BE(crc32c(bytes, 6), 2)
    return bytes
  }

  /** Undefined when the bytes are not a whole snapshot. */
  static restore(bytes: Buffer): ProducerState | undefined {
    if (bytes.length < SNAPSHOT_HEADER_BYTES || bytes.readInt16BE(0) !== SNAPSHOT_VERSION) {
      return undefined
    }
    const count = bytes.readInt32BE(6)
    const isWhole = bytes.length === SNAPSHOT_HEADER_BYTES + count * SNAPSHOT_ENTRY_BYTES
    if (!isWhole || crc32c(bytes, 6) !== bytes.readUInt32BE(2)) return undefined
    const state = new ProducerState()
    for (let at = SNAPSHOT_HEADER_BYTES; at < bytes.length; at += SNAPSHOT_ENTRY_BYTES) {
      const lastSequence = bytes.readInt32BE(at + 10)
      const lastOffset = readInt64(bytes, at + 14)
      const delta = bytes.readInt32BE(at + 22)
      state.producers.set(readInt64(bytes, at), {
        epoch: bytes.readInt16BE(at + 8),
        batches: lastSequence < 0 ? [] : [{
          baseSequence: subtractSequence(lastSequence, delta),
          lastSequence,
          baseOffset: lastOffset - delta,
          lastOffset,
          timestamp: readInt64(bytes, at + 26)
        }]
      })
    }
    return state
  }
}

/** What is noted of a batch that lies in a buffer with its offsets set. */
export const batchOf = (buffer: Buffer, at: number): ProducerBatch => ({
  baseSequence: RecordBatch.baseSequence(buffer, at),
  lastSequence: RecordBatch.lastSequence(buffer, at),
  baseOffset: RecordBatch.baseOffset(buffer, at),
  lastOffset: RecordBatch.lastOffset(buffer, at),
  timestamp: RecordBatch.maxTimestamp(buffer, at)
})

const nextSequence = (sequence: number): number => sequence === SEQUENCE_MAX ? 0 : sequence + 1

const subtractSequence = (sequence: number, delta: number): number =>
  sequence >= delta ? sequence - delta : SEQUENCE_MAX - (delta - sequence) + 1

const refused = (errorCode: number, detail: string): Verdict => ({
  _tag: "Refused",
  errorCode,
  detail
})
