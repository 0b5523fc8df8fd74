// Finds whole batches without reading them, for a connection to which the kernel can send them from the
// file: only the header at the beginning is looked at, the end is where the offset index says that a batch
// begins, or where the segment ends.
//
// Only what is above suspicion is given so: its checksums were looked at by this process, before it was
// written or when it was read first. Whatever makes it not simple is left to the reader that reads.
import type { Offset } from "../../domain/Offset.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import type { DiskFile } from "../disk/Disk.ts"
import { FileBytes } from "../disk/FileBytes.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { ReadOptions } from "./PartitionLogs.ts"
import type { Segment } from "./Segment.ts"

export interface Unread {
  readonly bytes: FileBytes
  /** Of the batch behind them. */
  readonly nextOffset: Offset
}

/** Who asks: a LogReader. */
interface Asker {
  readonly log: PartitionLog
  readonly noteTime: (ms: number) => void
}

/** Headers that are looked at, at most, before the batch of the offset is found. */
const HEADERS_MAX = 4

const header = Buffer.alloc(RecordBatch.HEADER_BYTES)

/** From the batch that holds the offset on; undefined when it must be read. May throw DiskError. */
export const find = (
  { log, noteTime }: Asker,
  segment: Segment,
  file: DiskFile,
  from: number,
  options: ReadOptions,
  limit: Offset
): Unread | undefined => {
  const { bytesMax, fileBytesMin = Infinity, offset } = options
  if (bytesMax < fileBytesMin || segment.sizeBytes - from < fileBytesMin) return undefined
  const start = firstOf(segment, file, from, offset)
  if (start === undefined) return undefined
  const end = endOf(log, segment, start + bytesMax, limit)
  if (end === undefined || end.position - start < fileBytesMin) return undefined
  const isVerified = start >= segment.writtenFromBytes || end.position <= segment.verifiedBytes
  const held = isVerified ? file.holdUnsafe() : undefined
  if (held === undefined) return undefined
  const bytes = new FileBytes(held, start, end.position - start, noteTime)
  return { bytes, nextOffset: end.offset }
}

/** Where the batch that holds the offset begins, if it is soon found. */
const firstOf = (
  segment: Segment,
  file: DiskFile,
  from: number,
  offset: Offset
): number | undefined => {
  let at = from
  for (let i = 0; i < HEADERS_MAX && at < segment.sizeBytes; i++) {
    if (file.readSyncUnsafe(header, 0, header.length, at) < header.length) return undefined
    if (RecordBatch.lastOffset(header, 0) >= offset) {
      return RecordBatch.baseOffset(header, 0) <= offset ? at : undefined
    }
    at += RecordBatch.sizeBytes(header, 0)
  }
  return undefined
}

/** The last boundary between batches at or before `positionMax`, with nothing beyond the limit. */
const endOf = (
  log: PartitionLog,
  segment: Segment,
  positionMax: number,
  limit: Offset
): { readonly position: number; readonly offset: Offset } | undefined => {
  const next = log.segments[log.segments.indexOf(segment) + 1]
  const endOffset = next?.baseOffset ?? log.offsets.logEndOffset
  if (segment.sizeBytes <= positionMax && endOffset <= limit) {
    return { position: segment.sizeBytes, offset: endOffset }
  }
  return segment.offsetIndex?.boundary(positionMax, limit)
}
