// Opens a partition's directory. After a clean stop its files are believed; after any other, every
// segment that may hold what the device never got is read through, cut at the first batch that is
// not sound, and what lies after the cut is removed: the longest valid prefix remains, and one line in
// the log says what went. Indexes and producers are made anew from what was read, in the same pass.
import * as Effect from "effect/Effect"
import { ProducerState } from "../../domain/log/ProducerState.ts"
import type { Expectation } from "../../domain/log/SegmentScan.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import type { Disk, DiskError, DiskFile } from "../disk/Disk.ts"
import * as LogSurvey from "./LogSurvey.ts"
import type { LogState } from "./PartitionLog.ts"
import { Segment } from "./Segment.ts"
import * as SegmentIndexes from "./SegmentIndexes.ts"
import * as SegmentScanner from "./SegmentScanner.ts"

export interface OpenOptions {
  readonly name: string
  readonly directory: string
  /** The last stop left its marker: files are whole. */
  readonly isClean: boolean
  /** Everything before this offset is on the device, whole. */
  readonly recoveryPoint: number
  /** As checkpointed; records before it were deleted by request. */
  readonly logStartOffset: number
  readonly leaderEpoch: number
  readonly mayHaveHoles: boolean
  readonly indexIntervalBytes: number
}

type Bounds = Pick<Expectation, "mayHaveHoles" | "leaderEpochMax">

/** What a partition begins with that has no records. */
export const empty = (
  disk: Disk["Service"],
  directory: string,
  leaderEpoch: number,
  logStartOffset = 0
): LogState => ({
  segments: [Segment.create(disk, directory, logStartOffset)],
  logStartOffset,
  logEndOffset: logStartOffset,
  leaderEpoch,
  producers: new ProducerState(),
  snapshotOffset: undefined
})

export const open = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  options: OpenOptions
): Effect.fn.Return<LogState, DiskError> {
  const { directory, isClean, leaderEpoch, logStartOffset } = options
  const found = yield* LogSurvey.take(disk, directory)
  if (found.segments.length === 0) return empty(disk, directory, leaderEpoch, logStartOffset)
  const bounds = { mayHaveHoles: options.mayHaveHoles, leaderEpochMax: leaderEpoch }
  const trusted = isClean
    ? found.segments.length - 1
    : Math.max(0, found.segments.findLastIndex((it) => it.baseOffset <= options.recoveryPoint))
  const scanFrom = found.segments[trusted]!.baseOffset
  const snapshot = yield* LogSurvey.lastSnapshot(found, isClean ? Infinity : scanFrom)
  const producers = snapshot?.producers ?? new ProducerState()
  // A clean stop leaves no snapshot only where there were no producers.
  const replayFrom = snapshot?.offset ?? (isClean ? Infinity : 0)
  yield* replay(producers, found.segments, replayFrom, scanFrom, bounds)
  const onBatch = (buffer: Buffer, at: number): void => {
    if (RecordBatch.baseOffset(buffer, at) >= replayFrom) producers.appendBatch(buffer, at)
  }
  const { logEndOffset, segments } = yield* recover(
    found.segments,
    trusted,
    { bounds, onBatch, replayFrom },
    options
  )
  yield* LogSurvey.dropSnapshots(found, segments, logEndOffset)
  if (logStartOffset > logEndOffset) {
    yield* LogSurvey.remove(segments)
    return empty(disk, directory, leaderEpoch, logStartOffset)
  }
  return {
    segments,
    logStartOffset: Math.max(segments[0]!.baseOffset, logStartOffset),
    logEndOffset,
    leaderEpoch,
    producers,
    snapshotOffset: found.snapshots.findLast((offset) => offset <= logEndOffset)
  }
})

interface Recovered {
  readonly segments: Array<Segment>
  readonly logEndOffset: number
}

/** What is done with the batches that are read. */
interface Pass {
  readonly bounds: Bounds
  readonly onBatch: (buffer: Buffer, at: number) => void
  /** Producers are not known from this offset on. */
  readonly replayFrom: number
}

/** Reads the segments from `trusted` on, until one is not sound to its end. */
const recover = Effect.fnUntraced(function*(
  segments: Array<Segment>,
  trusted: number,
  pass: Pass,
  options: OpenOptions
): Effect.fn.Return<Recovered, DiskError> {
  const { bounds, onBatch } = pass
  let logEndOffset = segments[trusted]!.baseOffset
  for (let i = trusted; i < segments.length; i++) {
    const segment = segments[i]!
    const isInPlace = i === trusted || bounds.mayHaveHoles || segment.baseOffset === logEndOffset
    const before = segment.sizeBytes
    const scanned = !isInPlace
      ? { nextOffset: logEndOffset, reason: `the next segment begins at ${segment.baseOffset}` }
      : options.isClean
      ? yield* readTail(segment, pass)
      : yield* SegmentIndexes.rebuild(segment, onBatch, bounds, options.indexIntervalBytes)
    logEndOffset = scanned.nextOffset
    if (!options.isClean) {
      // What was read may still be in the page cache only, and so may the file's name.
      segment.syncedBytes = 0
      segment.isNameDurable = false
    }
    if (scanned.reason !== undefined) {
      const kept = isInPlace ? segments.slice(0, i + 1) : segments.slice(0, i)
      const lost = isInPlace ? before - segment.sizeBytes : 0
      yield* cut(kept, segments.slice(kept.length), lost, `${options.name}: ${scanned.reason}`)
      return { segments: kept, logEndOffset }
    }
    segment.writtenFromBytes = segment.sizeBytes
    if (segment.sizeBytes < before) {
      yield* segment.cutBack
      if (segment === segments.at(-1) && logEndOffset < options.recoveryPoint) {
        yield* Effect.logWarning(
          `${options.name} ends at offset ${logEndOffset}, where zeros follow, but was on the ` +
            `device up to ${options.recoveryPoint}: records are gone`
        )
      }
    }
  }
  return { segments, logEndOffset }
})

/** After a clean stop only what lies behind the last index entry need be walked to know the end. */
const readTail = Effect.fnUntraced(function*(
  segment: Segment,
  { bounds, onBatch, replayFrom }: Pass
): Effect.fn.Return<Pick<SegmentScanner.ScanEnd, "nextOffset" | "reason">, DiskError> {
  if (segment.sizeBytes === 0) {
    segment.beginIndexes()
    return { nextOffset: segment.baseOffset, reason: undefined }
  }
  yield* SegmentIndexes.load(segment)
  const file = yield* segment.open
  const index = segment.offsetIndex!
  const isTailEnough = replayFrom >= index.lastOffset
  const from = isTailEnough ? index.lastPosition : 0
  const nextOffset = isTailEnough ? index.lastOffset : segment.baseOffset
  // What is read from the start on tells by itself.
  segment.firstTimestamp = from > 0 ? yield* firstTimestamp(file) : undefined
  const expected = { ...bounds, nextOffset }
  const scanned = yield* SegmentScanner.scan(
    file,
    from,
    segment.sizeBytes,
    expected,
    (buffer, at) => {
      segment.firstTimestamp ??= RecordBatch.maxTimestamp(buffer, at)
      onBatch(buffer, at)
      return true
    }
  )
  yield* segment.close
  if (scanned.position < segment.sizeBytes) {
    segment.sizeBytes = scanned.position
    index.truncate(scanned.position)
    segment.timeIndex!.truncate(scanned.nextOffset)
  }
  return scanned
})

/** Of a segment that holds a batch. */
export const firstTimestamp = (file: DiskFile): Effect.Effect<number | undefined, DiskError> => {
  const header = Buffer.allocUnsafeSlow(RecordBatch.HEADER_BYTES)
  return Effect.map(
    file.read(header, 0, header.length, 0),
    (length) => length === header.length ? RecordBatch.maxTimestamp(header, 0) : undefined
  )
}

/** Removes what is not sound, and says so. */
const cut = Effect.fnUntraced(function*(
  kept: ReadonlyArray<Segment>,
  removed: ReadonlyArray<Segment>,
  bytesOfLast: number,
  reason: string
): Effect.fn.Return<void, DiskError> {
  const last = kept.at(-1)!
  const bytes = removed.reduce((sum, segment) => sum + segment.sizeBytes, bytesOfLast)
  yield* Effect.logWarning(
    `${reason}; cut ${last.pathOf(".log")} at byte ${last.sizeBytes}, ${bytes} bytes are gone` +
      (removed.length > 0 ? `, with them ${removed.length} later segments` : "")
  )
  yield* last.cutBack
  last.writtenFromBytes = last.sizeBytes
  last.syncedBytes = 0
  last.isIndexed = false
  yield* LogSurvey.remove(removed)
  yield* last.disk.syncDirectory(last.directory)
})

/** What producers wrote from `from` up to where the scan begins: the snapshot there was lost. */
const replay = Effect.fnUntraced(function*(
  producers: ProducerState,
  segments: ReadonlyArray<Segment>,
  from: number,
  scanFrom: number,
  bounds: Bounds
): Effect.fn.Return<void, DiskError> {
  for (const [i, segment] of segments.entries()) {
    const end = segments[i + 1]?.baseOffset ?? Infinity
    if (end <= from || segment.baseOffset >= scanFrom || segment.sizeBytes === 0) continue
    const file = yield* segment.open
    const expected = { ...bounds, nextOffset: segment.baseOffset }
    yield* SegmentScanner.scan(file, 0, segment.sizeBytes, expected, (buffer, at) => {
      if (RecordBatch.baseOffset(buffer, at) >= from) producers.appendBatch(buffer, at)
      return true
    })
  }
})
