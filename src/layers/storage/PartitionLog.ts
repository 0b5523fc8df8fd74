// One partition's log: its segments, its offsets, and the one place where records are appended.
//
// Group commit: what arrives while a write is in flight waits, and goes out together with the next:
// one write, and where somebody asked for it one sync, however many requests wait. Offsets are given
// at the beginning of that write, in the order in which the commands came; the buffers of the commands
// are patched in place and written as they are. Everything between is synchronous and per batch.
//
// When a write fails nothing of it remains: neither bytes in the file nor traces in memory. A full
// disk heals by itself; after a failed write or sync the kernel may have dropped what it could not
// write, so the partition stays offline until a restart has read what is really there.
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import { LogOffsets } from "../../domain/log/LogOffsets.ts"
import type { ProducerState } from "../../domain/log/ProducerState.ts"
import { NO_TIMESTAMP, type Offset } from "../../domain/Offset.ts"
import type { Disk, DiskError, DiskFile } from "../disk/Disk.ts"
import type { Turn } from "../shards/ShardPool.ts"
import { type AppendCommand, AppendGather } from "./AppendGather.ts"
import { LogSync } from "./LogSync.ts"
import type { Appended } from "./PartitionLogs.ts"
import { Segment } from "./Segment.ts"

/** What a log needs of its surroundings. */
export interface LogWorld {
  readonly disk: Disk["Service"]
  readonly config: () => LogConfig
  readonly nowMs: () => number
  /** Whether acks=all waits for the device. */
  readonly syncsOnCommit: boolean
  /** Makes the directory before the first write; undefined when it is there. */
  readonly prepare: Effect.Effect<void, DiskError> | undefined
  /** Runs a write in a fiber of the log's owner. */
  readonly run: (effect: Effect.Effect<void>) => void
  /** More can be read, or the log went offline. */
  readonly onGrowth: () => void
  /** A segment was closed and another begun. */
  readonly onRoll: (log: PartitionLog) => void
}

/** What a log is opened with: what recovery found in its directory. */
export interface LogState {
  readonly segments: Array<Segment>
  readonly logStartOffset: Offset
  readonly logEndOffset: Offset
  readonly leaderEpoch: number
  readonly producers: ProducerState
  /** Of the last snapshot of the producers on disk. */
  readonly snapshotOffset: Offset | undefined
}

export interface Offline {
  readonly errorCode: ErrorCode
  readonly reason: string
}

export class PartitionLog {
  readonly name: string
  readonly directory: string
  readonly segments: Array<Segment>
  readonly offsets: LogOffsets
  readonly producers: ProducerState
  readonly leaderEpoch: number
  readonly world: LogWorld
  snapshotOffset: Offset | undefined
  /** Up to here it is compact; undefined when it never was compacted. */
  cleanedTo: Offset | undefined
  /** Held by whoever replaces or removes segments: retention, compaction, deletion. */
  readonly upkeep = Semaphore.makeUnsafe(1)
  /** Why nothing can be written or read; undefined while all is well. */
  offline: Offline | undefined
  private waiting: Array<AppendCommand> = []
  private gathered: AppendGather | undefined
  private isFlushing = false
  private isPrepared: boolean
  /** Why the last append could not be written; it is told once. */
  private trouble: string | undefined
  private readonly whenIdle: Array<() => void> = []
  private readonly syncs: LogSync

  constructor(name: string, directory: string, world: LogWorld, state: LogState) {
    this.name = name
    this.directory = directory
    this.world = world
    this.segments = state.segments
    this.offsets = new LogOffsets(state.logStartOffset, state.logEndOffset)
    this.producers = state.producers
    this.leaderEpoch = state.leaderEpoch
    this.snapshotOffset = state.snapshotOffset
    this.isPrepared = world.prepare === undefined
    this.syncs = new LogSync(this)
  }

  get active(): Segment {
    return this.segments.at(-1)!
  }

  /** Whether offsets may be missing between batches. */
  get mayHaveHoles(): boolean {
    return this.cleanedTo !== undefined || this.world.config().cleanupCompact
  }

  get sizeBytes(): number {
    return this.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0)
  }

  /** Takes a place in line. Called on the partition's shard; the turn's end writes all that came. */
  enqueue(command: AppendCommand, turn: Turn): void {
    this.waiting.push(command)
    if (this.isFlushing || this.waiting.length > 1) return
    turn.atEnd(() => {
      if (this.isFlushing || this.waiting.length === 0 || this.writeNow()) return
      this.isFlushing = true
      this.world.run(this.flush)
    })
  }

  /**
   * Writes what waits on the calling stack, when that is all it takes: the file is open, the
   * segment has room, and nobody asks for the device. It saves a fiber and two hops.
   */
  private writeNow(): boolean {
    const { active, world } = this
    const { flushMessages, flushMs } = world.config()
    const file = active.openFile
    const asksDevice = flushMessages < Number.MAX_SAFE_INTEGER ||
      flushMs < Number.MAX_SAFE_INTEGER ||
      (world.syncsOnCommit && this.waiting.some(({ acks }) => acks === -1))
    if (file === undefined || asksDevice || this.offline !== undefined) return false
    const gathered = new AppendGather(this)
    const left = gathered.place(this.waiting)
    if (left.length > 0 || !this.isTaken(file, gathered)) {
      gathered.undo()
      return false
    }
    this.waiting = left
    if (gathered.buffers.length > 0) gathered.commit()
    this.offsets.readableTo(gathered.nextOffset)
    gathered.answerAll()
    world.onGrowth()
    return true
  }

  /** When the file does not take it, the write that follows meets the trouble and deals with it. */
  private isTaken(file: DiskFile, { buffers }: AppendGather): boolean {
    try {
      return buffers.length === 0 || file.writeSyncUnsafe(buffers, this.active.sizeBytes)
    } catch {
      return false
    }
  }

  /** Ends when nothing waits and nothing is being written. */
  readonly idle: Effect.Effect<void> = Effect.callback((resume) => {
    if (!this.isFlushing && this.waiting.length === 0) resume(Effect.void)
    else this.whenIdle.push(() => resume(Effect.void))
  })

  /** Runs work with no write beside it; gives false when one is in flight. Appends wait meanwhile. */
  exclusively(work: Effect.Effect<void>): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      if (this.isFlushing) return Effect.succeed(false)
      this.isFlushing = true
      return Effect.as(Effect.ensuring(work, Effect.sync(() => this.endFlush())), true)
    })
  }

  /** Fails whatever waits, now and from now on. */
  goOffline(reason: string, errorCode: ErrorCode = ErrorCode.KAFKA_STORAGE_ERROR): void {
    this.offline ??= { errorCode, reason }
    this.world.onGrowth()
  }

  private readonly flush: Effect.Effect<void> = Effect.suspend(() => this.flushAll()).pipe(
    Effect.catchCause((cause) =>
      Effect.andThen(
        Effect.logError(`${this.name} goes offline: an append ended in a defect`, cause),
        Effect.sync(() => this.goOffline("an append ended in a defect"))
      )
    ),
    Effect.ensuring(Effect.sync(() => this.endFlush()))
  )

  /** What came in the meantime is written too; offline, it is refused. */
  private endFlush(): void {
    if (this.offline !== undefined) {
      this.gathered?.refuse(this.refusalOf(this.offline))
      for (const command of this.waiting.splice(0)) command.done(this.refusalOf(this.offline))
    }
    this.gathered = undefined
    this.isFlushing = this.waiting.length > 0
    if (this.isFlushing) this.world.run(this.flush)
    else for (const resume of this.whenIdle.splice(0)) resume()
  }

  private readonly flushAll = Effect.fnUntraced(function*(this: PartitionLog) {
    while (this.waiting.length > 0 && this.offline === undefined) {
      const gathered = new AppendGather(this)
      this.gathered = gathered
      this.waiting = gathered.place(this.waiting)
      yield* this.write(gathered)
      if (gathered.needsRoll && this.offline === undefined) this.roll()
    }
  })

  /** The file that is written; with the first record comes the directory. */
  private readonly openActive: Effect.Effect<DiskFile, DiskError> = Effect.suspend(() =>
    this.isPrepared || this.world.prepare === undefined
      ? this.active.open
      : Effect.andThen(
        this.world.prepare,
        Effect.suspend(() => {
          this.isPrepared = true
          return this.active.open
        })
      )
  )

  /** Whether the partition's directory exists. */
  get hasDirectory(): boolean {
    return this.isPrepared
  }

  /** Writes what was gathered, syncs when asked to, and answers. */
  private readonly write = Effect.fnUntraced(function*(this: PartitionLog, gathered: AppendGather) {
    const { active, world } = this
    if (gathered.buffers.length > 0) {
      const opened = yield* Effect.result(this.openActive)
      if (opened._tag === "Failure") return yield* this.notWritten(gathered, opened.failure)
      const written = yield* Effect.result(
        opened.success.write(gathered.buffers, active.sizeBytes)
      )
      if (written._tag === "Failure") return yield* this.writeFailed(gathered, written.failure)
      gathered.commit()
      this.trouble = undefined
    }
    if ((gathered.asksAll && world.syncsOnCommit) || this.syncs.isDue(gathered.records)) {
      gathered.answerWritten()
      yield* this.sync
    }
    // A sync that failed, here or beside this write, may have been about these records.
    if (this.offline !== undefined) return gathered.refuse(this.refusalOf(this.offline))
    this.offsets.readableTo(gathered.nextOffset)
    gathered.answerAll()
    world.onGrowth()
  })

  /** Brings all that was written to the device; when that fails the log goes offline. */
  get sync(): Effect.Effect<void> {
    return this.syncs.run
  }

  /** The file cannot be had, but nothing has happened to it: the next append tries again. */
  private notWritten(gathered: AppendGather, error: DiskError): Effect.Effect<void> {
    gathered.undo()
    gathered.refuse(this.refusal(ErrorCode.KAFKA_STORAGE_ERROR, error.message))
    const isKnown = this.trouble === error.message
    this.trouble = error.message
    return isKnown ? Effect.void : Effect.logError(
      `${this.name}: appends are refused until they can be written: ${error.message}`
    )
  }

  private readonly writeFailed = Effect.fnUntraced(
    function*(this: PartitionLog, gathered: AppendGather, error: DiskError) {
      const cut = yield* Effect.result(this.active.cutBack)
      if (error.reason === "full" && cut._tag === "Success") {
        return yield* this.notWritten(gathered, error)
      }
      gathered.undo()
      this.goOffline(`a write failed: ${error.message}`)
      yield* Effect.logError(`${this.name} goes offline until a restart: ${error.message}`)
      gathered.refuse(this.refusal(ErrorCode.KAFKA_STORAGE_ERROR, error.message))
    }
  )

  /** Begins a new segment; the next checkpoint brings the indexes of the closed one to the device. */
  roll(): void {
    const { directory, offsets, world } = this
    this.segments.push(Segment.create(world.disk, directory, offsets.logEndOffset))
    world.onRoll(this)
  }

  private refusalOf({ errorCode, reason }: Offline): Appended {
    return this.refusal(errorCode, reason)
  }

  refusal(errorCode: number, message: string | undefined): Appended {
    return {
      errorCode,
      errorMessage: message ?? null,
      baseOffset: -1,
      logAppendTimeMs: NO_TIMESTAMP,
      logStartOffset: this.offsets.logStartOffset
    }
  }
}
