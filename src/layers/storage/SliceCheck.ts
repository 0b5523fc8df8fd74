// Looks at the checksums of batches that were read and that nobody in this process has looked at yet.
import type { Slice } from "../../domain/log/LogSlice.ts"
import * as SegmentScan from "../../domain/log/SegmentScan.ts"
import type { Offset } from "../../domain/Offset.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { Segment } from "./Segment.ts"

/** Where the sound part of a slice ends, and what is wrong there. */
export interface Verified {
  readonly end: number
  readonly damage: string | undefined
}

export const verified = (
  log: PartitionLog,
  segment: Segment,
  slice: Slice,
  offset: Offset
): Verified => {
  const { damage, end, position, start } = slice
  const isVerified = damage === undefined && (position + start >= segment.writtenFromBytes ||
    position + end <= segment.verifiedBytes)
  return isVerified ? slice : verify(log, slice, offset)
}

/** The sound part of a slice, and what is wrong after it. */
const verify = (
  { leaderEpoch, mayHaveHoles }: PartitionLog,
  { buffer, damage, end, start }: Slice,
  offset: Offset
): Verified => {
  let at = start
  let nextOffset = mayHaveHoles || start === end
    ? 0
    : RecordBatch.baseOffset(buffer, start) <= offset
    ? RecordBatch.baseOffset(buffer, start)
    : offset
  while (at < end) {
    const expected = { nextOffset, mayHaveHoles, leaderEpochMax: leaderEpoch }
    const found = SegmentScan.unsound(buffer, at, end, expected)
    if (found !== undefined) return { end: at, damage: found }
    nextOffset = RecordBatch.nextOffset(buffer, at)
    at += RecordBatch.sizeBytes(buffer, at)
  }
  return { end, damage }
}
