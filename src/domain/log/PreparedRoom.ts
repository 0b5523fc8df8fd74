// Zeros that are written behind the records of a log that is synced after every few of them. A sync of
// bytes that the file had before need not bring the file's new length and the place of its blocks to the
// device too: on ext4 it spares the journal, and takes two thirds of the time and CPU (bench/layers/storage).
// The same is bought by Kafka's `preallocate`, though not for the first write to each block.
//
// Invariants: only zeros lie between a segment's last batch and its file's end; only the active segment
// of a running broker has such room: it is cut off when the segment is rolled, at a clean stop, and by
// recovery after any other.

/** Writes of more than this pay the journal anyway, and would have to write everything twice. */
const WRITE_BYTES_MAX = 64 * 1024
/** So much at a time: what a sync brings to the device beside the records, once. */
const ROOM_BYTES_MAX = 256 * 1024
const PAGE_BYTES = 4096

const ZEROS = Buffer.alloc(ROOM_BYTES_MAX + PAGE_BYTES)

/**
 * What is written behind `bytes` of records at `position` of a file of `fileBytes`, to the end of
 * a page; undefined where there is room, or where it does not pay. A small log gets as much again
 * as it has.
 */
export const behind = (position: number, bytes: number, fileBytes: number): Buffer | undefined => {
  const end = position + bytes
  if (end <= fileBytes || bytes > WRITE_BYTES_MAX) return undefined
  const roomEnd = end + Math.min(ROOM_BYTES_MAX, position)
  const zeros = Math.floor(roomEnd / PAGE_BYTES) * PAGE_BYTES - end
  return zeros > 0 ? ZEROS.subarray(0, zeros) : undefined
}

/** Whether a file of that length may end with such room. */
export const mayEnd = (fileBytes: number): boolean => fileBytes % PAGE_BYTES === 0

/** Whether `bytes`, 64 KB at most, could lie in such room. */
export const isRoom = (bytes: Uint8Array): boolean =>
  ZEROS.compare(bytes, 0, bytes.length, 0, bytes.length) === 0
