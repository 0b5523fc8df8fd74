// Which records of a batch survive compaction: of each key the newest one, and the tombstones (records
// without a value) until everybody had the time to read them. What remains of a batch keeps its
// offsets, timestamps, sequence and place in its transaction; only the checksum is new.
//
// A tombstone goes delete.retention.ms after it was first cleaned. The time is noted in the batch, as
// Kafka does (KIP-534): the base timestamp becomes this horizon, and record times count from it.
//
// What is not sure stays. Markers of transactions are never touched; records of transactions may go
// when a newer one outside of transactions replaces them, but replace none themselves, because they
// may have been aborted; and no batch of theirs vanishes. Source: Kafka's Cleaner, MemoryRecords.
import { NO_TIMESTAMP, writeInt64 } from "../Offset.ts"
import { crc32c } from "../record/Crc32c.ts"
import * as RecordBatch from "../record/RecordBatch.ts"
import { RecordCursor } from "../record/RecordCursor.ts"
import * as Varint from "../record/Varint.ts"
import type { KeyOffsets } from "./KeyOffsets.ts"

export interface Rules {
  readonly newest: KeyOffsets
  readonly nowMs: number
  readonly deleteRetentionMs: number
  /** The last batch of each producer stays, if only its header: sequences go on from it. */
  readonly isLastOfProducer: (batch: Buffer, at: number) => boolean
}

/** What remains of a batch. */
export type Survivors =
  | { readonly _tag: "All" }
  | { readonly _tag: "None" }
  | { readonly _tag: "Header" }
  | Some

export interface Some {
  readonly _tag: "Some"
  /** The records that remain, uncompressed. */
  readonly records: Buffer
  readonly count: number
  readonly maxTimestamp: number
  /** Set when the batch gets its horizon now. */
  readonly deleteHorizonMs: number | undefined
}

const ALL: Survivors = { _tag: "All" }
const NONE: Survivors = { _tag: "None" }
const HEADER: Survivors = { _tag: "Header" }

/** Whether a batch must be opened to be noted or filtered: some are kept or dropped as they are. */
export const hasRecords = (batch: Buffer, at: number): boolean =>
  !RecordBatch.isControl(batch, at) && RecordBatch.recordsCount(batch, at) > 0

/**
 * Notes the keys of a batch. False when there was no room for all of them; `newest.endOffset` then
 * tells up to which record they are noted. `records` are the batch's, uncompressed.
 */
export const note = (
  batch: Buffer,
  at: number,
  records: Buffer,
  newest: KeyOffsets
): boolean => {
  const baseOffset = RecordBatch.baseOffset(batch, at)
  if (hasRecords(batch, at) && !RecordBatch.isTransactional(batch, at)) {
    const cursor = new RecordCursor(records)
    while (cursor.next()) {
      const offset = baseOffset + cursor.offsetDelta
      if (offset < newest.endOffset) continue
      if (cursor.hasKey && !newest.put(cursor.key, offset)) return false
      newest.endOffset = offset + 1
    }
    if (cursor.isDamaged) throw new DamagedRecords(baseOffset)
  }
  newest.endOffset = Math.max(newest.endOffset, RecordBatch.nextOffset(batch, at))
  return true
}

/** The records of a batch with a right checksum are not what they should be. */
export class DamagedRecords extends Error {
  constructor(baseOffset: number) {
    super(`the records of the batch at offset ${baseOffset} make no sense`)
  }
}

/** What remains of a batch. `records` are the batch's, uncompressed; unused without `hasRecords`. */
export const filter = (batch: Buffer, at: number, records: Buffer, rules: Rules): Survivors => {
  if (RecordBatch.isControl(batch, at)) return ALL
  const mayVanish = !RecordBatch.isTransactional(batch, at) && !rules.isLastOfProducer(batch, at)
  if (RecordBatch.recordsCount(batch, at) === 0) return mayVanish ? NONE : ALL
  const kept = walk(batch, at, records, rules)
  if (kept.count === 0) return mayVanish ? NONE : HEADER
  const isWhole = kept.count === RecordBatch.recordsCount(batch, at)
  if (kept.deleteHorizonMs === undefined && isWhole) return ALL
  const { count, deleteHorizonMs, maxTimestamp } = kept
  const left = deleteHorizonMs === undefined
    ? joined(records, kept)
    : retimed(records, kept, RecordBatch.baseTimestamp(batch, at) - deleteHorizonMs)
  return { _tag: "Some", records: left, count, maxTimestamp, deleteHorizonMs }
}

interface Kept {
  /** Where each record that remains begins and ends. */
  readonly ranges: ReadonlyArray<number>
  readonly count: number
  readonly bytes: number
  readonly maxTimestamp: number
  readonly deleteHorizonMs: number | undefined
}

const walk = (batch: Buffer, at: number, records: Buffer, rules: Rules): Kept => {
  const { deleteRetentionMs, newest, nowMs } = rules
  const baseOffset = RecordBatch.baseOffset(batch, at)
  const baseTimestamp = RecordBatch.baseTimestamp(batch, at)
  const horizonMs = RecordBatch.deleteHorizonMs(batch, at)
  const isTransactional = RecordBatch.isTransactional(batch, at)
  const isPastHorizon = horizonMs !== undefined && nowMs >= horizonMs && !isTransactional
  const cursor = new RecordCursor(records)
  const ranges: Array<number> = []
  let bytes = 0
  let maxTimestamp = NO_TIMESTAMP
  let needsHorizon = false
  while (cursor.next()) {
    const offset = baseOffset + cursor.offsetDelta
    const isKnown = offset < newest.endOffset
    if (isKnown) {
      // Keyless ones come from the time before the topic was compacted.
      if (!cursor.hasKey || newest.get(cursor.key) > offset) continue
      if (!cursor.hasValue && isPastHorizon) continue
      needsHorizon ||= !cursor.hasValue && horizonMs === undefined && !isTransactional
    }
    ranges.push(cursor.start, cursor.end)
    bytes += cursor.end - cursor.start
    maxTimestamp = Math.max(maxTimestamp, baseTimestamp + cursor.timestampDelta)
  }
  if (cursor.isDamaged) throw new DamagedRecords(baseOffset)
  return {
    ranges,
    count: ranges.length / 2,
    bytes,
    maxTimestamp: RecordBatch.isLogAppendTime(batch, at)
      ? RecordBatch.maxTimestamp(batch, at)
      : maxTimestamp,
    deleteHorizonMs: needsHorizon ? nowMs + deleteRetentionMs : undefined
  }
}

const joined = (records: Buffer, { bytes, ranges }: Kept): Buffer => {
  const made = Buffer.allocUnsafeSlow(bytes)
  let to = 0
  for (let i = 0; i < ranges.length; i += 2) {
    to += records.copy(made, to, ranges[i], ranges[i + 1])
  }
  return made
}

/** Ten bytes are the longest timestamp delta, five the longest length. */
const GROWTH_MAX = 15

/** The same, with so much added to every timestamp delta. */
const retimed = (records: Buffer, { bytes, count, ranges }: Kept, shiftMs: number): Buffer => {
  const made = Buffer.allocUnsafeSlow(bytes + count * GROWTH_MAX)
  const cursor = new RecordCursor(records)
  let to = 0
  for (let i = 0; i < ranges.length; i += 2) {
    cursor.goTo(ranges[i]!)
    const delta = cursor.timestampDelta + shiftMs
    const rest = cursor.end - cursor.offsetDeltaAt
    to = Varint.putVarint(made, to, 1 + Varint.varlongBytes(delta) + rest)
    made[to++] = 0 // attributes: none are in use
    to = Varint.putVarlong(made, to, delta)
    to += records.copy(made, to, cursor.offsetDeltaAt, cursor.end)
  }
  return made.subarray(0, to)
}

/** The batch with the records that remain, `payload` being these in the batch's codec. */
export const rebuilt = (batch: Buffer, at: number, payload: Buffer, some: Some): Buffer => {
  const made = Buffer.allocUnsafeSlow(RecordBatch.HEADER_BYTES + payload.length)
  batch.copy(made, 0, at, at + RecordBatch.HEADER_BYTES)
  payload.copy(made, RecordBatch.HEADER_BYTES)
  if (some.deleteHorizonMs !== undefined) {
    made.writeInt16BE(RecordBatch.withDeleteHorizon(RecordBatch.attributes(batch, at)), 21)
    writeInt64(made, some.deleteHorizonMs, 27)
  }
  writeInt64(made, some.maxTimestamp, 35)
  return sealed(made, some.count)
}

/** The header of a batch without its records: what is left to tell of a producer. */
export const emptied = (batch: Buffer, at: number): Buffer => {
  const made = Buffer.from(batch.subarray(at, at + RecordBatch.HEADER_BYTES))
  made.writeInt16BE(RecordBatch.withoutRecords(RecordBatch.attributes(batch, at)), 21)
  writeInt64(made, NO_TIMESTAMP, 27)
  return sealed(made, 0)
}

const sealed = (made: Buffer, count: number): Buffer => {
  made.writeInt32BE(made.length - RecordBatch.LENGTH_PREFIX_BYTES, 8)
  made.writeInt32BE(count, 57)
  made.writeUInt32BE(crc32c(made, RecordBatch.CRC_FROM, made.length), 17)
  return made
}
