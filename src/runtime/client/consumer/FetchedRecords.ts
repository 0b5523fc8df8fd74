// What one fetch brought for one partition: bytes of batches, gone through batch by batch. Decides what of
// them the application sees: whole batches whose checksum is right, without control batches, without aborted
// transactions, and from the fetch offset on.
//
// Invariant: `nextOffset` is where reading goes on when all that was given out so far is done.
import type { Offset } from "../../../domain/Offset.ts"
import * as CompressionType from "../../../domain/record/CompressionType.ts"
import * as ControlRecord from "../../../domain/record/ControlRecord.ts"
import * as RecordBatch from "../../../domain/record/RecordBatch.ts"
import { type AbortedTransaction, AbortedTransactions } from "./AbortedTransactions.ts"
import { type Damage, FetchedBatch, type RecordReader } from "./FetchedBatch.ts"
import type { AssignedPartition } from "./SubscriptionState.ts"

export interface FetchRules {
  readonly checkCrcs: boolean
  readonly isCommittedOnly: boolean
}

/** A batch that must be decompressed first. */
export class ClosedBatch {
  /** Where it lies in what was fetched. */
  readonly at: number
  readonly type: CompressionType.CompressionType
  readonly payload: Buffer
  private readonly make: (bytes: Buffer) => FetchedBatch

  constructor(
    at: number,
    type: CompressionType.CompressionType,
    payload: Buffer,
    make: (bytes: Buffer) => FetchedBatch
  ) {
    this.at = at
    this.type = type
    this.payload = payload
    this.make = make
  }

  open(bytes: Buffer): FetchedBatch {
    return this.make(bytes)
  }
}

export class FetchedRecords {
  readonly partition: AssignedPartition
  /** Who it was fetched from. */
  readonly nodeId: number
  readonly incarnation: number
  /** Where the next fetch of the partition begins. */
  readonly endOffset: Offset
  /** Whether anything was asked of it yet. */
  isBegun = false
  nextOffset: Offset
  /** The batch that is being given out, if any. */
  reader: RecordReader | undefined
  /** The batch that has to be opened first, if any. */
  closed: ClosedBatch | undefined
  private readonly records: Buffer
  private readonly rules: FetchRules
  private readonly aborted: AbortedTransactions | undefined
  private at = 0

  constructor(
    partition: AssignedPartition,
    nodeId: number,
    fetchOffset: Offset,
    records: Buffer,
    transactions: ReadonlyArray<AbortedTransaction> | null,
    rules: FetchRules
  ) {
    this.partition = partition
    this.nodeId = nodeId
    this.incarnation = partition.incarnation
    this.nextOffset = fetchOffset
    this.records = records
    this.rules = rules
    this.aborted = rules.isCommittedOnly && transactions !== null
      ? new AbortedTransactions(transactions)
      : undefined
    this.endOffset = endOf(records, fetchOffset)
  }

  get bytes(): number {
    return this.records.length
  }

  /** Whether what it brought is still wanted. */
  get isCurrent(): boolean {
    return this.incarnation === this.partition.incarnation
  }

  /** The next batch that holds something for the application; undefined when there is none left. */
  next(): FetchedBatch | ClosedBatch | Damage | undefined {
    const { records } = this
    while (isWholeAt(records, this.at)) {
      const at = this.at
      const damage = this.checkFrame(at)
      if (damage !== undefined) return damage
      const lastOffset = RecordBatch.lastOffset(records, at)
      if (lastOffset >= this.nextOffset) {
        const inside = this.checkContent(at)
        if (inside !== undefined) return inside
      }
      this.at += RecordBatch.sizeBytes(records, at)
      if (lastOffset < this.nextOffset) continue
      if (!this.isLeftOut(at, lastOffset)) return this.batch(at)
      this.nextOffset = lastOffset + 1
    }
    if (this.at === 0 && records.length > 0) {
      return { offset: this.nextOffset, detail: "the broker gave no whole batch" }
    }
    return undefined
  }

  private batch(at: number): FetchedBatch | ClosedBatch {
    const { nextOffset, partition: { partition, topic }, records } = this
    const payload = records.subarray(
      at + RecordBatch.HEADER_BYTES,
      at + RecordBatch.sizeBytes(records, at)
    )
    const make = (bytes: Buffer) =>
      new FetchedBatch(topic, partition, nextOffset, records, at, bytes)
    const type = RecordBatch.compressionType(records, at)
    return type === CompressionType.NONE
      ? make(payload)
      : new ClosedBatch(at, type as CompressionType.CompressionType, payload, make)
  }

  /** Compressed batches that come next, at most so many; whether they are sound is not looked at. */
  closedAhead(countMax: number): ReadonlyArray<ClosedBatch> {
    const { records } = this
    const batches: Array<ClosedBatch> = []
    for (let at = this.at; batches.length < countMax && isWholeAt(records, at);) {
      if (RecordBatch.sizeBytes(records, at) < RecordBatch.HEADER_BYTES) break
      const batch = this.batch(at)
      if (!(batch instanceof ClosedBatch)) break
      batches.push(batch)
      at += RecordBatch.sizeBytes(records, at)
    }
    return batches
  }

  private isLeftOut(at: number, lastOffset: Offset): boolean {
    const { aborted, records } = this
    if (RecordBatch.isControl(records, at)) {
      if (ControlRecord.endOfTransaction(records, at)?.isCommit === false) {
        aborted?.ended(RecordBatch.producerId(records, at), lastOffset)
      }
      return true
    }
    if (RecordBatch.recordsCount(records, at) === 0) return true
    return aborted !== undefined && RecordBatch.isTransactional(records, at) &&
      aborted.covers(RecordBatch.producerId(records, at), lastOffset)
  }

  private checkFrame(at: number): Damage | undefined {
    const { records } = this
    const magic = RecordBatch.magic(records, at)
    if (magic !== RecordBatch.MAGIC) {
      return this.damaged(at, `a batch of magic ${magic}, 2 is known`)
    }
    const size = RecordBatch.sizeBytes(records, at)
    return size < RecordBatch.HEADER_BYTES
      ? this.damaged(at, `a batch of ${size} bytes`)
      : undefined
  }

  private checkContent(at: number): Damage | undefined {
    const { records } = this
    const size = RecordBatch.sizeBytes(records, at)
    if (this.rules.checkCrcs && !RecordBatch.isCrcRight(records, at, size)) {
      return this.damaged(at, "the checksum of the batch is wrong")
    }
    const type = RecordBatch.compressionType(records, at)
    if (CompressionType.nameOf(type) === undefined) {
      return this.damaged(at, `the batch is compressed by codec ${type}, which is not known`)
    }
    return RecordBatch.recordsCount(records, at) < 0
      ? this.damaged(at, "the batch counts less than no records")
      : undefined
  }

  private damaged(at: number, detail: string): Damage {
    const offset = Math.max(this.nextOffset, RecordBatch.baseOffset(this.records, at))
    return { offset, detail }
  }
}

/** The last batch of a fetch may be cut off. */
const isWholeAt = (records: Buffer, at: number): boolean =>
  records.length - at >= RecordBatch.LENGTH_PREFIX_BYTES + 5 &&
  records.length - at >= RecordBatch.sizeBytes(records, at)

const endOf = (records: Buffer, fetchOffset: Offset): Offset => {
  let end = fetchOffset
  for (let at = 0; isWholeAt(records, at);) {
    const size = RecordBatch.sizeBytes(records, at)
    if (size < RecordBatch.HEADER_BYTES) break
    end = Math.max(end, RecordBatch.nextOffset(records, at))
    at += size
  }
  return end
}
