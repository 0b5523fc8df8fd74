// Puts a compacted segment in the place of those it was made of, so that a crash at any point leaves
// either all of these or it:
//
//   1. X.log.cleaned and its indexes are on the device    undone at start: *.cleaned is removed
//   2. X.log.cleaned becomes X.E.swap                     from here on it is finished at start
//   3. files of segments from X to before E -> *.deleted
//   4. X.E.swap becomes X.log, its indexes follow
//
// The name says up to where it replaces (E): its last records may have gone, so its own content does not
// tell. The directory is synced between the steps. Readers hold the old files open and go on in them;
// the log forgets the old segments when all is done.
import * as Effect from "effect/Effect"
import * as SegmentName from "../../domain/log/SegmentName.ts"
import { type Disk, type DiskError, orAbsent } from "../disk/Disk.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { Segment } from "./Segment.ts"
import * as SegmentIndexes from "./SegmentIndexes.ts"

const { DELETED_SUFFIX, LOG_SUFFIX, OFFSET_INDEX_SUFFIX, SNAPSHOT_SUFFIX, TIME_INDEX_SUFFIX } =
  SegmentName
const INDEX_SUFFIXES = [OFFSET_INDEX_SUFFIX, TIME_INDEX_SUFFIX]

/**
 * Replaces `old`, neighbours in the log, by `fresh`. When it fails half way nobody knows what is on the
 * device, so the log goes offline until a start has found out.
 */
export const swap = (
  log: PartitionLog,
  old: ReadonlyArray<Segment>,
  fresh: Segment,
  endOffset: number
): Effect.Effect<void, DiskError> =>
  Effect.andThen(
    // Whoever reads them still must not open the new files by the old names.
    Effect.forEach(old, (segment) => Effect.andThen(SegmentIndexes.load(segment), segment.open)),
    exchange(log, old, fresh, endOffset).pipe(
      Effect.tapError((error) =>
        Effect.sync(() => log.goOffline(`a compacted segment is half in place: ${error.message}`))
      ),
      Effect.uninterruptible
    )
  )

const exchange = Effect.fnUntraced(function*(
  log: PartitionLog,
  old: ReadonlyArray<Segment>,
  fresh: Segment,
  endOffset: number
): Effect.fn.Return<void, DiskError> {
  const { baseOffset, directory, disk } = fresh
  const swapPath = `${directory}/${SegmentName.formatSwap({ baseOffset, endOffset })}`
  const { rename } = disk
  const sync = disk.syncDirectory(directory)
  const cleaned = (suffix: string) => fresh.pathOf(suffix)
  const final = (suffix: string) => `${directory}/${SegmentName.format(baseOffset, suffix)}`
  yield* fresh.close
  yield* rename(cleaned(LOG_SUFFIX), swapPath)
  yield* sync
  for (const segment of old) {
    for (const suffix of suffixesOf(segment.baseOffset === baseOffset)) {
      const path = segment.pathOf(suffix)
      yield* orAbsent(rename(path, path + DELETED_SUFFIX))
    }
  }
  yield* sync
  yield* rename(swapPath, final(LOG_SUFFIX))
  for (const suffix of INDEX_SUFFIXES) yield* rename(cleaned(suffix), final(suffix))
  yield* sync
  fresh.stage = ""
  log.segments.splice(log.segments.indexOf(old[0]!), old.length, fresh)
})

/** The producers as of the first segment's base stay true; those of bases that vanish go. */
const suffixesOf = (isFirst: boolean): ReadonlyArray<string> => [
  LOG_SUFFIX,
  ...INDEX_SUFFIXES,
  ...(isFirst ? [] : [SNAPSHOT_SUFFIX])
]

/** Whether there is something to settle among files of these names. */
export const isBrokenOff = (names: ReadonlyArray<string>): boolean =>
  names.some((name) =>
    name.endsWith(SegmentName.CLEANED_SUFFIX) || SegmentName.parseSwap(name) !== undefined
  )

/** Finishes or undoes what a stop has broken off; `names` are those in the directory. */
export const settle = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string,
  names: ReadonlyArray<string>
): Effect.fn.Return<void, DiskError> {
  for (const name of names) {
    if (name.endsWith(SegmentName.CLEANED_SUFFIX)) yield* disk.remove(`${directory}/${name}`)
  }
  for (const name of names) {
    const found = SegmentName.parseSwap(name)
    if (found === undefined) continue
    const { baseOffset, endOffset } = found
    for (const other of names) {
      if (isReplaced(other, found)) yield* disk.remove(`${directory}/${other}`)
    }
    yield* disk.syncDirectory(directory)
    const path = `${directory}/${SegmentName.format(baseOffset, LOG_SUFFIX)}`
    yield* disk.rename(`${directory}/${name}`, path)
    yield* disk.syncDirectory(directory)
    yield* Effect.logInfo(
      `${path} replaces what lay before offset ${endOffset}: a stop broke it off`
    )
  }
})

/** Whether a file of that name goes when the swap is finished. */
export const isReplaced = (name: string, { baseOffset, endOffset }: SegmentName.Swap): boolean =>
  suffixesOf(false).some((suffix) => {
    const base = SegmentName.parse(name, suffix)
    return base !== undefined && base >= baseOffset && base < endOffset &&
      suffixesOf(base === baseOffset).includes(suffix)
  })
