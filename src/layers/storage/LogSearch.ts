// Finds records by time: the first one at or after a timestamp, or the one with the largest. Segments
// and their time indexes lead to a batch; only that batch is opened.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as CompressionType from "../../domain/record/CompressionType.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import * as RecordSearch from "../../domain/record/RecordSearch.ts"
import type { Compression, CompressionError } from "../compression/Compression.ts"
import type { DiskError } from "../disk/Disk.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import {
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  MAX_TIMESTAMP,
  type OffsetForTimestamp
} from "./PartitionLogs.ts"
import type { Segment } from "./Segment.ts"
import * as SegmentIndexes from "./SegmentIndexes.ts"
import * as SegmentScanner from "./SegmentScanner.ts"

/** What one batch's records may take in memory when it must be opened. */
const OPENED_BYTES_MAX = 256 * 1024 * 1024
const NOTHING: OffsetForTimestamp = {
  errorCode: ErrorCode.NONE,
  timestamp: -1,
  offset: -1,
  leaderEpoch: -1
}

/** A search met a batch that is not sound: what lies behind it cannot be told. */
export class DamagedLog extends Data.TaggedError("DamagedLog")<{ readonly message: string }> {}

/** `limit` is the offset up to which the asker may read. */
export const find = Effect.fnUntraced(function*(
  log: PartitionLog,
  compression: Compression["Service"],
  timestamp: number,
  limit: number
): Effect.fn.Return<OffsetForTimestamp, DiskError | CompressionError | DamagedLog> {
  const { leaderEpoch, offsets } = log
  const special = (offset: number): OffsetForTimestamp => ({ ...NOTHING, offset, leaderEpoch })
  if (timestamp === LATEST_TIMESTAMP) return special(limit)
  if (timestamp === EARLIEST_TIMESTAMP) return special(offsets.logStartOffset)
  const segments = log.segments.slice()
  for (const segment of segments) {
    if (segment.maxTimestamp < 0) yield* SegmentIndexes.load(segment)
  }
  const wanted = timestamp === MAX_TIMESTAMP
    ? Math.max(...segments.map((segment) => segment.maxTimestamp))
    : timestamp
  if (wanted < 0) return NOTHING
  for (const segment of segments) {
    if (segment.maxTimestamp < wanted) continue
    const batch = yield* batchOf(segment, wanted, offsets.logStartOffset)
    if (batch === undefined) continue
    const records = yield* open(batch, compression)
    const found = RecordSearch.firstSince(
      records,
      {
        count: RecordBatch.recordsCount(batch, 0),
        baseOffset: RecordBatch.baseOffset(batch, 0),
        baseTimestamp: RecordBatch.baseTimestamp(batch, 0),
        appendTimestamp: RecordBatch.isLogAppendTime(batch, 0)
          ? RecordBatch.maxTimestamp(batch, 0)
          : -1
      },
      wanted,
      offsets.logStartOffset
    )
    if (found === undefined) continue
    return found.offset < limit ? { ...NOTHING, ...found, leaderEpoch } : NOTHING
  }
  return NOTHING
})

/** A copy of the first batch of the segment that reaches `timestamp`. */
const batchOf = Effect.fnUntraced(function*(
  segment: Segment,
  timestamp: number,
  logStartOffset: number
): Effect.fn.Return<Buffer | undefined, DiskError | DamagedLog> {
  const file = yield* segment.open
  yield* SegmentIndexes.load(segment)
  const from = Math.max(segment.timeIndex!.lookup(timestamp), logStartOffset)
  const position = segment.offsetIndex!.lookup(from)
  let found: Buffer | undefined
  const expected = { nextOffset: 0, mayHaveHoles: true, leaderEpochMax: Number.MAX_SAFE_INTEGER }
  const scan = SegmentScanner.scan(file, position, segment.sizeBytes, expected, (buffer, at) => {
    const isEarly = RecordBatch.maxTimestamp(buffer, at) < timestamp ||
      RecordBatch.recordsCount(buffer, at) === 0 || // compaction has left the header
      RecordBatch.lastOffset(buffer, at) < logStartOffset
    if (!isEarly) found = Buffer.from(buffer.subarray(at, at + RecordBatch.sizeBytes(buffer, at)))
    return isEarly
  })
  const { position: end, reason } = yield* scan
  if (reason === undefined) return found
  return yield* new DamagedLog({ message: `${segment.pathOf(".log")} at byte ${end}: ${reason}` })
})

const open = (
  batch: Buffer,
  compression: Compression["Service"]
): Effect.Effect<Buffer, CompressionError> => {
  const records = batch.subarray(RecordBatch.HEADER_BYTES)
  const type = RecordBatch.compressionType(batch, 0)
  return type === CompressionType.NONE
    ? Effect.succeed(records)
    : compression.decompress(type as CompressionType.CompressionType, records, OPENED_BYTES_MAX)
}
