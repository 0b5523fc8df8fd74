// Writes what survives of a group of segments into one new segment, beside them, under names that end in
// ".cleaned": whatever goes wrong, these are removed. When it ends well, the new segment with its
// indexes is on the device, and nothing yet knows of it.
import * as Effect from "effect/Effect"
import * as Compaction from "../../domain/log/Compaction.ts"
import * as SegmentName from "../../domain/log/SegmentName.ts"
import * as CompressionType from "../../domain/record/CompressionType.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import type { Compression, CompressionError } from "../compression/Compression.ts"
import type { DiskError, DiskFile } from "../disk/Disk.ts"
import {
  type CompactionIo,
  type CompactionStopped,
  DamagedSegment,
  sensible
} from "./CompactionIo.ts"
import { Segment } from "./Segment.ts"

/** What the records of one batch may take in memory. */
const OPENED_BYTES_MAX = 256 * 1024 * 1024
/** Positions in an index have four bytes. */
const SEGMENT_BYTES_MAX = 0x7fff_ffff

export type RewriteError = DiskError | CompressionError | DamagedSegment | CompactionStopped

export interface RewriteOptions {
  readonly rules: Compaction.Rules
  readonly io: CompactionIo
  readonly compression: Compression["Service"]
  readonly gzipLevel: number
  readonly indexIntervalBytes: number
  /** Gathered before it is written. */
  readonly writeBytes: number
}

/** The segment that will take the place of those that begin with `first`. */
export const begin = ({ baseOffset, directory, disk }: Segment): Segment => {
  const fresh = new Segment(disk, directory, baseOffset, 0)
  fresh.beginIndexes()
  fresh.stage = SegmentName.CLEANED_SUFFIX
  return fresh
}

/** Fills it; gives whether anything went away. */
export const rewrite = (
  segments: ReadonlyArray<Segment>,
  fresh: Segment,
  options: RewriteOptions
): Effect.Effect<boolean, RewriteError> =>
  Effect.flatMap(fresh.open, (file) => fill(new Target(fresh, file, options), segments, options))

/** Removes what was written. */
export const discard = (fresh: Segment): Effect.Effect<void> =>
  Effect.andThen(
    fresh.close,
    Effect.forEach(
      [
        SegmentName.LOG_SUFFIX,
        SegmentName.OFFSET_INDEX_SUFFIX,
        SegmentName.TIME_INDEX_SUFFIX
      ],
      (suffix) => Effect.ignore(fresh.disk.remove(fresh.pathOf(suffix))),
      { discard: true }
    )
  )

const fill = Effect.fnUntraced(function*(
  target: Target,
  segments: ReadonlyArray<Segment>,
  { compression, gzipLevel, io, rules }: RewriteOptions
): Effect.fn.Return<boolean, RewriteError> {
  yield* target.file.truncate(0) // a broken-off attempt may have left some
  let isChanged = segments.length > 1
  const put = (buffer: Buffer, at: number, left: Compaction.Survivors, payload: Buffer) => {
    isChanged ||= left._tag !== "All"
    const batch = remainder(buffer, at, left, payload)
    return batch === undefined || target.put(batch)
  }
  const onBatch = (buffer: Buffer, at: number) => {
    const type = compressionOf(buffer, at)
    if (!isCompressed(buffer, at)) {
      const records = recordsOf(buffer, at)
      const left = Compaction.filter(buffer, at, records, rules)
      return put(buffer, at, left, left._tag === "Some" ? left.records : records)
    }
    return Effect.gen(function*() {
      const records = yield* opened(buffer, at, compression)
      const filtered = sensible(() => Compaction.filter(buffer, at, records, rules))
      const left = filtered instanceof DamagedSegment ? yield* filtered : filtered
      const level = type === CompressionType.GZIP ? gzipLevel : undefined
      const payload = left._tag === "Some"
        ? yield* compression.compress(type, left.records, level)
        : records
      const step = put(buffer, at, left, payload)
      return typeof step === "boolean" ? step : yield* step
    })
  }
  for (const old of segments) yield* io.walk(old, onBatch)
  yield* target.finish
  return isChanged
})

/** What is written of a batch; undefined when nothing is. */
const remainder = (
  buffer: Buffer,
  at: number,
  left: Compaction.Survivors,
  payload: Buffer
): Buffer | undefined => {
  switch (left._tag) {
    case "All":
      return buffer.subarray(at, at + RecordBatch.sizeBytes(buffer, at))
    case "None":
      return undefined
    case "Header":
      return Compaction.emptied(buffer, at)
    case "Some":
      return Compaction.rebuilt(buffer, at, payload, left)
  }
}

/** Whether it has records that must be opened to be seen. */
export const isCompressed = (buffer: Buffer, at: number): boolean =>
  compressionOf(buffer, at) !== CompressionType.NONE && Compaction.hasRecords(buffer, at)

export const recordsOf = (buffer: Buffer, at: number): Buffer =>
  buffer.subarray(at + RecordBatch.HEADER_BYTES, at + RecordBatch.sizeBytes(buffer, at))

/** The records of a batch, uncompressed: a view where they are so. */
export const opened = (
  buffer: Buffer,
  at: number,
  compression: Compression["Service"]
): Effect.Effect<Buffer, CompressionError> => {
  const records = recordsOf(buffer, at)
  const type = compressionOf(buffer, at)
  return type === CompressionType.NONE
    ? Effect.succeed(records)
    : compression.decompress(type, records, OPENED_BYTES_MAX)
}

/** What the log holds was checked to be one. */
const compressionOf = (buffer: Buffer, at: number): CompressionType.CompressionType =>
  RecordBatch.compressionType(buffer, at) as CompressionType.CompressionType

/** The file that is written, by way of a buffer. */
class Target {
  readonly segment: Segment
  readonly file: DiskFile
  private readonly options: RewriteOptions
  private readonly buffer: Buffer
  private used = 0
  private position = 0

  constructor(segment: Segment, file: DiskFile, options: RewriteOptions) {
    this.segment = segment
    this.file = file
    this.options = options
    this.buffer = Buffer.allocUnsafeSlow(options.writeBytes)
  }

  /** True when the batch was taken; else what takes it. */
  put(
    batch: Buffer
  ): true | Effect.Effect<boolean, DiskError | CompactionStopped | DamagedSegment> {
    const { buffer, segment } = this
    const { sizeBytes } = segment
    if (sizeBytes + batch.length > SEGMENT_BYTES_MAX) {
      return new DamagedSegment({ message: `${segment.pathOf(".log")} would become too large` })
    }
    segment.noteBatch(batch, 0, sizeBytes, this.options.indexIntervalBytes)
    if (this.used + batch.length <= buffer.length) {
      this.used += batch.copy(buffer, this.used)
      return true
    }
    return Effect.as(
      Effect.andThen(
        this.flush,
        Effect.suspend(() => {
          if (batch.length > buffer.length) return this.write(batch)
          this.used = batch.copy(buffer)
          return Effect.void
        })
      ),
      true
    )
  }

  private readonly flush: Effect.Effect<void, DiskError | CompactionStopped> = Effect.suspend(
    () => {
      const { buffer, used } = this
      this.used = 0
      return used === 0 ? Effect.void : this.write(buffer.subarray(0, used))
    }
  )

  private write(bytes: Buffer): Effect.Effect<void, DiskError | CompactionStopped> {
    const at = this.position
    this.position += bytes.length
    return Effect.andThen(
      this.file.write([bytes], at),
      this.options.io.spent(bytes.length)
    )
  }

  /** Brings all of it to the device, under its names. */
  readonly finish: Effect.Effect<void, DiskError | CompactionStopped> = Effect.suspend(() => {
    const { file, segment } = this
    const { offsetIndex, timeIndex } = segment
    return this.flush.pipe(
      Effect.andThen(file.sync),
      Effect.andThen(segment.writeBoth(offsetIndex!, timeIndex!)),
      Effect.andThen(Effect.sync(() => {
        segment.syncedBytes = segment.sizeBytes
        segment.writtenFromBytes = 0 // every batch was looked at
      }))
    )
  })
}
