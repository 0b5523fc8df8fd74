// Compacts logs, one at a time, the dirtiest first: notes the newest offset of each key in the dirty part,
// writes all segments up to there anew without what these replace, puts the new ones in place group by
// group from the oldest on, and notes how far it came. The order matters: when a tombstone goes, what it
// deleted has gone before, whenever the broker dies.
//
// Appends and reads go on meanwhile. Memory is the key table and two buffers; a log that has more keys
// than fit is compacted in several rounds. Source: Kafka's LogCleaner, Cleaner.
import * as Effect from "effect/Effect"
import * as crypto from "node:crypto"
import * as Compaction from "../../domain/log/Compaction.ts"
import * as CompactionPlan from "../../domain/log/CompactionPlan.ts"
import * as KeyOffsets from "../../domain/log/KeyOffsets.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import type { Compression } from "../compression/Compression.ts"
import type { LogCleanerConfig } from "../config/LogCleanerConfig.ts"
import type { Disk, DiskError } from "../disk/Disk.ts"
import { CompactionIo, CompactionStopped, sensible } from "./CompactionIo.ts"
import type { LogCheckpoints } from "./LogCheckpoints.ts"
import * as LogDirt from "./LogDirt.ts"
import type { Partition } from "./Partition.ts"
import type { PartitionLog } from "./PartitionLog.ts"
import type { Partitions } from "./Partitions.ts"
import type { Segment } from "./Segment.ts"
import * as SegmentRewrite from "./SegmentRewrite.ts"
import * as SegmentSwap from "./SegmentSwap.ts"

export interface CompactorWorld {
  readonly disk: Disk["Service"]
  readonly config: LogCleanerConfig
  readonly compression: Compression["Service"]
  readonly partitions: Partitions
  readonly checkpoints: LogCheckpoints
  readonly nowMs: () => number
}

const WRITE_BYTES_MIN = 64 * 1024

/** Nobody can make two keys with the same one; "binary" is the fastest form. */
const digest: KeyOffsets.Digest = (key) => crypto.hash("sha256", key, "binary")

export class LogCompactor {
  private readonly world: CompactorWorld
  /** Those that are damaged: they are left alone until a restart. */
  private readonly damaged = new WeakSet<PartitionLog>()

  constructor(world: CompactorWorld) {
    this.world = world
  }

  /** Compacts until no log is due. */
  readonly round: Effect.Effect<void> = Effect.suspend(() => this.compactAll(new Set()))

  private readonly compactAll = Effect.fnUntraced(
    function*(this: LogCompactor, failed: Set<PartitionLog>) {
      while (true) {
        const found = yield* this.dirtiest(failed)
        if (found === undefined) return
        const { log } = found.partition
        const ended = yield* Effect.result(log.upkeep.withPermit(this.compact(found)))
        if (ended._tag === "Success") continue
        failed.add(log)
        const error = ended.failure
        if (error._tag === "CompactionStopped") continue
        if (error._tag !== "DiskError") this.damaged.add(log)
        const how = error._tag === "DiskError"
          ? "now"
          : "until it is mended and the broker restarted"
        yield* Effect.logError(`${log.name} cannot be compacted ${how}: ${error.message}`)
      }
    }
  )

  private readonly dirtiest = Effect.fnUntraced(
    function*(this: LogCompactor, failed: ReadonlySet<PartitionLog>) {
      let found: Found | undefined
      for (const partition of this.world.partitions.all()) {
        const { log } = partition
        if (failed.has(log) || this.damaged.has(log)) continue
        const dirt = yield* Effect.catch(
          LogDirt.of(log, this.world.nowMs()),
          (error: DiskError) =>
            Effect.as(
              Effect.logWarning(`${log.name} cannot be looked at: ${error.message}`),
              undefined
            )
        )
        if (dirt === undefined || !dirt.isDue) continue
        if (found === undefined || dirt.dirtyRatio > found.dirt.dirtyRatio) {
          found = { partition, dirt }
        }
      }
      return found
    }
  )

  private readonly compact = Effect.fnUntraced(function*(
    this: LogCompactor,
    { dirt, partition }: Found
  ): Effect.fn.Return<void, SegmentRewrite.RewriteError> {
    const { log } = partition
    const { checkpoints, config, nowMs } = this.world
    const startMs = nowMs()
    const isStopped = () => log.offline !== undefined
    const io = new CompactionIo({ config, nowMs, isStopped })
    // What replaces must be on the device before what it replaces goes; and the log's end must be
    // told by a file of its own, because the last records before it may go.
    yield* log.sync
    yield* log.active.establish
    if (isStopped()) return yield* new CompactionStopped({ message: "the log went offline" })
    if (log.cleanedTo === undefined) yield* checkpoints.noteCleaned(log, dirt.firstDirtyOffset)
    const newest = yield* this.newestOf(log, dirt, io)
    const facts = LogDirt.factsOf(log).filter(({ baseOffset }) => baseOffset < newest.endOffset)
    const before = sizeOf(log.segments.slice(0, facts.length))
    const rules: Compaction.Rules = {
      newest,
      nowMs: startMs,
      deleteRetentionMs: log.world.config().deleteRetentionMs,
      isLastOfProducer: isLastOf(log)
    }
    let at = 0
    for (const size of CompactionPlan.groups(facts, log.world.config())) {
      yield* this.compactGroup(partition, log.segments.slice(at, at + size), rules, io)
      at++
    }
    yield* checkpoints.noteCleaned(log, newest.endOffset)
    yield* Effect.logInfo(
      `${log.name}: compacted up to offset ${newest.endOffset}, ${newest.size} keys, ` +
        `${before} bytes became ${sizeOf(log.segments.slice(0, at))}`
    )
  })

  /** Notes as many keys of the dirty part as there is room for. */
  private readonly newestOf = Effect.fnUntraced(function*(
    this: LogCompactor,
    log: PartitionLog,
    { endOffset, firstDirtyOffset }: CompactionPlan.Cleanable,
    io: CompactionIo
  ): Effect.fn.Return<KeyOffsets.KeyOffsets, SegmentRewrite.RewriteError> {
    const { compression, config } = this.world
    const { dedupeBufferBytes, loadFactor } = config
    const newest = new KeyOffsets.KeyOffsets({
      slots: Math.min(
        Math.floor(dedupeBufferBytes / KeyOffsets.SLOT_BYTES),
        Math.ceil((endOffset - firstDirtyOffset) / Math.max(loadFactor, 0.01)) + 2
      ),
      loadFactor,
      digest
    })
    newest.endOffset = firstDirtyOffset
    for (const { baseOffset, endOffset: nextBase, segment } of LogDirt.factsOf(log)) {
      if (nextBase <= firstDirtyOffset || baseOffset >= endOffset) continue
      const note = (buffer: Buffer, at: number, records: Buffer) =>
        sensible(() => Compaction.note(buffer, at, records, newest))
      const isWhole = yield* io.walk(segment, (buffer, at) => {
        if (!SegmentRewrite.isCompressed(buffer, at)) {
          return note(buffer, at, SegmentRewrite.recordsOf(buffer, at))
        }
        return Effect.flatMap(SegmentRewrite.opened(buffer, at, compression), (records) => {
          const noted = note(buffer, at, records)
          return typeof noted === "boolean" ? Effect.succeed(noted) : noted
        })
      })
      if (!isWhole) return newest
      newest.endOffset = Math.max(newest.endOffset, nextBase)
    }
    return newest
  })

  /** Puts one segment in the place of some, if that makes a difference. */
  private readonly compactGroup = Effect.fnUntraced(function*(
    this: LogCompactor,
    { log, reader }: Partition,
    old: ReadonlyArray<Segment>,
    rules: Compaction.Rules,
    io: CompactionIo
  ): Effect.fn.Return<void, SegmentRewrite.RewriteError> {
    const { compressionGzipLevel, fileDeleteDelayMs, indexIntervalBytes } = log.world.config()
    const fresh = SegmentRewrite.begin(old[0]!)
    const rewritten = SegmentRewrite.rewrite(old, fresh, {
      rules,
      io,
      compression: this.world.compression,
      gzipLevel: compressionGzipLevel,
      indexIntervalBytes,
      writeBytes: Math.max(WRITE_BYTES_MIN, this.world.config.ioBufferBytes / 2)
    })
    const isReplaced = yield* rewritten.pipe(
      Effect.tap((isChanged) => {
        const { baseOffset } = log.segments[log.segments.indexOf(old.at(-1)!) + 1]!
        return isChanged ? SegmentSwap.swap(log, old, fresh, baseOffset) : Effect.void
      }),
      Effect.ensuring(Effect.suspend(() =>
        fresh.stage !== "" && log.offline === undefined
          ? SegmentRewrite.discard(fresh)
          : Effect.void
      ))
    )
    if (!isReplaced) return
    reader.forget()
    log.world.run(Effect.ignore(
      Effect.andThen(
        Effect.sleep(fileDeleteDelayMs),
        Effect.forEach(old, (segment) => segment.removeDeleted, { discard: true })
      ),
      { log: "Warn" }
    ))
  })
}

interface Found {
  readonly partition: Partition
  readonly dirt: CompactionPlan.Cleanable
}

const isLastOf = (log: PartitionLog) => (batch: Buffer, at: number): boolean => {
  const producerId = RecordBatch.producerId(batch, at)
  if (producerId === RecordBatch.NO_PRODUCER_ID) return false
  const last = log.producers.entry(producerId)?.batches.at(-1)
  return last?.lastOffset === RecordBatch.lastOffset(batch, at)
}

const sizeOf = (segments: ReadonlyArray<Segment>): number =>
  segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
