// Brings a log to the device: one sync at a time, and after one that failed none any more. The kernel
// tells of lost pages once, to whoever syncs first; were two syncs of a log under way, the other might
// succeed and acknowledge what is gone.
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import type { DiskError } from "../disk/Disk.ts"
import type { Segment } from "./Segment.ts"

const FAILED = "a sync failed, what is on the device is not known"

/** The log that is synced. */
export interface SyncedLog {
  readonly active: Segment
  readonly segments: ReadonlyArray<Segment>
  readonly offline: unknown
  readonly failed: (what: string, error: DiskError) => Effect.Effect<void>
  readonly world: {
    readonly config: () => LogConfig
    readonly nowMs: () => number
    readonly run: (work: Effect.Effect<void>) => void
  }
}

export class LogSync {
  private readonly log: SyncedLog
  private readonly oneAtATime = Semaphore.makeUnsafe(1)
  private isRunning = false
  private recordsSince = 0
  private lastMs: number

  constructor(log: SyncedLog) {
    this.log = log
    this.lastMs = log.world.nowMs()
  }

  /** Whether flush.messages or flush.ms ask for a sync, now that so many more records were written. */
  isDue(records: number): boolean {
    const { config, nowMs } = this.log.world
    const { flushMessages, flushMs } = config()
    this.recordsSince += records
    return records > 0 &&
      (this.recordsSince >= flushMessages || nowMs() - this.lastMs >= flushMs)
  }

  /** Whether the active segment alone is dirty, or will be, and the device is quick. */
  get isQuick(): boolean {
    const { active, offline, segments } = this.log
    return offline === undefined && !this.isRunning && active.isSyncQuick &&
      segments.every((it) => it === active || !it.isDirty)
  }

  /** `run` on the calling stack, when `isQuick`. */
  runNow(): void {
    const { log } = this
    try {
      log.active.syncNow()
      this.synced()
    } catch (error) {
      log.world.run(log.failed(FAILED, error as DiskError))
    }
  }

  private synced(): void {
    this.recordsSince = 0
    this.lastMs = this.log.world.nowMs()
  }

  /** Oldest segment first: no hole may lie before a synced record. The log is offline when it fails. */
  readonly run: Effect.Effect<void> = Effect.suspend(() =>
    this.oneAtATime.withPermit(Effect.suspend(() => {
      this.isRunning = true
      return Effect.ensuring(
        this.syncDirty(),
        Effect.sync(() => {
          this.isRunning = false
        })
      )
    }))
  )

  private syncDirty(): Effect.Effect<void> {
    const { log } = this
    const dirty = log.offline === undefined ? log.segments.filter((it) => it.isDirty) : []
    if (dirty.length === 0) return Effect.void
    return Effect.matchEffect(Effect.forEach(dirty, (it) => it.sync, { discard: true }), {
      onSuccess: () => Effect.sync(() => this.synced()),
      onFailure: (error) => log.failed(FAILED, error)
    })
  }
}
