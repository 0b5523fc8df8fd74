// What one compaction reads with: its buffer, which grows only for a batch that is larger, and the brake
// that keeps it within log.cleaner.io.max.bytes.per.second. Batches are checked as recovery checks them,
// because what is written anew gets a new checksum, which must not cover up damage. Others get their
// turn between slices of work: reading is off the event loop, looking at records is not.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Compaction from "../../domain/log/Compaction.ts"
import * as SegmentScan from "../../domain/log/SegmentScan.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import type { LogCleanerConfig } from "../config/LogCleanerConfig.ts"
import type { DiskError } from "../disk/Disk.ts"
import type { Segment } from "./Segment.ts"

/** A segment cannot be compacted, and trying again will not help. */
export class DamagedSegment extends Data.TaggedError("DamagedSegment")<{
  readonly message: string
}> {}

/** The log was deleted or went offline while it was compacted. */
export class CompactionStopped extends Data.TaggedError("CompactionStopped")<{
  readonly message: string
}> {}

const READ_BYTES_MIN = 64 * 1024
/** Work on the event loop without a pause. */
const SLICE_MS = 4
const WINDOW_MS = 1000
/** So soon a brake notices that the log is gone. */
const BRAKE_MS = 250

/** What `work` gives; records that make no sense are damage, which is told. */
export const sensible = <A>(work: () => A): A | DamagedSegment => {
  try {
    return work()
  } catch (error) {
    if (error instanceof Compaction.DamagedRecords) {
      return new DamagedSegment({ message: error.message })
    }
    throw error
  }
}

export interface CompactionIoOptions {
  readonly config: LogCleanerConfig
  readonly nowMs: () => number
  readonly isStopped: () => boolean
}

export class CompactionIo {
  private readonly options: CompactionIoOptions
  private buffer: Buffer
  private windowStartMs = -Infinity
  private windowBytes = 0
  private sliceStartMs = performance.now()

  constructor(options: CompactionIoOptions) {
    this.options = options
    const bytes = Math.max(READ_BYTES_MIN, options.config.ioBufferBytes / 2)
    this.buffer = Buffer.allocUnsafeSlow(bytes)
  }

  /** Counts bytes that were read or written, and waits when they were too many too soon. */
  spent(bytes: number): Effect.Effect<void, CompactionStopped> {
    return Effect.suspend(() => {
      const { config, nowMs } = this.options
      const now = nowMs()
      if (now - this.windowStartMs >= WINDOW_MS) {
        this.windowStartMs = now
        this.windowBytes = 0
      }
      this.windowBytes += bytes
      const earliestMs = this.windowStartMs +
        (this.windowBytes / config.ioBytesPerSecondMax) * 1000
      return this.waitUntil(earliestMs)
    })
  }

  private waitUntil(timeMs: number): Effect.Effect<void, CompactionStopped> {
    const { isStopped, nowMs } = this.options
    return Effect.suspend(() => {
      if (isStopped()) return new CompactionStopped({ message: "the log is gone" })
      const left = timeMs - nowMs()
      return left < 1 ? Effect.void : Effect.andThen(
        Effect.sleep(Math.min(left, BRAKE_MS)),
        this.waitUntil(timeMs)
      )
    })
  }

  /** Gives others a turn when the work has gone on for a while. */
  private readonly pause: Effect.Effect<void> = Effect.suspend(() => {
    if (performance.now() - this.sliceStartMs < SLICE_MS) return Effect.void
    return Effect.map(Effect.yieldNow, () => {
      this.sliceStartMs = performance.now()
    })
  })

  /**
   * Calls `onBatch` with each batch of a segment; the buffer is valid until what it gives has ended.
   * Ends early when that is false.
   */
  readonly walk = Effect.fnUntraced(function*<E>(
    this: CompactionIo,
    segment: Segment,
    onBatch: (buffer: Buffer, at: number) => Effect.Effect<boolean, E> | boolean
  ): Effect.fn.Return<boolean, E | DiskError | DamagedSegment | CompactionStopped> {
    const file = yield* segment.open
    let position = 0
    let nextOffset = segment.baseOffset
    while (position < segment.sizeBytes) {
      const { buffer } = this
      const left = segment.sizeBytes - position
      const length = yield* file.read(buffer, 0, Math.min(buffer.length, left), position)
      yield* this.spent(length)
      let at = 0
      while (at < length) {
        const wanted = SegmentScan.wantedBytes(buffer, at, length)
        if (wanted > length - at && wanted <= left - at && SegmentScan.isSizeSensible(wanted)) break
        nextOffset = yield* this.sound(segment, position, at, length, nextOffset)
        const step = sensible(() => onBatch(buffer, at))
        const goesOn = typeof step === "boolean" ? step : yield* step
        if (!goesOn) return false
        at += RecordBatch.sizeBytes(buffer, at)
        yield* this.pause
      }
      if (at === 0) this.grow(SegmentScan.wantedBytes(buffer, 0, length))
      position += at
    }
    return true
  })

  private grow(bytes: number): void {
    this.buffer = Buffer.allocUnsafeSlow(Math.max(bytes, this.buffer.length + 1))
  }

  /** Where the next batch may begin; fails at one that is not sound. */
  private sound(
    segment: Segment,
    position: number,
    at: number,
    length: number,
    nextOffset: number
  ): Effect.Effect<number, DamagedSegment> {
    const expected = { nextOffset, mayHaveHoles: true, leaderEpochMax: Number.MAX_SAFE_INTEGER }
    const reason = SegmentScan.unsound(this.buffer, at, length, expected)
    return reason === undefined
      ? Effect.succeed(RecordBatch.nextOffset(this.buffer, at))
      : new DamagedSegment({
        message: `${segment.pathOf(".log")} at byte ${position + at}: ${reason}`
      })
  }
}
