// Walks the batches of a segment's bytes and stops at the first that is not sound: recovery keeps
// what lies before it. A batch is sound when its header makes sense, it lies wholly in the bytes, its
// checksum is right and its offsets follow those before.
import * as RecordBatch from "../record/RecordBatch.ts"

/** No batch is larger: a length beyond this is damage, and is not read. */
export const BATCH_BYTES_MAX = 256 * 1024 * 1024

/** What the header of the next batch must agree with: the checksum covers neither of these. */
export interface Expectation {
  readonly nextOffset: number
  /** Compaction takes records away, and leaves holes between batches. */
  readonly mayHaveHoles: boolean
  readonly leaderEpochMax: number
}

/** Why a batch cannot be kept; undefined when it is sound. */
export const unsound = (
  bytes: Buffer,
  at: number,
  end: number,
  expected: Expectation
): string | undefined => {
  if (end - at < RecordBatch.HEADER_BYTES) return `${end - at} bytes are too few for a batch header`
  const size = RecordBatch.sizeBytes(bytes, at)
  if (!isSizeSensible(size)) return `a batch claims to be ${size} bytes long`
  if (size > end - at) return `a batch of ${size} bytes has only ${end - at} in the file`
  const magic = RecordBatch.magic(bytes, at)
  if (magic !== RecordBatch.MAGIC) return `a batch has magic ${magic}`
  const baseOffset = RecordBatch.baseOffset(bytes, at)
  const isInPlace = expected.mayHaveHoles
    ? baseOffset >= expected.nextOffset
    : baseOffset === expected.nextOffset
  if (!isInPlace) return `a batch begins at offset ${baseOffset}, not at ${expected.nextOffset}`
  const epoch = RecordBatch.leaderEpoch(bytes, at)
  if (epoch > expected.leaderEpochMax || epoch < -1) return `a batch has leader epoch ${epoch}`
  if (RecordBatch.lastOffsetDelta(bytes, at) < 0) return "a batch ends before it begins"
  return RecordBatch.isCrcRight(bytes, at, size) ? undefined : "the checksum of a batch is wrong"
}

export const isSizeSensible = (sizeBytes: number): boolean =>
  sizeBytes >= RecordBatch.HEADER_BYTES && sizeBytes <= BATCH_BYTES_MAX

/** Bytes wanted to judge the batch at `at`: more than there are when it is cut off by `end`. */
export const wantedBytes = (bytes: Buffer, at: number, end: number): number =>
  end - at < RecordBatch.LENGTH_PREFIX_BYTES
    ? RecordBatch.HEADER_BYTES
    : Math.max(RecordBatch.HEADER_BYTES, RecordBatch.sizeBytes(bytes, at))
