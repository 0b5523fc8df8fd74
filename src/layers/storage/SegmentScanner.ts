// Reads a segment's file from a position on, batch by batch, in pieces of bounded size: recovery,
// indexes that must be made anew, and searches by time walk a log this way.
import * as Effect from "effect/Effect"
import * as PreparedRoom from "../../domain/log/PreparedRoom.ts"
import * as SegmentScan from "../../domain/log/SegmentScan.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import type { DiskError, DiskFile } from "../disk/Disk.ts"

const PIECE_BYTES = 1024 * 1024
const ROOM_PIECE_BYTES = 64 * 1024

export interface ScanEnd {
  /** Where the sound batches end. */
  readonly position: number
  readonly nextOffset: number
  /** Why the scan stopped before the file's end; undefined too where only prepared room is left. */
  readonly reason: string | undefined
}

/**
 * Calls `onBatch` with each sound batch (`buffer` is valid during the call only) until it returns
 * false, the file ends, or a batch is not sound.
 */
export const scan = Effect.fnUntraced(function*(
  file: DiskFile,
  from: number,
  end: number,
  expected: SegmentScan.Expectation,
  onBatch: (buffer: Buffer, at: number, position: number) => boolean
): Effect.fn.Return<ScanEnd, DiskError> {
  let buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, Math.max(end - from, 1)))
  let position = from
  let { nextOffset } = expected
  while (position < end) {
    const length = yield* file.read(buffer, 0, Math.min(buffer.length, end - position), position)
    if (length === 0) {
      return { position, nextOffset, reason: `the file ends at ${position}, not at ${end}` }
    }
    let at = 0
    while (at < length) {
      const wanted = SegmentScan.wantedBytes(buffer, at, length)
      const isCutOff = wanted > length - at && position + length < end
      if (isCutOff && position + at + wanted <= end && wanted <= SegmentScan.BATCH_BYTES_MAX) break
      const reason = SegmentScan.unsound(buffer, at, length, { ...expected, nextOffset })
      if (reason !== undefined) {
        const stop = position + at
        const isRoom = yield* isRoomToEnd(file, stop, end)
        return { position: stop, nextOffset, reason: isRoom ? undefined : reason }
      }
      nextOffset = RecordBatch.nextOffset(buffer, at)
      const goesOn = onBatch(buffer, at, position + at)
      at += RecordBatch.sizeBytes(buffer, at)
      if (!goesOn) return { position: position + at, nextOffset, reason: undefined }
    }
    if (at === 0) buffer = Buffer.allocUnsafeSlow(SegmentScan.wantedBytes(buffer, 0, length))
    position += at
  }
  return { position, nextOffset, reason: undefined }
})

/** Reads on as long as there are zeros. */
const isRoomToEnd = Effect.fnUntraced(function*(
  file: DiskFile,
  from: number,
  end: number
): Effect.fn.Return<boolean, DiskError> {
  if (!PreparedRoom.mayEnd(end)) return false
  const piece = Buffer.allocUnsafeSlow(Math.min(ROOM_PIECE_BYTES, end - from))
  for (let position = from; position < end; position += piece.length) {
    const length = yield* file.read(piece, 0, Math.min(piece.length, end - position), position)
    if (!PreparedRoom.isRoom(piece.subarray(0, length))) return false
  }
  return true
})
