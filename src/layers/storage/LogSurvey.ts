// What lies in a partition's directory: its segments and snapshots of its producers, and what deletions
// and broken-off writes left behind, which goes. A snapshot beyond the log's end tells of batches that
// are no longer there and must go too, before the log grows to that offset again.
import * as Effect from "effect/Effect"
import { ProducerState } from "../../domain/log/ProducerState.ts"
import * as SegmentName from "../../domain/log/SegmentName.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"
import { Segment } from "./Segment.ts"
import * as SegmentSwap from "./SegmentSwap.ts"

export interface LogSurvey {
  readonly disk: Disk["Service"]
  readonly directory: string
  /** Oldest first. */
  readonly segments: Array<Segment>
  /** Offsets of producer snapshots, oldest first. */
  readonly snapshots: ReadonlyArray<number>
}

export const take = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  directory: string
): Effect.fn.Return<LogSurvey, DiskError> {
  const segments: Array<Segment> = []
  const snapshots: Array<number> = []
  let names = (yield* disk.list(directory)).map(({ name }) => name)
  if (SegmentSwap.isBrokenOff(names)) {
    yield* SegmentSwap.settle(disk, directory, names)
    names = (yield* disk.list(directory)).map(({ name }) => name)
  }
  for (const name of names) {
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
    disk,
    directory,
    segments: segments.sort((a, b) => a.baseOffset - b.baseOffset),
    snapshots: snapshots.sort((a, b) => a - b)
  }
})

/** The producers as of the last snapshot at or before `limit` that can be read. */
export const lastSnapshot = Effect.fnUntraced(function*(
  { directory, disk, snapshots }: LogSurvey,
  limit: number
): Effect.fn.Return<
  { readonly offset: number; readonly producers: ProducerState } | undefined,
  DiskError
> {
  for (const offset of snapshots.filter((offset) => offset <= limit).toReversed()) {
    const producers = ProducerState.restore(yield* disk.readFile(pathOf(directory, offset)))
    if (producers !== undefined) return { offset, producers }
  }
  return undefined
})

/** Removes snapshots that do not belong to a segment, but for the last one; and those beyond the end. */
export const dropSnapshots = Effect.fnUntraced(function*(
  { directory, disk, snapshots }: LogSurvey,
  segments: ReadonlyArray<Segment>,
  logEndOffset: number
): Effect.fn.Return<void, DiskError> {
  const last = snapshots.findLast((offset) => offset <= logEndOffset)
  for (const offset of snapshots) {
    const isKept = offset <= logEndOffset &&
      (offset === last || segments.some(({ baseOffset }) => baseOffset === offset))
    if (!isKept) yield* disk.remove(pathOf(directory, offset))
  }
})

/** Removes segments with all their files, at once. */
export const remove = (segments: ReadonlyArray<Segment>): Effect.Effect<void, DiskError> =>
  Effect.forEach(
    segments,
    (segment) => Effect.andThen(segment.markDeleted, segment.removeDeleted),
    { discard: true }
  )

const pathOf = (directory: string, offset: number): string =>
  `${directory}/${SegmentName.format(offset, SegmentName.SNAPSHOT_SUFFIX)}`
