// Walks all batches of a segment in pieces of bounded size, and goes on behind what is damaged where it
// can find a batch again: by the damaged one's length, or by the next index entry. So it tells how
// much is lost, and not only where it begins.
import * as Effect from "effect/Effect"
import type { OffsetIndex } from "../../../domain/log/OffsetIndex.ts"
import * as SegmentScan from "../../../domain/log/SegmentScan.ts"
import { NO_TIMESTAMP } from "../../../domain/Offset.ts"
import * as RecordBatch from "../../../domain/record/RecordBatch.ts"
import type { DiskError, DiskFile } from "../../../layers/disk/Disk.ts"
import * as SegmentScanner from "../../../layers/storage/SegmentScanner.ts"
import type { IndexJudge } from "./IndexJudge.ts"

/** So many damages of a segment are told, then it is left. */
const DAMAGES_MAX = 20

export interface Damage {
  readonly position: number
  /** What was expected there. */
  readonly offset: number
  readonly reason: string
  /** Where sound batches go on; undefined when none were found. */
  readonly resumed: Place | undefined
  /** Whether sound batches lie behind it. */
  readonly isFollowed: boolean
}

export interface Place {
  readonly position: number
  readonly offset: number
}

export interface Walked {
  readonly batches: number
  readonly records: number
  /** Behind the last batch that could be read. */
  readonly nextOffset: number
  readonly maxTimestamp: number
  readonly damages: ReadonlyArray<Damage>
}

export interface Segment {
  readonly file: DiskFile
  readonly baseOffset: number
  readonly sizeBytes: number
  readonly bounds: Pick<SegmentScan.Expectation, "mayHaveHoles" | "leaderEpochMax">
  /** Where one is to be had that makes sense: to find batches again. */
  readonly index: OffsetIndex | undefined
  readonly judges: ReadonlyArray<IndexJudge>
}

export const walk = Effect.fnUntraced(function*(
  segment: Segment
): Effect.fn.Return<Walked, DiskError> {
  const { baseOffset, bounds, file, judges, sizeBytes } = segment
  const damages: Array<Omit<Damage, "isFollowed"> & { readonly batchesBefore: number }> = []
  let batches = 0
  let records = 0
  let maxTimestamp = NO_TIMESTAMP
  const onBatch = (b: Buffer, at: number, position: number): boolean => {
    const count = RecordBatch.recordsCount(b, at)
    const batch = {
      baseOffset: RecordBatch.baseOffset(b, at),
      position,
      maxTimestamp: count === 0 ? NO_TIMESTAMP : RecordBatch.maxTimestamp(b, at)
    }
    for (const judge of judges) judge.batch(batch)
    batches++
    records += count
    maxTimestamp = Math.max(maxTimestamp, batch.maxTimestamp)
    return true
  }
  let place: Place | undefined = { position: 0, offset: baseOffset }
  let nextOffset = baseOffset
  while (place !== undefined && damages.length < DAMAGES_MAX) {
    const expected = { ...bounds, nextOffset: place.offset }
    const end: SegmentScanner.ScanEnd = yield* SegmentScanner.scan(
      file,
      place.position,
      sizeBytes,
      expected,
      onBatch
    )
    nextOffset = end.nextOffset
    if (end.reason === undefined) break
    for (const judge of judges) judge.unknown(end.position, end.nextOffset)
    place = yield* resume(segment, { position: end.position, offset: end.nextOffset })
    damages.push({
      position: end.position,
      offset: end.nextOffset,
      reason: end.reason,
      resumed: place,
      batchesBefore: batches
    })
  }
  return {
    batches,
    records,
    nextOffset,
    maxTimestamp,
    damages: damages.map(({ batchesBefore, ...damage }) => ({
      ...damage,
      isFollowed: batches > batchesBefore
    }))
  }
})

/** Where to go on behind a batch that is not sound. */
const resume = Effect.fnUntraced(function*(
  segment: Segment,
  { offset, position }: Place
): Effect.fn.Return<Place | undefined, DiskError> {
  const { bounds, file, sizeBytes } = segment
  const bad = yield* headerAt(file, position, sizeBytes)
  const next = bad && (yield* headerAt(file, position + bad.sizeBytes, sizeBytes))
  if (bad === undefined || (next === undefined && position + bad.sizeBytes < sizeBytes)) {
    return yield* resumeByIndex(segment, position, offset)
  }
  const isInPlace = bounds.mayHaveHoles ? bad.baseOffset >= offset : bad.baseOffset === offset
  // A whole batch with another offset than expected is taken at its word, unless the one behind it
  // goes on as if it had said the right one.
  if (!isInPlace && next?.baseOffset !== offset + bad.offsets) {
    return { position, offset: bad.baseOffset }
  }
  return next && { position: position + bad.sizeBytes, offset: next.baseOffset }
})

/** The first batch behind `position` that the index tells of truly. */
const resumeByIndex = Effect.fnUntraced(function*(
  { file, index, sizeBytes }: Segment,
  position: number,
  offset: number
): Effect.fn.Return<Place | undefined, DiskError> {
  for (let i = 0; i < (index?.entries ?? 0); i++) {
    const at = index!.positionAt(i)
    if (at <= position || index!.offsetAt(i) < offset) continue
    const header = yield* headerAt(file, at, sizeBytes)
    if (header?.baseOffset === index!.offsetAt(i)) {
      return { position: at, offset: header.baseOffset }
    }
  }
  return undefined
})

interface Header {
  readonly baseOffset: number
  readonly sizeBytes: number
  /** How many offsets it takes. */
  readonly offsets: number
}

/** The header of what may be a batch: its size and magic make sense, and it lies in the file. */
const headerAt = Effect.fnUntraced(function*(
  file: DiskFile,
  position: number,
  end: number
): Effect.fn.Return<Header | undefined, DiskError> {
  const bytes = Buffer.alloc(RecordBatch.HEADER_BYTES)
  if (position + bytes.length > end) return undefined
  const count = yield* file.read(bytes, 0, bytes.length, position)
  const sizeBytes = RecordBatch.sizeBytes(bytes, 0)
  const isPlausible = count === bytes.length && RecordBatch.magic(bytes, 0) === RecordBatch.MAGIC &&
    SegmentScan.isSizeSensible(sizeBytes) && position + sizeBytes <= end
  return isPlausible
    ? {
      baseOffset: RecordBatch.baseOffset(bytes, 0),
      sizeBytes,
      offsets: RecordBatch.lastOffsetDelta(bytes, 0) + 1
    }
    : undefined
})
