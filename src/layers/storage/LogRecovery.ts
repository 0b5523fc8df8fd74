// Opens a partition's directory. After a clean stop its files are believed; after any other, every
// segment that may hold what the device never got is read through, cut at the first batch that is
// not sound, and what lies after the cut is removed: the longest valid prefix remains, and one line in
// the log says what went. Indexes and producers are made anew from what was read.
import * as Effect from "effect/Effect"
import { ProducerState } from "../../domain/log/ProducerState.ts"
import * as SegmentName from "../../domain/log/SegmentName.ts"
import type { Expectation } from "../../domain/log/SegmentScan.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"
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

/** What a partition begins with that has no directory yet. */
export const empty = (disk: Disk["Service"], directory: string, leaderEpoch: number): LogState => ({
  segments: [Segment.create(disk, directory, 0)],
  logStartOffset: 0,
  logEndOffset: 0,
  leaderEpoch,
  producers: new ProducerState()
})

export const open = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  options: OpenOptions
): Effect.fn.Return<LogState, DiskError> {
  const { directory, leaderEpoch } = options
  const found = yield* survey(disk, directory)
  if (found.segments.length === 0) {
    return { ...empty(disk, directory, leaderEpoch), ...startAt(disk, options) }
  }
  const bounds = { mayHaveHoles: options.mayHaveHoles, leaderEpochMax: leaderEpoch }
  const trusted = options.isClean
    ? found.segments.length - 1
    : found.segments.findLastIndex(({ baseOffset }) => baseOffset <= options.recoveryPoint)
  const recovered = yield* recover(disk, found.segments, Math.max(0, trusted), bounds, options)
  const snapshotLimit = options.isClean ? recovered.logEndOffset : recovered.scannedFrom
  const producers = yield* replay(disk, found.snapshots, recovered, snapshotLimit, bounds)
  const first = recovered.segments[0]!.baseOffset
  return {
    segments: recovered.segments,
    logStartOffset: Math.min(Math.max(first, options.logStartOffset), recovered.logEndOffset),
    logEndOffset: recovered.logEndOffset,
    leaderEpoch,
    producers
  }
})

const startAt = (disk: Disk["Service"], { directory, logStartOffset }: OpenOptions) => ({
  segments: [Segment.create(disk, directory, logStartOffset)],
  logStartOffset,
  logEndOffset: logStartOffset
})

interface Survey {
  /** Oldest first. */
  readonly segments: Array<Segment>
  /** Offsets of producer snapshots, oldest first. */
  readonly snapshots: ReadonlyArray<number>
}

/** What lies in the directory; leftovers of deletions and of broken-off writes are removed. */
const survey = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string
): Effect.fn.Return<Survey, DiskError> {
  const segments: Array<Segment> = []
  const snapshots: Array<number> = []
  for (const { name } of yield* disk.list(directory)) {
    const path = `${directory}/${name}`
    if (name.endsWith(SegmentName.DELETED_SUFFIX) || name.endsWith(".tmp")) {
      yield* disk.remove(path)
      continue
    }
    const snapshot = SegmentName.parse(name, SegmentName.SNAPSHOT_SUFFIX)
    if (snapshot !== undefined) snapshots.push(snapshot)
    const baseOffset = SegmentName.parse(name, SegmentName.LOG_SUFFIX)
    if (baseOffset === undefined) continue
    const stat = yield* disk.stat(path)
    segments.push(new Segment(disk, directory, baseOffset, stat?.sizeBytes ?? 0))
  }
  return {
    segments: segments.sort((a, b) => a.baseOffset - b.baseOffset),
    snapshots: snapshots.sort((a, b) => a - b)
  }
})

interface Recovered {
  readonly segments: Array<Segment>
  readonly logEndOffset: number
  /** Segments from this offset on were read through. */
  readonly scannedFrom: number
}

/** Reads the segments from `trusted` on, until one is not sound to its end. */
const recover = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  segments: Array<Segment>,
  trusted: number,
  bounds: Bounds,
  options: OpenOptions
): Effect.fn.Return<Recovered, DiskError> {
  let logEndOffset = segments[trusted]!.baseOffset
  for (let i = trusted; i < segments.length; i++) {
    const segment = segments[i]!
    const isInPlace = i === trusted || bounds.mayHaveHoles || segment.baseOffset === logEndOffset
    const before = segment.sizeBytes
    const scanned = !isInPlace
      ? { nextOffset: logEndOffset, reason: `a segment begins there, not at ${logEndOffset}` }
      : options.isClean
      ? yield* readTail(segment, bounds)
      : yield* SegmentIndexes.rebuild(segment, undefined, bounds, options.indexIntervalBytes)
    logEndOffset = scanned.nextOffset
    if (scanned.reason !== undefined) {
      const kept = isInPlace ? segments.slice(0, i + 1) : segments.slice(0, i)
      yield* cut(disk, segments, kept, before, scanned.reason, options.name)
      return { segments: kept, logEndOffset, scannedFrom: segments[trusted]!.baseOffset }
    }
    segment.writtenFromBytes = segment.sizeBytes
    // What was read may still be in the page cache only.
    segment.syncedBytes = options.isClean ? segment.sizeBytes : 0
    if (!options.isClean && i < segments.length - 1) yield* segment.writeIndexes
  }
  return { segments, logEndOffset, scannedFrom: segments[trusted]!.baseOffset }
})

/** After a clean stop only what lies behind the last index entry need be walked to know the end. */
const readTail = Effect.fnUntraced(function*(
  segment: Segment,
  bounds: Bounds
): Effect.fn.Return<Pick<SegmentScanner.ScanEnd, "nextOffset" | "reason">, DiskError> {
  if (segment.sizeBytes === 0) {
    segment.beginIndexes()
    return { nextOffset: segment.baseOffset, reason: undefined }
  }
  yield* SegmentIndexes.load(segment)
  const file = yield* segment.open
  const index = segment.offsetIndex!
  const from = index.lastPosition
  const nextOffset = index.entries === 0 ? segment.baseOffset : index.lastOffset
  const expected = { ...bounds, nextOffset }
  const scanned = yield* SegmentScanner.scan(file, from, segment.sizeBytes, expected, () => true)
  yield* segment.close
  if (scanned.reason !== undefined) segment.sizeBytes = scanned.position
  return scanned
})

/** Removes what is not sound, and says so. */
const cut = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  segments: ReadonlyArray<Segment>,
  kept: ReadonlyArray<Segment>,
  bytesBefore: number,
  reason: string,
  name: string
): Effect.fn.Return<void, DiskError> {
  const last = kept.at(-1)!
  const removed = segments.slice(kept.length)
  const bytes = bytesBefore - last.sizeBytes +
    removed.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  yield* Effect.logWarning(
    `${name}: cut ${last.pathOf(".log")} at byte ${last.sizeBytes}, ${bytes} bytes` +
      (removed.length > 0 ? ` and ${removed.length} later segments` : "") + ` are gone: ${reason}`
  )
  yield* last.cutBack
  last.writtenFromBytes = last.sizeBytes
  last.syncedBytes = 0
  for (const segment of removed) {
    yield* segment.markDeleted
    yield* segment.removeDeleted
  }
  yield* disk.syncDirectory(last.directory)
})

/** Producers as of the last snapshot that can be used, and of every batch since. */
const replay = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  snapshots: ReadonlyArray<number>,
  { logEndOffset, segments }: Recovered,
  snapshotLimit: number,
  bounds: Bounds
): Effect.fn.Return<ProducerState, DiskError> {
  let producers = new ProducerState()
  let from = segments[0]!.baseOffset
  const { directory } = segments[0]!
  for (const offset of snapshots.filter((offset) => offset <= snapshotLimit).reverse()) {
    const name = SegmentName.format(offset, SegmentName.SNAPSHOT_SUFFIX)
    const restored = ProducerState.restore(yield* disk.readFile(`${directory}/${name}`))
    if (restored === undefined) continue
    producers = restored
    from = offset
    break
  }
  if (from >= logEndOffset) return producers
  for (const [i, segment] of segments.entries()) {
    const end = segments[i + 1]?.baseOffset ?? logEndOffset
    if (end <= from || segment.sizeBytes === 0) continue
    const file = yield* segment.open
    const expected = { ...bounds, nextOffset: segment.baseOffset }
    yield* SegmentScanner.scan(file, 0, segment.sizeBytes, expected, (buffer, at) => {
      producers.appendBatch(buffer, at)
      return true
    })
  }
  return producers
})
