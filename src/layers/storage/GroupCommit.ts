// The one place where records are appended to a partition's log.
//
// What arrives while a write is in flight waits, and goes out together with the next: one write, and
// where somebody asked for it one sync, however many requests wait. What arrives while the device works
// is written behind it, so that the next sync begins as soon as the last has ended. Offsets are given
// at the beginning of a write, in the order in which the commands came; the buffers of the commands
// are patched in place and written as they are. Everything between is synchronous and per batch.
//
// When a write fails nothing of it remains: neither bytes in the file nor traces in memory. A full
// disk heals by itself; after a failed write or sync the kernel may have dropped what it could not
// write, so the partition stays offline until a restart has read what is really there.
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type { DiskError, DiskFile } from "../disk/Disk.ts"
import type { Turn } from "../shards/ShardPool.ts"
import { type AppendCommand, AppendGather } from "./AppendGather.ts"
import type { PartitionLog } from "./PartitionLog.ts"

/** With more than these there is work to be done while the device works. */
const SYNC_NOW_COMMANDS_MAX = 12

export class GroupCommit {
  private readonly log: PartitionLog
  private waiting: Array<AppendCommand> = []
  /** What was given its place and is not answered. */
  private readonly unsettled = new Set<AppendGather>()
  /** Of these, what was written while the device works on what came before. */
  private behind: Array<AppendGather> = []
  private isSyncing = false
  private isFlushing = false
  /** Why the last append could not be written; it is told once. */
  private trouble: string | undefined
  private readonly whenIdle: Array<() => void> = []

  constructor(log: PartitionLog) {
    this.log = log
  }

  /** Takes a place in line. Called on the partition's shard; the turn's end writes all that came. */
  enqueue(command: AppendCommand, turn: Turn): void {
    this.waiting.push(command)
    if ((this.isFlushing && !this.isSyncing) || this.waiting.length > 1) return
    turn.atEnd(() => {
      try {
        this.onTurn()
      } catch (cause) {
        this.log.world.run(this.ended(Cause.die(cause)))
        if (!this.isFlushing) this.endFlush()
      }
    })
  }

  private onTurn(): void {
    if (this.waiting.length === 0) return
    if (this.isSyncing && this.isFlushing) return this.writeBehind()
    if (this.isFlushing || this.writeNow()) return
    this.isFlushing = true
    this.log.world.run(this.flush)
  }

  /**
   * Writes what waits on the calling stack, when that is all it takes: the file is open, the
   * segment has room, and nobody asks for the device, or it is quick. That saves a fiber and two
   * hops.
   */
  private writeNow(): boolean {
    const asksAll = this.waiting.some(({ acks }) => acks === -1)
    const mayAskDevice = this.mayAskDevice(asksAll)
    if (mayAskDevice && !this.maySyncNow) return false
    const gathered = this.writtenNow()
    if (gathered === undefined) return false
    if (mayAskDevice && this.asksDevice([gathered])) {
      gathered.answerWritten()
      this.log.syncs.runNow()
    }
    this.settle([gathered])
    return true
  }

  private get maySyncNow(): boolean {
    return this.waiting.length <= SYNC_NOW_COMMANDS_MAX && this.log.syncs.isQuick
  }

  /** Whether a write may have to be synced before it is answered, or soon after. */
  mayAskDevice(asksAll: boolean): boolean {
    const { world } = this.log
    const { flushMessages, flushMs } = world.config()
    return flushMessages < Number.MAX_SAFE_INTEGER || flushMs < Number.MAX_SAFE_INTEGER ||
      (world.syncsOnCommit && asksAll)
  }

  /** What is written of it: with room behind, where the device is asked for each write. */
  private buffersOf({ asksAll, buffers, bytes }: AppendGather, file: DiskFile) {
    if (!this.mayAskDevice(asksAll)) return buffers
    const room = this.log.active.roomBehind(file, bytes)
    return room === undefined ? buffers : [...buffers, room]
  }

  /** Writes what waits although the device works; what needs more than that waits for its turn. */
  private writeBehind(): void {
    const gathered = this.writtenNow()
    if (gathered === undefined) return
    gathered.answerWritten()
    this.behind.push(gathered)
  }

  /** All that waits, in the file; undefined, and nothing has happened, when that takes more. */
  private writtenNow(): AppendGather | undefined {
    const { active: { openFile }, offline } = this.log
    if (openFile === undefined || offline !== undefined) return undefined
    const gathered = new AppendGather(this.log)
    const left = gathered.place(this.waiting)
    if (left.length > 0 || !this.isTaken(openFile, gathered)) {
      gathered.undo()
      return undefined
    }
    this.waiting = left
    this.unsettled.add(gathered)
    if (gathered.buffers.length > 0) gathered.commit()
    return gathered
  }

  /** When the file does not take it, the write that follows meets the trouble and deals with it. */
  private isTaken(file: DiskFile, gathered: AppendGather): boolean {
    if (gathered.buffers.length === 0) return true
    try {
      return file.writeSyncUnsafe(this.buffersOf(gathered, file), this.log.active.sizeBytes)
    } catch {
      return false
    }
  }

  /** Ends when nothing waits and nothing is being written. */
  get idle(): Effect.Effect<void> {
    return Effect.callback((resume) => {
      if (!this.isFlushing && this.waiting.length === 0) resume(Effect.void)
      else this.whenIdle.push(() => resume(Effect.void))
    })
  }

  /** Runs work with no write beside it; gives false when one is in flight. Appends wait meanwhile. */
  exclusively(work: Effect.Effect<void>): Effect.Effect<boolean> {
    return Effect.suspend(() => {
      if (this.isFlushing) return Effect.succeed(false)
      this.isFlushing = true
      return Effect.as(Effect.ensuring(work, Effect.sync(() => this.endFlush())), true)
    })
  }

  private get flush(): Effect.Effect<void> {
    return this.flushAll().pipe(
      Effect.catchCause((cause) => this.ended(cause)),
      Effect.ensuring(Effect.sync(() => this.endFlush()))
    )
  }

  /** In a defect: nobody knows what is in the file and what in memory. */
  private ended(cause: Cause.Cause<never>): Effect.Effect<void> {
    this.log.goOffline("an append ended in a defect")
    return Effect.logError(`${this.log.name} goes offline: an append ended in a defect`, cause)
  }

  /** What came in the meantime is written too; offline, it is refused. */
  private endFlush(): void {
    if (this.log.offline !== undefined) {
      const refusal = this.log.refusalOf(this.log.offline)
      for (const gathered of this.unsettled) gathered.refuse(refusal)
      this.behind = []
      for (const command of this.waiting.splice(0)) command.done(refusal)
    }
    this.unsettled.clear()
    this.isFlushing = this.waiting.length > 0
    if (this.isFlushing) this.log.world.run(this.flush)
    else for (const resume of this.whenIdle.splice(0)) resume()
  }

  private flushAll(): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      while (this.waiting.length > 0 && this.log.offline === undefined) {
        const gathered = new AppendGather(this.log)
        this.unsettled.add(gathered)
        this.waiting = gathered.place(this.waiting)
        yield* this.write(gathered)
        if (gathered.needsRoll && this.log.offline === undefined) yield* this.log.roll
        // Under load something always waits here; without this it would never be quick again.
        if (this.waiting.length > 0) this.writeNow()
      }
    })
  }

  /** Writes what was gathered, syncs when asked to, and answers. */
  private write(gathered: AppendGather): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      const { buffers } = gathered
      if (buffers.length > 0) {
        const opened = yield* Effect.result(this.log.openActive)
        if (opened._tag === "Failure") return yield* this.notWritten(gathered, opened.failure)
        const written = yield* Effect.result(
          opened.success.write(
            this.buffersOf(gathered, opened.success),
            this.log.active.sizeBytes
          )
        )
        if (written._tag === "Failure") return yield* this.writeFailed(gathered, written.failure)
        gathered.commit()
        this.trouble = undefined
      }
      if (this.asksDevice([gathered])) {
        gathered.answerWritten()
        yield* this.syncing
      }
      yield* this.finish([gathered])
    })
  }

  /** Answers what was written, and all that was written behind; the device goes on meanwhile. */
  private finish(first: ReadonlyArray<AppendGather>): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      let written = first
      while (this.behind.length > 0 && this.log.offline === undefined) {
        const next = this.behind.splice(0)
        const sync = this.asksDevice(next) ? this.syncing : Effect.void
        const syncing = yield* Effect.forkChild(sync, { startImmediately: true })
        this.settle(written)
        written = next
        yield* Fiber.join(syncing)
      }
      this.settle(written)
    })
  }

  private asksDevice(written: ReadonlyArray<AppendGather>): boolean {
    const records = written.reduce((sum, gathered) => sum + gathered.records, 0)
    const asksAll = this.log.world.syncsOnCommit && written.some((gathered) => gathered.asksAll)
    return this.log.syncs.isDue(records) || asksAll
  }

  private get syncing(): Effect.Effect<void> {
    return Effect.suspend(() => {
      this.isSyncing = true
      const end = Effect.sync(() => {
        this.isSyncing = false
      })
      // What came during the write goes with it.
      if (this.waiting.length > 0) this.writeBehind()
      return Effect.ensuring(this.log.sync, end)
    })
  }

  /** They are as durable as was asked. */
  private settle(written: ReadonlyArray<AppendGather>): void {
    // A sync that failed, here or beside this write, may have been about these records.
    const { offline, offsets, world } = this.log
    const refusal = offline === undefined ? undefined : this.log.refusalOf(offline)
    const last = written.at(-1)
    if (refusal === undefined && last !== undefined) offsets.readableTo(last.nextOffset)
    // The last first: so an answer finds those that follow it on its connection ready to go with it.
    for (const gathered of written.toReversed()) {
      this.unsettled.delete(gathered)
      if (refusal === undefined) gathered.answerAll()
      else gathered.refuse(refusal)
    }
    if (refusal === undefined) world.onGrowth()
  }

  /** The file cannot be had, but nothing has happened to it: the next append tries again. */
  private notWritten(gathered: AppendGather, error: DiskError): Effect.Effect<void> {
    gathered.undo()
    gathered.refuse(this.log.refusal(ErrorCode.KAFKA_STORAGE_ERROR, error.message))
    const isKnown = this.trouble === error.message
    this.trouble = error.message
    return isKnown ? Effect.void : Effect.logError(
      `${this.log.name}: appends are refused until they can be written: ${error.message}`
    )
  }

  private writeFailed(gathered: AppendGather, error: DiskError): Effect.Effect<void> {
    return Effect.gen({ self: this }, function*() {
      const { log } = this
      const cut = yield* Effect.result(log.active.cutBack)
      if (error.reason === "full" && cut._tag === "Success") {
        log.active.mayPrepareRoom = false
        return yield* this.notWritten(gathered, error)
      }
      gathered.undo()
      yield* log.failed("a write failed", error)
      gathered.refuse(log.refusal(ErrorCode.KAFKA_STORAGE_ERROR, error.message))
    })
  }
}
