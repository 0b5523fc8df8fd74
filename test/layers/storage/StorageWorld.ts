// The log of a broker over a simulated disk: started, stopped, killed and started again within one
// test, with what it logs kept for looking at. Also the batches that producers would send it.
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import { MemoryDisk } from "../../../src/layers/disk/MemoryDisk.ts"
import { ShardPool } from "../../../src/layers/shards/ShardPool.ts"
import { ClusterMetadata } from "../../../src/layers/storage/ClusterMetadata.ts"
import * as LogManager from "../../../src/layers/storage/LogManager.ts"
import {
  type Acks,
  type Appended,
  PartitionLogs,
  type ReadOptions
} from "../../../src/layers/storage/PartitionLogs.ts"
import * as TopicCatalog from "../../../src/layers/storage/TopicCatalog.ts"

export const DIRECTORY = "/data"

/** One life of the storage of a broker. */
export class Storage {
  readonly logs: PartitionLogs["Service"]
  readonly metadata: ClusterMetadata["Service"]
  private readonly scope: Scope.Closeable

  constructor(context: Context.Context<PartitionLogs | ClusterMetadata>, scope: Scope.Closeable) {
    this.logs = Context.get(context, PartitionLogs)
    this.metadata = Context.get(context, ClusterMetadata)
    this.scope = scope
  }

  /** A clean stop; after a kill, the end of the dead process's fibers. */
  get stop(): Effect.Effect<void> {
    return Scope.close(this.scope, Exit.void)
  }

  topic(name: string, configs: Readonly<Record<string, string>> = {}, partitions = 1) {
    return Effect.orDie(this.metadata.create({ name, partitions, configs }))
  }

  /** Appends to one partition and waits for the answer. */
  append(topic: string, records: Buffer, acks: Acks = -1, partition = 0): Effect.Effect<Appended> {
    return this.logs.append([{ topic, partition, records }], acks).pipe(
      Effect.flatMap(Deferred.await),
      Effect.map((results) => results[0]!)
    )
  }

  /** What an append is answered, as its error code and base offset. */
  appended(topic: string, records: Buffer, acks: Acks = -1, partition = 0) {
    return Effect.map(
      this.append(topic, records, acks, partition),
      ({ baseOffset, errorCode }) => ({ errorCode, baseOffset })
    )
  }

  read(topic: string, offset: number, options: Partial<ReadOptions> & { partition?: number } = {}) {
    return Effect.map(
      this.logs.read(topic, options.partition ?? 0, {
        offset,
        bytesMax: 1 << 20,
        atLeastOne: true,
        isolation: "read_uncommitted",
        currentLeaderEpoch: -1,
        ...options
      }),
      (result) => {
        const copy = { ...result, records: Buffer.from(result.records) }
        result.release()
        return copy
      }
    )
  }

  /** Everything that can be read from `offset` on, batch by batch. */
  readonly readAll = Effect.fnUntraced(
    function*(this: Storage, topic: string, offset = 0, partition = 0) {
      const batches: Array<Buffer> = []
      let next = offset
      while (true) {
        const { errorCode, records } = yield* this.read(topic, next, { partition })
        if (records.length === 0) return { batches, nextOffset: next, errorCode }
        for (const batch of split(records)) {
          batches.push(batch)
          next = RecordBatch.nextOffset(batch, 0)
        }
      }
    }
  )
}

/** A disk and what the brokers on it have logged. */
export class World {
  readonly disk = new MemoryDisk()
  readonly lines: Array<string> = []
  private readonly configs: Readonly<Record<string, string>>

  constructor(configs: Readonly<Record<string, string>> = {}) {
    this.configs = configs
  }

  /** Starts the storage of a broker on the disk. */
  get start(): Effect.Effect<Storage, unknown> {
    const layer = LogManager.layer.pipe(
      Layer.provideMerge(TopicCatalog.layer),
      Layer.provide(ShardPool.layer),
      Layer.provide(Compression.layer),
      Layer.provide(BrokerConfig.layerTest({ "log.dirs": DIRECTORY, ...this.configs })),
      Layer.provide(this.disk.layer),
      Layer.provide(this.logging)
    )
    return Effect.gen(function*() {
      const scope = yield* Scope.make()
      const context = yield* Effect.onError(
        Layer.buildWithScope(layer, scope),
        () => Scope.close(scope, Exit.void)
      )
      return new Storage(context, scope)
    })
  }

  /** The process dies and another takes its place. */
  restartAfterKill(storage: Storage): Effect.Effect<Storage, unknown> {
    return Effect.sync(() => this.disk.kill()).pipe(
      Effect.andThen(storage.stop),
      Effect.andThen(this.start)
    )
  }

  /** The machine dies and comes back. */
  restartAfterCrash(
    storage: Storage,
    random?: () => number
  ): Effect.Effect<Storage, unknown> {
    return Effect.sync(() => this.disk.crash(random)).pipe(
      Effect.andThen(storage.stop),
      Effect.andThen(this.start)
    )
  }

  restart(storage: Storage): Effect.Effect<Storage, unknown> {
    return Effect.andThen(storage.stop, this.start)
  }

  /** Lets time pass, and what it wakes run to its end. */
  advance(ms: number): Effect.Effect<void> {
    const turn = Effect.andThen(TestClock.adjust(ms / 100), Effect.yieldNow)
    return Effect.forEach(Array.from({ length: 100 }), () => turn, { discard: true })
  }

  /** Keeps what is logged; what a test's own fiber does logs to it only where this is provided. */
  readonly logging = Logger.layer([
    Logger.make(({ message }) => void this.lines.push([message].flat().join(" ")))
  ])

  /** Lines logged that hold `text`. */
  said(text: string | RegExp): ReadonlyArray<string> {
    return this.lines.filter((line) => line.search(text) >= 0)
  }
}

export interface BatchOptions {
  readonly records?: number
  readonly valueBytes?: number
  readonly timestamp?: number
  readonly producerId?: number
  readonly producerEpoch?: number
  readonly baseSequence?: number
  /** Found in every value, to know batches apart. */
  readonly tag?: string
}

/** A batch as a producer sends it: offsets from 0, values that begin with the tag. */
export const batch = (options: BatchOptions = {}): Buffer => {
  const { records = 1, tag = "", timestamp = 1_000, valueBytes = 10 } = options
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 24 })
  for (let i = 0; i < records; i++) {
    const value = Buffer.from(`${tag}#${i}`.padEnd(valueBytes, "."))
    assert.isTrue(builder.append(timestamp + i, null, value))
  }
  return Buffer.from(builder.seal(options))
}

/** The batches that lie back to back in `records`. */
export const split = (records: Buffer): ReadonlyArray<Buffer> => {
  const batches: Array<Buffer> = []
  for (let at = 0; at < records.length; at += RecordBatch.sizeBytes(records, at)) {
    batches.push(records.subarray(at, at + RecordBatch.sizeBytes(records, at)))
  }
  return batches
}

/** Base offsets of the batches in `records`. */
export const baseOffsets = (records: Buffer): ReadonlyArray<number> =>
  split(records).map((batch) => RecordBatch.baseOffset(batch, 0))

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
export const randomFrom = (seed: number): () => number => {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
