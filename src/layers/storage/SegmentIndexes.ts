// The indexes of segments that are not active: loaded from their files on first use, and made anew
// from the log when a file is missing or makes no sense.
import * as Effect from "effect/Effect"
import { OffsetIndex } from "../../domain/log/OffsetIndex.ts"
import * as SegmentName from "../../domain/log/SegmentName.ts"
import { TimeIndex } from "../../domain/log/TimeIndex.ts"
import { type DiskError, orAbsent } from "../disk/Disk.ts"
import { Segment } from "./Segment.ts"
import * as SegmentScanner from "./SegmentScanner.ts"

const INTERVAL_BYTES = 4096

/** Makes sure that both indexes are in memory, and with them the largest timestamp. */
export const load = Effect.fnUntraced(function*(
  segment: Segment
): Effect.fn.Return<void, DiskError> {
  segment.isUsed = true
  if (segment.offsetIndex !== undefined) return
  const { disk } = segment
  const offsetBytes = yield* orAbsent(
    disk.readFile(segment.pathOf(SegmentName.OFFSET_INDEX_SUFFIX))
  )
  const timeBytes = yield* orAbsent(disk.readFile(segment.pathOf(SegmentName.TIME_INDEX_SUFFIX)))
  if (offsetBytes !== undefined && timeBytes !== undefined) {
    const offsetIndex = new OffsetIndex(segment.baseOffset, offsetBytes)
    const timeIndex = new TimeIndex(segment.baseOffset, timeBytes)
    if (offsetIndex.isSane(segment.sizeBytes) && timeIndex.isSane()) {
      segment.offsetIndex = offsetIndex
      segment.timeIndex = timeIndex
      segment.maxTimestamp = timeIndex.lastTimestamp
      segment.maxTimestampOffset = timeIndex.lastOffset
      return
    }
  }
  yield* Effect.logWarning(`the indexes of ${segment.pathOf(".log")} are made anew from the log`)
  const fresh = new Segment(disk, segment.directory, segment.baseOffset, segment.sizeBytes)
  yield* Effect.ensuring(rebuild(fresh), fresh.close)
  segment.offsetIndex = fresh.offsetIndex
  segment.timeIndex = fresh.timeIndex
  segment.maxTimestamp = fresh.maxTimestamp
  segment.maxTimestampOffset = fresh.maxTimestampOffset
  segment.isIndexed = false
})

/** Reads the whole segment; leaves it with fresh indexes and without what is not sound at its end. */
export const rebuild = Effect.fnUntraced(function*(
  segment: Segment,
  onBatch: (buffer: Buffer, at: number) => void = () => {},
  expected = { mayHaveHoles: true, leaderEpochMax: Number.MAX_SAFE_INTEGER },
  intervalBytes = INTERVAL_BYTES
): Effect.fn.Return<SegmentScanner.ScanEnd, DiskError> {
  const file = yield* segment.open
  const end = file.sizeBytes
  segment.beginIndexes()
  const scanned = yield* SegmentScanner.scan(
    file,
    0,
    end,
    { ...expected, nextOffset: segment.baseOffset },
    (buffer, at, position) => {
      segment.noteBatch(buffer, at, position, intervalBytes)
      onBatch(buffer, at)
      return true
    }
  )
  segment.verifiedBytes = segment.sizeBytes
  return scanned
})
