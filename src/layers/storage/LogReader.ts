// Reads whole batches from a partition's log, from the one that holds an offset on, never opened.
//
// Reads happen on the calling stack while the page cache answers them: the hop to the thread pool
// costs more than the copy. A read that took long met a cold disk; the next ones of that log go
// through the pool, so that the event loop waits for a disk once and not again.
//
// A batch is served only after its checksum was looked at in this process: either before it was
// written, or on the first read of a file that was there at start.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import { cut, type Slice } from "../../domain/log/LogSlice.ts"
import type { Offset } from "../../domain/Offset.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import { DiskError, type DiskFile } from "../disk/Disk.ts"
import * as ReadBuffers from "../disk/ReadBuffers.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { ReadOptions, ReadResult } from "./PartitionLogs.ts"
import { type ReadPlace, ReadPlaces } from "./ReadPlaces.ts"
import type { Segment } from "./Segment.ts"
import * as SegmentIndexes from "./SegmentIndexes.ts"
import { verified } from "./SliceCheck.ts"
import type { LogTail, SharedSlice } from "./TailCache.ts"
import * as UnreadSlice from "./UnreadSlice.ts"

const EMPTY = new Uint8Array(0)
/** A larger answer is read in more than one fetch: larger slices leave the processor's cache. */
const READ_BYTES_MAX = 4 * 1024 * 1024
/** A read on the stack that takes longer met a cold disk. */
const COLD_MS = 4
/** So many reads go through the thread pool after that. */
const COLD_READS = 64

const nothing = (): void => {}

export class LogReader {
  readonly log: PartitionLog
  private coldReads = 0
  private readonly places = new ReadPlaces()

  private readonly tail: LogTail | undefined

  constructor(log: PartitionLog, tail?: LogTail) {
    this.log = log
    this.tail = tail
  }

  read(options: ReadOptions): Effect.Effect<ReadResult> {
    const { log } = this
    if (log.offline !== undefined) return Effect.succeed(this.empty(log.offline.errorCode))
    const fenced = this.epochError(options.currentLeaderEpoch)
    if (fenced !== ErrorCode.NONE) return Effect.succeed(this.empty(fenced))
    const { highWatermark, lastStableOffset, logEndOffset, logStartOffset } = log.offsets
    if (options.offset < logStartOffset || options.offset > logEndOffset) {
      return Effect.succeed(this.empty(ErrorCode.OFFSET_OUT_OF_RANGE))
    }
    const limit = options.isolation === "read_committed" ? lastStableOffset : highWatermark
    if (options.offset >= limit || (options.bytesMax <= 0 && !options.atLeastOne)) {
      return Effect.succeed(this.empty(ErrorCode.NONE))
    }
    const shared = this.tail?.take(options, limit)
    if (shared !== undefined) return Effect.succeed(this.shared(shared))
    const now = this.readNow(options, limit)
    return now !== undefined ? Effect.succeed(now) : Effect.catch(
      this.readSlowly(options, limit),
      (error) =>
        Effect.as(
          Effect.logError(`${log.name} cannot be read: ${error.message}`),
          this.empty(ErrorCode.KAFKA_STORAGE_ERROR)
        )
    )
  }

  private epochError(asked: number): number {
    if (asked < 0 || asked === this.log.leaderEpoch) return ErrorCode.NONE
    return asked < this.log.leaderEpoch
      ? ErrorCode.FENCED_LEADER_EPOCH
      : ErrorCode.UNKNOWN_LEADER_EPOCH
  }

  private empty(errorCode: number): ReadResult {
    return this.result(errorCode, EMPTY, nothing)
  }

  private result(errorCode: number, records: Uint8Array, release: () => void): ReadResult {
    const { highWatermark, lastStableOffset, logStartOffset } = this.log.offsets
    return { errorCode, records, highWatermark, lastStableOffset, logStartOffset, release }
  }

  /** Where to begin reading: after the last read of a sequential reader, or where the index says. */
  private placeOf(offset: Offset): Place {
    const place = this.places.of(offset)
    if (place !== undefined) return { ...place, slack: 0 }
    const segment = this.segmentOf(offset)
    const position = segment.offsetIndex?.lookup(offset) ?? -1
    return { segment, position, slack: this.log.world.config().indexIntervalBytes }
  }

  /** Reads on the calling stack; undefined when a file must be opened, waited for, or complained of. */
  private readNow(options: ReadOptions, limit: Offset): ReadResult | undefined {
    const { position, segment, slack } = this.placeOf(options.offset)
    const file = segment.openFile
    if (file === undefined || position < 0 || this.coldReads > 0) return undefined
    try {
      const unread = UnreadSlice.find(this, segment, file, position, options, limit)
      if (unread !== undefined) return this.givenUnread(segment, unread)
      const wanted = wantedBytes(options, slack)
      let slice = this.sliceNow(segment, file, position, wanted, options, limit)
      while (slice.missingBytes > 0 && slice.position < segment.sizeBytes) {
        // The first batch is larger than was read, or lies further on.
        ReadBuffers.give(slice.buffer)
        const { missingBytes } = slice
        slice = this.sliceNow(segment, file, slice.position, missingBytes, options, limit)
      }
      const damage = verified(this.log, segment, slice, options.offset).damage
      if (damage === undefined && !slice.isPassed) {
        return this.given(segment, slice, slice.end, options, limit)
      }
      ReadBuffers.give(slice.buffer)
    } catch {
      // The same read, made slowly, meets the same error and says so.
    }
    return undefined
  }

  private givenUnread(segment: Segment, { bytes, nextOffset }: UnreadSlice.Unread): ReadResult {
    this.remember(nextOffset, segment, bytes.position + bytes.length)
    return this.result(ErrorCode.NONE, bytes, bytes.file.release)
  }

  /** Told of each read made on the stack. */
  readonly noteTime = (ms: number): void => {
    if (ms > COLD_MS) this.coldReads = COLD_READS
  }

  private sliceNow(
    segment: Segment,
    file: DiskFile,
    position: number,
    length: number,
    options: ReadOptions,
    limit: Offset
  ): Slice {
    const size = Math.min(length, segment.sizeBytes - position)
    const buffer = ReadBuffers.take(size)
    const start = performance.now()
    const count = file.readSyncUnsafe(buffer, 0, size, position)
    this.noteTime(performance.now() - start)
    if (count < size) throw endsEarly(segment, size - count)
    return cut(buffer, count, position, options, limit, position + size >= segment.sizeBytes)
  }

  /** The same through the thread pool, after whatever must be opened or loaded. */
  private readonly readSlowly: (
    this: LogReader,
    options: ReadOptions,
    limit: Offset
  ) => Effect.Effect<ReadResult, DiskError> = Effect.fnUntraced(function*(
    this: LogReader,
    options: ReadOptions,
    limit: Offset
  ): Effect.fn.Return<ReadResult, DiskError> {
    // While an index is loaded its segment may go, and another be the one to read, not loaded itself.
    let place = this.placeOf(options.offset)
    while (place.position < 0) {
      yield* SegmentIndexes.load(place.segment)
      place = this.placeOf(options.offset)
    }
    if (options.offset < this.log.offsets.logStartOffset) {
      return this.empty(ErrorCode.OFFSET_OUT_OF_RANGE)
    }
    const { position, segment, slack } = place
    const file = yield* segment.open
    if (this.coldReads > 0) this.coldReads--
    const read = (position: number, length: number) => {
      const size = Math.min(length, segment.sizeBytes - position)
      const isToEnd = position + size >= segment.sizeBytes
      const buffer = ReadBuffers.take(size)
      return Effect.flatMap(
        file.read(buffer, 0, size, position),
        (count) =>
          count < size
            ? Effect.fail(endsEarly(segment, size - count))
            : Effect.succeed(cut(buffer, count, position, options, limit, isToEnd))
      )
    }
    let slice = yield* read(position, wantedBytes(options, slack))
    while (slice.missingBytes > 0 && slice.position < segment.sizeBytes) {
      ReadBuffers.give(slice.buffer)
      slice = yield* read(slice.position, slice.missingBytes)
    }
    if (slice.isPassed) {
      ReadBuffers.give(slice.buffer)
      return yield* this.readBehind(segment, options, limit)
    }
    const { damage, end } = verified(this.log, segment, slice, options.offset)
    if (damage !== undefined) {
      yield* Effect.logError(
        `${segment.pathOf(".log")} is damaged at byte ${slice.position + end}, ` +
          `nothing there is served: ${damage}`
      )
      if (end === slice.start) {
        ReadBuffers.give(slice.buffer)
        return this.empty(ErrorCode.CORRUPT_MESSAGE)
      }
    }
    return this.given(segment, slice, end, options, limit)
  })

  /** Goes on where the segment ends; or begins anew, when the segment was replaced meanwhile. */
  private readBehind(
    segment: Segment,
    options: ReadOptions,
    limit: Offset
  ): Effect.Effect<ReadResult, DiskError> {
    const { segments } = this.log
    const index = segments.indexOf(segment)
    const offset = index < 0 ? options.offset : segments[index + 1]?.baseOffset ?? limit
    return offset >= limit
      ? Effect.succeed(this.empty(ErrorCode.NONE))
      : this.readSlowly({ ...options, offset }, limit)
  }

  /** Gives the batches of a slice up to `end`, which have all been looked at. */
  private given(
    segment: Segment,
    slice: Slice,
    end: number,
    options: ReadOptions,
    limit: Offset
  ): ReadResult {
    const { buffer, nextOffset, position, start } = slice
    if (position + start <= segment.verifiedBytes) {
      segment.verifiedBytes = Math.max(segment.verifiedBytes, position + end)
    }
    if (end === start) {
      ReadBuffers.give(buffer)
      return this.empty(ErrorCode.NONE)
    }
    const records = buffer.subarray(start, end)
    if (end === slice.end) {
      this.remember(nextOffset, segment, position + end)
      if (this.tail !== undefined) {
        return this.shared(this.tail.share(options, limit, slice))
      }
    }
    return this.result(ErrorCode.NONE, records, () => ReadBuffers.give(buffer))
  }

  private shared({ records, release }: SharedSlice): ReadResult {
    return this.result(ErrorCode.NONE, records, release)
  }

  private remember(offset: Offset, segment: Segment, position: number): void {
    const { active, segments } = this.log
    if (segment !== active) {
      // A slow read may end when its segment is replaced or gone already.
      if (position >= segment.sizeBytes || !segments.includes(segment)) return
    }
    this.places.remember(offset, segment, position)
  }

  /** Forgets every place: when segments are deleted or rolled. */
  forget(): void {
    this.places.forget()
    this.tail?.forget()
  }

  segmentOf(offset: Offset): Segment {
    const { segments } = this.log
    let low = 0
    let high = segments.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (segments[middle]!.baseOffset <= offset) low = middle + 1
      else high = middle
    }
    return segments[Math.max(0, low - 1)]!
  }
}

/** Somebody else has cut the file: what should be there must not look like the end of the log. */
const endsEarly = (segment: Segment, bytes: number): DiskError =>
  new DiskError({
    operation: "read",
    path: segment.pathOf(".log"),
    reason: "io",
    cause: `the file ends ${bytes} bytes early`
  })

/** Its position is -1 when the segment's index is not loaded. */
interface Place extends ReadPlace {
  /** Bytes that may lie between the position and the batch that is asked for. */
  readonly slack: number
}

const wantedBytes = ({ bytesMax }: ReadOptions, slack: number): number =>
  Math.max(RecordBatch.HEADER_BYTES, Math.min(bytesMax + slack, READ_BYTES_MAX))
