// One partition's log: its segments, its offsets, and whether they can be used. What is appended goes
// through its GroupCommit; what is read, through LogReader.
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import { LogOffsets } from "../../domain/log/LogOffsets.ts"
import type { ProducerState } from "../../domain/log/ProducerState.ts"
import { NO_TIMESTAMP, type Offset } from "../../domain/Offset.ts"
import type { Disk, DiskError, DiskFile } from "../disk/Disk.ts"
import type { Turn } from "../shards/ShardPool.ts"
import type { AppendCommand } from "./AppendGather.ts"
import { GroupCommit } from "./GroupCommit.ts"
import { LogSync } from "./LogSync.ts"
import type { Acks, Appended } from "./PartitionLogs.ts"
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
  private isPrepared: boolean
  readonly syncs: LogSync
  private readonly commit: GroupCommit

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
    this.commit = new GroupCommit(this)
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
    this.commit.enqueue(command, turn)
  }

  /** Whether an append may have to be synced before it is answered, or soon after. */
  mayAskDevice(acks: Acks): boolean {
    return this.commit.mayAskDevice(acks === -1)
  }

  /** Ends when nothing waits and nothing is being written. */
  get idle(): Effect.Effect<void> {
    return this.commit.idle
  }

  /** Runs work with no write beside it; gives false when one is in flight. Appends wait meanwhile. */
  exclusively(work: Effect.Effect<void>): Effect.Effect<boolean> {
    return this.commit.exclusively(work)
  }

  /** Fails whatever waits, now and from now on. */
  goOffline(reason: string, errorCode: ErrorCode = ErrorCode.KAFKA_STORAGE_ERROR): void {
    this.offline ??= { errorCode, reason }
    this.world.onGrowth()
  }

  /** What the disk did leaves no way on before a restart: offline from here on, and to be said so. */
  failed(what: string, { message }: DiskError): Effect.Effect<void> {
    this.goOffline(`${what}: ${message}`)
    return Effect.logError(`${this.name} goes offline until a restart: ${message}`)
  }

  /** The file that is written; with the first record comes the directory. */
  get openActive(): Effect.Effect<DiskFile, DiskError> {
    if (this.isPrepared || this.world.prepare === undefined) return this.active.open
    return Effect.andThen(
      this.world.prepare,
      Effect.suspend(() => {
        this.isPrepared = true
        return this.active.open
      })
    )
  }

  /** Whether the partition's directory exists. */
  get hasDirectory(): boolean {
    return this.isPrepared
  }

  /** Brings all that was written to the device; when that fails the log goes offline. */
  get sync(): Effect.Effect<void> {
    return this.syncs.run
  }

  /**
   * Begins a new segment; the next checkpoint brings the indexes of the closed one to the device.
   * The log is offline when the closed one cannot be made as long as its records.
   */
  get roll(): Effect.Effect<void> {
    return Effect.matchEffect(this.active.cutRoom, {
      onSuccess: () => Effect.sync(() => this.begin()),
      onFailure: (error) => this.failed("a segment could not be closed", error)
    })
  }

  private begin(): void {
    const { directory, offsets, world } = this
    this.segments.push(Segment.create(world.disk, directory, offsets.logEndOffset))
    world.onRoll(this)
  }

  refusalOf({ errorCode, reason }: Offline): Appended {
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
