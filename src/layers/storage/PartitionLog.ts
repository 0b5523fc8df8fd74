// One partition's log: its segments, its offsets, and the one place where records are appended.
//
// Group commit: what arrives while a write is in flight waits, and goes out together with the next:
// one write, and where somebody asked for it one sync, however many requests wait. Offsets are given
// at the beginning of that write, in the order in which the commands came; the buffers of the commands
// are patched in place and written as they are. Everything between is synchronous and per batch.
//
// When a write fails nothing of it remains: neither bytes in the file nor traces in memory. A full
// disk heals by itself; after a failed sync the kernel may have dropped what it could not write, so
// the partition stays offline until a restart has read what is really there.
import * as Effect from "effect/Effect"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import { LogOffsets } from "../../domain/log/LogOffsets.ts"
import type { ProducerState } from "../../domain/log/ProducerState.ts"
import { NO_TIMESTAMP, type Offset } from "../../domain/Offset.ts"
import type { Disk, DiskError, DiskFile } from "../disk/Disk.ts"
import type { Turn } from "../shards/ShardPool.ts"
import { type AppendCommand, AppendGather } from "./AppendGather.ts"
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
}

export class PartitionLog {
  readonly name: string
  readonly directory: string
  readonly segments: Array<Segment>
  readonly offsets: LogOffsets
  readonly producers: ProducerState
  readonly leaderEpoch: number
  readonly world: LogWorld
  /** Why nothing can be written or read; undefined while all is well. */
  offline: string | undefined
  private waiting: Array<AppendCommand> = []
  private gathered: AppendGather | undefined
  private isFlushing = false
  private isPrepared: boolean
  private recordsSinceSync = 0
  private lastSyncMs: number

  constructor(name: string, directory: string, world: LogWorld, state: LogState) {
    this.name = name
    this.directory = directory
    this.world = world
    this.segments = state.segments
    this.offsets = new LogOffsets(state.logStartOffset, state.logEndOffset)
    this.producers = state.producers
    this.leaderEpoch = state.leaderEpoch
    this.isPrepared = world.prepare === undefined
    this.lastSyncMs = world.nowMs()
  }

  get active(): Segment {
    return this.segments.at(-1)!
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
   * Writes what waits on the calling stack, when that is all it takes: the file is open, the segment has
   * room, and nobody asks for the device. It saves a fiber and two hops.
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
    try {
      const isDone = left.length === 0 && (gathered.buffers.length === 0 ||
        file.writeSyncUnsafe(gathered.buffers, active.sizeBytes))
      if (isDone) {
        this.waiting = left
        if (gathered.buffers.length > 0) gathered.commit()
        this.offsets.readableTo(gathered.nextOffset)
        gathered.answerAll()
        world.onGrowth()
        return true
      }
    } catch {
      // The write that follows meets the same trouble, and says what is to be done about it.
    }
    gathered.undo()
    return false
  }

  /** Whether nothing waits and nothing is being written. */
  get isIdle(): boolean {
    return !this.isFlushing
  }

  /** Runs work with no write beside it; gives false when one is in flight. Appends wait meanwhile. */
  exclusively(work: Effect.Effect<void>): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      if (this.isFlushing) return Effect.succeed(false)
      this.isFlushing = true
      const resume = Effect.sync(() => {
        if (this.waiting.length > 0) this.world.run(this.flush)
        else this.isFlushing = false
      })
      return Effect.as(Effect.ensuring(work, resume), true)
    })
  }

  /** Fails whatever waits, now and from now on. */
  goOffline(reason: string): void {
    this.offline ??= reason
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
      const refusal = this.refusal(ErrorCode.KAFKA_STORAGE_ERROR, this.offline)
      this.gathered?.refuse(refusal)
      for (const command of this.waiting.splice(0)) command.done(refusal)
    }
    this.gathered = undefined
    this.isFlushing = this.waiting.length > 0
    if (this.isFlushing) this.world.run(this.flush)
  }

  private readonly flushAll = Effect.fnUntraced(function*(this: PartitionLog) {
    while (this.waiting.length > 0 && this.offline === undefined) {
      const gathered = new AppendGather(this)
      this.gathered = gathered
      this.waiting = gathered.place(this.waiting)
      yield* this.write(gathered)
      if (gathered.needsRoll) yield* this.roll()
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
      const written = yield* Effect.result(
        Effect.flatMap(this.openActive, (file) => file.write(gathered.buffers, active.sizeBytes))
      )
      if (written._tag === "Failure") return yield* this.writeFailed(gathered, written.failure)
      gathered.commit()
    }
    if ((gathered.asksAll && world.syncsOnCommit) || this.isSyncDue(gathered)) {
      gathered.answerWritten()
      const synced = yield* Effect.result(this.sync)
      if (synced._tag === "Failure") return yield* this.syncFailed(gathered, synced.failure)
    }
    this.offsets.readableTo(gathered.nextOffset)
    gathered.answerAll()
    world.onGrowth()
  })

  /** Brings all that was written to the device, oldest first: no hole may lie before a synced record. */
  readonly sync: Effect.Effect<void, DiskError> = Effect.suspend(() => {
    const dirty = this.segments.filter((segment) => segment.isDirty)
    return Effect.andThen(
      dirty.length === 1
        ? dirty[0]!.sync
        : Effect.forEach(dirty, (segment) => segment.sync, { discard: true }),
      Effect.sync(() => {
        this.recordsSinceSync = 0
        this.lastSyncMs = this.world.nowMs()
      })
    )
  })

  /** flush.messages and flush.ms of the topic. */
  private isSyncDue(gathered: AppendGather): boolean {
    const { flushMessages, flushMs } = this.world.config()
    this.recordsSinceSync += gathered.records
    return gathered.records > 0 && (this.recordsSinceSync >= flushMessages ||
      this.world.nowMs() - this.lastSyncMs >= flushMs)
  }

  private readonly writeFailed = Effect.fnUntraced(
    function*(this: PartitionLog, gathered: AppendGather, error: DiskError) {
      gathered.undo()
      const cut = yield* Effect.result(this.isPrepared ? this.active.cutBack : Effect.void)
      if (error.reason !== "full" || cut._tag === "Failure") {
        this.goOffline(`a write failed: ${error.message}`)
      }
      yield* Effect.logError(
        this.offline === undefined
          ? `${this.name}: the disk is full, appends are refused until there is space`
          : `${this.name} goes offline: ${error.message}`
      )
      gathered.refuse(this.refusal(ErrorCode.KAFKA_STORAGE_ERROR, error.message))
    }
  )

  private readonly syncFailed = Effect.fnUntraced(
    function*(this: PartitionLog, gathered: AppendGather, error: DiskError) {
      this.goOffline(`a sync failed, what is on the device is unknown: ${error.message}`)
      yield* Effect.logError(
        `${this.name} goes offline until the broker restarts: ${error.message}`
      )
      gathered.refuse(this.refusal(ErrorCode.KAFKA_STORAGE_ERROR, error.message))
    }
  )

  /** Begins a new segment; the closed one gets its indexes and, by its owner, a snapshot and a sync. */
  readonly roll = Effect.fnUntraced(function*(this: PartitionLog) {
    const { active, directory, offsets, world } = this
    const written = yield* Effect.result(active.writeIndexes)
    if (written._tag === "Failure" && written.failure.reason !== "full") {
      return this.goOffline(`indexes cannot be written: ${written.failure.message}`)
    }
    this.segments.push(Segment.create(world.disk, directory, offsets.logEndOffset))
    world.onRoll(this)
  })

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
