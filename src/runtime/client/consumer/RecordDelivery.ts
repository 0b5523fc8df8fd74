// From what was fetched to what the application gets: opens batches, moves positions, and finds out what is
// damaged. Synchronous but for batches that must be decompressed, which are handed back to be opened first.
//
// Invariant: a position moves with the delivery of a record and not before, and beyond what is never
// delivered (markers, aborted transactions, records that compaction took).
import * as Arr from "effect/Array"
import * as Effect from "effect/Effect"
import type { CompressionError } from "../../../layers/compression/Compression.ts"
import * as ClientError from "../ClientError.ts"
import type { BatchOpener } from "./BatchOpener.ts"
import { ConsumerBatch } from "./ConsumerBatch.ts"
import type { ConsumerRecord } from "./ConsumerRecord.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import { type Damage, type FetchedBatch, RecordReader } from "./FetchedBatch.ts"
import { ClosedBatch, type FetchedRecords } from "./FetchedRecords.ts"
import type { SubscriptionState } from "./SubscriptionState.ts"

/** A batch stands in the way that has to be opened (`RecordDelivery.open`). */
export interface Obstacle {
  readonly _tag: "Obstacle"
  readonly piece: FetchedRecords
  readonly batch: ClosedBatch
}

export class RecordDelivery {
  private readonly buffer: FetchBuffer
  private readonly subscription: SubscriptionState
  private readonly opener: BatchOpener

  constructor(buffer: FetchBuffer, subscription: SubscriptionState, opener: BatchOpener) {
    this.buffer = buffer
    this.subscription = subscription
    this.opener = opener
  }

  /** Adds to `into` until it holds `countMax`; undefined when that is done or nothing more is here. */
  takeRecords(
    countMax: number,
    into: Array<ConsumerRecord>
  ): Obstacle | ClientError.ClientError | undefined {
    while (into.length < countMax) {
      const piece = this.begin()
      if (!(piece instanceof Begun)) return piece
      const before = into.length
      const failure = this.read(piece.records, piece.reader, countMax - before, into)
      // What was read before the damage is sound: it is given first, and the damage is met again.
      if (failure !== undefined) return into.length > 0 ? undefined : failure
    }
    return undefined
  }

  /** The rest of the next batch; undefined when nothing is here. */
  takeBatch(): ConsumerBatch | Obstacle | ClientError.ClientError | undefined {
    for (;;) {
      const piece = this.begin()
      if (!(piece instanceof Begun)) return piece
      const { batch } = piece.reader
      const records: Array<ConsumerRecord> = []
      const failure = this.read(piece.records, piece.reader, Infinity, records)
      if (!Arr.isArrayNonEmpty(records)) {
        if (failure !== undefined) return failure
        continue
      }
      const { leaderEpoch, partition, topic } = batch
      const { position } = piece.records.partition
      return new ConsumerBatch(topic, partition, leaderEpoch, position - 1, records)
    }
  }

  /** Opens the batch; fails when it cannot be, and then does so again and again. */
  readonly open = (
    { batch, piece }: Obstacle
  ): Effect.Effect<void, ClientError.ClientError> =>
    Effect.mapBoth(this.opener.open(piece, batch), {
      onSuccess: (bytes) => {
        piece.reader = new RecordReader(batch.open(bytes))
      },
      onFailure: (error: CompressionError) =>
        this.damaged(piece, { offset: piece.nextOffset, detail: error.message })
    })

  /** What a partition that cannot go on has to say. */
  partitionFailure(): ClientError.ClientError | undefined {
    for (const partition of this.subscription.all) {
      const { failure } = partition
      if (failure === undefined) continue
      if (partition.need._tag !== "Seek") partition.failure = undefined
      return failure
    }
    return undefined
  }

  private begin(): Begun | Obstacle | ClientError.ClientError | undefined {
    for (;;) {
      const records = this.buffer.head()
      if (records === undefined) return undefined
      if (records.reader !== undefined) return new Begun(records, records.reader)
      const next = records.closed ?? records.next()
      if (next === undefined) {
        this.finish(records)
      } else if (next instanceof ClosedBatch) {
        records.closed = next
        const bytes = this.opener.take(records, next)
        if (bytes === undefined) return { _tag: "Obstacle", piece: records, batch: next }
        records.reader = new RecordReader(next.open(bytes))
      } else if ("detail" in next) {
        return this.damaged(records, next)
      } else {
        records.reader = new RecordReader(next)
      }
    }
  }

  private read(
    records: FetchedRecords,
    reader: RecordReader,
    countMax: number,
    into: Array<ConsumerRecord>
  ): ClientError.ClientError | undefined {
    const before = into.length
    const damage = reader.read(countMax, into)
    if (damage === undefined && reader.isDone) {
      records.nextOffset = Math.max(records.nextOffset, reader.batch.lastOffset + 1)
      records.reader = undefined
      records.closed = undefined
    } else if (into.length > before) {
      records.nextOffset = into[into.length - 1]!.offset + 1
    }
    this.move(records, reader.batch)
    return damage === undefined ? undefined : this.damaged(records, damage)
  }

  private move(records: FetchedRecords, { leaderEpoch }: FetchedBatch): void {
    records.partition.position = records.nextOffset
    records.partition.positionEpoch = leaderEpoch
  }

  private finish(records: FetchedRecords): void {
    records.partition.position = records.nextOffset
    this.buffer.done(records)
  }

  private damaged(
    { partition: { partition, topic } }: FetchedRecords,
    { detail, offset }: Damage
  ): ClientError.ClientError {
    return new ClientError.ClientError({
      reason: ClientError.Reason.CorruptRecords({ topic, partition, offset, detail })
    })
  }
}

class Begun {
  readonly records: FetchedRecords
  readonly reader: RecordReader

  constructor(records: FetchedRecords, reader: RecordReader) {
    this.records = records
    this.reader = reader
  }
}
