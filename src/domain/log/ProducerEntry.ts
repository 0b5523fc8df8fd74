// What a partition remembers of one producer. Entries are immutable: what a failed write has
// changed is undone by putting the old one back.
// Source: Kafka's ProducerStateEntry, BatchMetadata.
import { NO_EPOCH, NO_TIMESTAMP, type Offset, type Timestamp } from "../Offset.ts"

/** A batch's place in its producer's sequence and in the log. */
export interface ProducerBatch {
  readonly baseSequence: number
  readonly lastSequence: number
  readonly baseOffset: Offset
  readonly lastOffset: Offset
  readonly timestamp: Timestamp
}

export interface ProducerEntry {
  readonly epoch: number
  /** The last ones of this epoch, oldest first, at most BATCHES_MAX. */
  readonly batches: ReadonlyArray<ProducerBatch>
  /** Of the last batch or marker, of whatever epoch. */
  readonly lastTimestamp: Timestamp
  /** Of the transaction coordinator that wrote the last marker; -1 where none did. */
  readonly coordinatorEpoch: number
  /** Where the transaction that is open begins; undefined where none is. */
  readonly transactionStart: Offset | undefined
}

/** So many requests a producer may have in flight: a repeated batch is one of the last so many. */
export const BATCHES_MAX = 5

/** A producer that has not written yet. */
export const NEW: ProducerEntry = {
  epoch: NO_EPOCH,
  batches: [],
  lastTimestamp: NO_TIMESTAMP,
  coordinatorEpoch: -1,
  transactionStart: undefined
}

/** With one batch more. Those of an older epoch are forgotten: they cannot come again. */
export const withBatch = (
  entry: ProducerEntry,
  epoch: number,
  batch: ProducerBatch,
  isTransactional: boolean
): ProducerEntry => ({
  epoch,
  batches: entry.epoch === epoch
    ? [...entry.batches.slice(1 - BATCHES_MAX), batch]
    : [batch],
  lastTimestamp: batch.timestamp,
  coordinatorEpoch: entry.coordinatorEpoch,
  transactionStart: entry.transactionStart ?? (isTransactional ? batch.baseOffset : undefined)
})

/** With its transaction ended by a marker, which may bring a new epoch. */
export const withMarker = (
  entry: ProducerEntry,
  epoch: number,
  coordinatorEpoch: number,
  timestamp: Timestamp
): ProducerEntry => ({
  epoch,
  batches: entry.epoch === epoch ? entry.batches : [],
  lastTimestamp: timestamp,
  coordinatorEpoch,
  transactionStart: undefined
})
