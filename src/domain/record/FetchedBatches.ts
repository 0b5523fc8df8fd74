// Goes through what a fetch has brought for one partition, batch by batch, and stops at those whose records
// are the consumer's: not at batches before the offset asked for, at control batches, nor, where the
// broker told which transactions were aborted, at theirs. All of them count as read: `nextOffset` is
// behind them. Nothing is opened here, so that compressed batches pass as well.
//
// The last batch is usually cut off, because a broker fills its answer to the byte. Where the first one
// is, not even one fits, and asking again with the same size is in vain (isCutOff).
// Source: Kafka's CompletedFetch.
import * as ControlRecord from "./ControlRecord.ts"
import * as RecordBatch from "./RecordBatch.ts"
import { DamagedRecords, wholeBatchBytes } from "./RecordsView.ts"

/** From `firstOffset` to the marker that ends it, what the producer wrote does not count. */
export interface AbortedTransaction {
  readonly producerId: number
  readonly firstOffset: number
}

export interface FetchedOptions {
  /** The offset that was asked for. */
  readonly fetchOffset: number
  /** As answered to who reads what is committed; otherwise none. */
  readonly abortedTransactions?: ReadonlyArray<AbortedTransaction> | null
  /** Costs a pass over the bytes (check.crcs). */
  readonly checksCrcs?: boolean
}

export class FetchedBatches {
  readonly buffer: Buffer
  /** The batch at hand. */
  at = 0
  sizeBytes = 0
  /** Behind all that was passed, the batch at hand included: where to fetch next. */
  nextOffset: number
  private readonly fetchOffset: number
  private readonly checksCrcs: boolean
  private readonly aborted: ReadonlyArray<AbortedTransaction>
  private abortedIndex = 0
  private readonly abortedProducers = new Set<number>()

  constructor(buffer: Buffer, options: FetchedOptions) {
    this.buffer = buffer
    this.fetchOffset = this.nextOffset = options.fetchOffset
    this.checksCrcs = options.checksCrcs ?? false
    this.aborted = [...options.abortedTransactions ?? []]
      .sort((a, b) => a.firstOffset - b.firstOffset)
  }

  /** There are bytes, but no whole batch: only a larger fetch will get on. */
  get isCutOff(): boolean {
    return this.buffer.length > 0 && wholeBatchBytes(this.buffer, 0) === 0
  }

  /** Goes to the next batch that has records for the consumer. Throws DamagedRecords. */
  next(): boolean {
    const buffer = this.buffer
    for (;;) {
      const at = this.at + this.sizeBytes
      const size = wholeBatchBytes(buffer, at)
      this.at = at
      this.sizeBytes = size
      if (size === 0) return false
      const lastOffset = RecordBatch.lastOffset(buffer, at)
      const isOld = lastOffset < this.fetchOffset
      if (!isOld && this.checksCrcs && !RecordBatch.isCrcRight(buffer, at, size)) {
        const offset = RecordBatch.baseOffset(buffer, at)
        throw new DamagedRecords(`the checksum of the batch at offset ${offset} is wrong`)
      }
      // Also an old marker ends its transaction.
      const isPassedOver = this.isPassedOver(lastOffset)
      if (isOld) continue
      this.nextOffset = lastOffset + 1
      if (!isPassedOver && RecordBatch.recordsCount(buffer, at) !== 0) return true
    }
  }

  /** Whether the batch is a marker, or of a transaction that was aborted. */
  private isPassedOver(lastOffset: number): boolean {
    const { aborted, abortedProducers, at, buffer } = this
    for (; this.abortedIndex < aborted.length; this.abortedIndex++) {
      const { firstOffset, producerId } = aborted[this.abortedIndex]!
      if (firstOffset > lastOffset) break
      abortedProducers.add(producerId)
    }
    const producerId = RecordBatch.producerId(buffer, at)
    if (!RecordBatch.isControl(buffer, at)) {
      return RecordBatch.isTransactional(buffer, at) && abortedProducers.has(producerId)
    }
    // A marker is alone in its batch.
    const end = RecordBatch.recordsCount(buffer, at) === 1
      ? ControlRecord.endOfTransaction(buffer, at)
      : undefined
    if (end !== undefined) abortedProducers.delete(producerId)
    return true
  }
}
