// A batch of records that was fetched: where it comes from, and its records, uncompressed. Reading walks the lengths of each record once and checks that they fit; damage shows before anything of
// the record is given out.
import type { LeaderEpoch, Offset, Timestamp } from "../../../domain/Offset.ts"
import { NO_TIMESTAMP, readInt64 } from "../../../domain/Offset.ts"
import * as RecordBatch from "../../../domain/record/RecordBatch.ts"
import * as Varint from "../../../domain/record/Varint.ts"
import type { PartitionId, TopicName } from "../../../domain/Topic.ts"
import { ConsumerRecord, type RecordOrigin } from "./ConsumerRecord.ts"

export class FetchedBatch implements RecordOrigin {
  readonly topic: TopicName
  readonly partition: PartitionId
  readonly leaderEpoch: LeaderEpoch
  readonly baseOffset: Offset
  /** The last one that the batch covers; compaction may have taken its record away. */
  readonly lastOffset: Offset
  readonly baseTimestampMs: Timestamp
  readonly appendTimestampMs: Timestamp
  /** Records that it holds, those below `firstOffset` among them. */
  readonly count: number
  /** Records below it were not asked for, and are not given. */
  readonly firstOffset: Offset
  /** The records, uncompressed. */
  readonly bytes: Buffer
  readonly memory: ArrayBufferLike
  readonly memoryAt: number

  /** The batch at `at`; `bytes` are its records uncompressed. */
  constructor(
    topic: TopicName,
    partition: PartitionId,
    firstOffset: Offset,
    buffer: Buffer,
    at: number,
    bytes: Buffer
  ) {
    this.topic = topic
    this.partition = partition
    this.leaderEpoch = RecordBatch.leaderEpoch(buffer, at)
    this.baseOffset = readInt64(buffer, at)
    this.lastOffset = this.baseOffset + RecordBatch.lastOffsetDelta(buffer, at)
    this.baseTimestampMs = RecordBatch.baseTimestamp(buffer, at)
    this.appendTimestampMs = RecordBatch.isLogAppendTime(buffer, at)
      ? RecordBatch.maxTimestamp(buffer, at)
      : NO_TIMESTAMP
    this.count = RecordBatch.recordsCount(buffer, at)
    this.firstOffset = firstOffset
    this.bytes = bytes
    this.memory = bytes.buffer
    this.memoryAt = bytes.byteOffset
  }
}

/** Why a batch cannot be read on. */
export interface Damage {
  readonly offset: Offset
  readonly detail: string
}

/** One without key, value and headers. */
const RECORD_BYTES_MIN = 7

/** Goes once through the records of a batch, in pieces of any size. */
export class RecordReader {
  readonly batch: FetchedBatch
  private readonly cursor: Varint.Cursor
  private left: number
  private damage: Damage | undefined

  constructor(batch: FetchedBatch) {
    this.batch = batch
    this.cursor = new Varint.Cursor(batch.bytes, 0)
    this.left = batch.count
  }

  get isDone(): boolean {
    return this.left <= 0
  }

  /** Adds at most `recordsMax` records to `into`; stops at one that is not whole. */
  read(recordsMax: number, into: Array<ConsumerRecord>): Damage | undefined {
    const { batch, cursor } = this
    if (this.damage !== undefined) return this.damage
    const firstDelta = batch.firstOffset - batch.baseOffset
    const end = batch.bytes.length
    let wanted = recordsMax
    let count = into.length
    // Growing it bit by bit would copy what is there again and again.
    const bytesLeft = Math.max(0, end - cursor.position)
    into.length = count + Math.min(this.left, wanted, Math.ceil(bytesLeft / RECORD_BYTES_MIN))
    while (this.left > 0 && wanted > 0) {
      const recordEnd = cursor.varint() + cursor.position
      const start = cursor.position++
      const timestampDelta = cursor.varlong()
      const offsetDelta = cursor.varint()
      const keyLength = cursor.varint()
      const keyAt = cursor.position
      if (keyLength > 0) cursor.position = keyAt + keyLength
      const valueLength = cursor.varint()
      const valueAt = cursor.position
      const valueEnd = valueLength > 0 ? valueAt + valueLength : valueAt
      // Behind the value there is at least the number of headers. A cursor beyond the bytes has read zeros.
      if (recordEnd > end || recordEnd <= start || valueEnd >= recordEnd) {
        into.length = count
        return this.damaged(offsetDelta)
      }
      cursor.position = recordEnd
      this.left--
      if (offsetDelta < firstDelta) continue
      wanted--
      // Its place is known: push asks for the length of the array each time.
      into[count++] = new ConsumerRecord(
        batch,
        offsetDelta,
        timestampDelta,
        keyAt,
        keyLength,
        valueAt,
        valueLength
      )
    }
    into.length = count
    return this.left <= 0 && cursor.position !== end ? this.damaged(0) : undefined
  }

  private damaged(offsetDelta: number): Damage {
    const { baseOffset, count, lastOffset } = this.batch
    const offset = Math.min(Math.max(baseOffset, baseOffset + offsetDelta), lastOffset)
    const detail = this.left <= 0
      ? `the batch has more bytes than its ${count} records`
      : `record ${count - this.left} of the batch is not whole`
    this.damage = { offset, detail }
    return this.damage
  }
}
