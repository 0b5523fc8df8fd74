// Compaction takes what newer records replace, and nothing else: whoever reads meanwhile or later, from
// wherever, finds the same last value of each key at the same offset.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CompressionType from "../../../src/domain/record/CompressionType.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import * as RecordBatchBuilder from "../../../src/domain/record/RecordBatchBuilder.ts"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import {
  begin,
  cleaned,
  filesOf,
  HOUR_MS,
  isEmptyBatch,
  keyed,
  logsOf,
  mapOf,
  offsetsOf,
  recordsOf,
  value,
  write
} from "./CompactionWorld.ts"

describe("a dirty log", () => {
  it.effect("keeps the last record of each key, and its active segment as it is", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      assert.deepStrictEqual(yield* logsOf(world), [0, 3, 6, 9, 12, 15, 18])
      const before = yield* recordsOf(storage)
      yield* cleaned(world)
      const after = yield* recordsOf(storage)
      assert.deepStrictEqual(offsetsOf(after), [15, 16, 17, 18, 19])
      assert.deepStrictEqual(after, before.slice(15))
      assert.deepStrictEqual(storage.logs.offsets("t", 0)!.logStartOffset, 0)
    }))

  it.effect("joins small segments, and leaves no other files after the delay", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      yield* cleaned(world)
      yield* write(storage, 10, { from: 20 })
      yield* cleaned(world)
      assert.include(yield* filesOf(world), "00000000000000000003.log.deleted")
      yield* world.advance(61_000)
      const bases = yield* logsOf(world)
      assert.isBelow(bases.length, 6)
      assert.strictEqual(bases[0], 0)
      for (const name of yield* filesOf(world)) {
        assert.match(name, /^\d{20}\.(log|index|timeindex|snapshot)$|^leader-ep|^partition\.meta/)
        if (/^\d{20}/.test(name)) assert.include(bases, Number(name.slice(0, 20)))
      }
    }))

  it.effect("is compacted again when more is written, and once more after a restart", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      yield* cleaned(world)
      yield* write(storage, 20, { from: 20 })
      yield* cleaned(world)
      assert.isAtMost((yield* recordsOf(storage)).length, 6)
      const checkpoint = world.disk.bytesOf("/data/cleaner-offset-checkpoint").toString()
      assert.match(checkpoint, /^0\n1\nt 0 \d+\n$/)
      const again = yield* world.restart(storage)
      yield* write(again, 20, { from: 40 })
      yield* cleaned(world)
      const records = yield* recordsOf(again)
      assert.deepStrictEqual(mapOf(records), { k0: "v57", k1: "v58", k2: "v59" })
      assert.isAtMost(records.length, 6)
      assert.deepStrictEqual(world.said(/cannot|damaged|cut/), [])
    }))

  it.effect("is read from any offset on, those that are gone too", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 40, { keys: 7 })
      yield* cleaned(world)
      const check = Effect.fnUntraced(function*(storage: Parameters<typeof recordsOf>[0]) {
        const all = yield* recordsOf(storage)
        for (let offset = 0; offset <= 40; offset++) {
          const wanted = all.filter((record) => record.offset >= offset)
          assert.deepStrictEqual(yield* recordsOf(storage, offset), wanted, `from ${offset}`)
        }
      })
      yield* check(storage)
      yield* check(yield* world.restart(storage))
    }))

  it.effect("tells no more of a deleted topic", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      yield* cleaned(world)
      yield* Effect.orDie(storage.metadata.delete("t"))
      yield* storage.topic("t")
      yield* storage.append("t", keyed([["a", "1"]]))
      assert.strictEqual(world.disk.bytesOf("/data/cleaner-offset-checkpoint").toString(), "0\n0\n")
    }))

  it.effect("that is compacted no longer is still read and recovered with its holes", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      yield* cleaned(world)
      const before = yield* recordsOf(storage)
      yield* Effect.orDie(
        storage.metadata.updateConfigs(
          "t",
          (configs) => ({ ...configs, "cleanup.policy": "delete" })
        )
      )
      const again = yield* world.restartAfterCrash(storage)
      assert.deepStrictEqual(yield* recordsOf(again), before)
      assert.deepStrictEqual(world.said("cut"), [])
    }))
})

describe("a log with cleanup.policy=compact,delete", () => {
  it.effect("loses old segments too, those that compaction has emptied among them", () =>
    Effect.gen(function*() {
      const both = { "cleanup.policy": "compact,delete", "retention.ms": "600000" }
      const { storage, world } = yield* begin(both)
      yield* write(storage, 20)
      yield* cleaned(world)
      assert.strictEqual((yield* recordsOf(storage)).length, 5)
      yield* world.advance(HOUR_MS)
      assert.strictEqual(storage.logs.offsets("t", 0)!.logStartOffset, 20)
      yield* write(storage, 20, { from: 20 })
      yield* cleaned(world)
      assert.deepStrictEqual(mapOf(yield* recordsOf(storage, 20)), {
        k0: "v39",
        k1: "v37",
        k2: "v38"
      })
    }))
})

describe("what is not due", () => {
  it.effect("is left alone: below the ratio, with log.cleaner.enable=false, with delete", () =>
    Effect.gen(function*() {
      for (
        const [configs, broker] of [
          [{ "min.cleanable.dirty.ratio": "1" }, {}],
          [{}, { "log.cleaner.enable": "false" }],
          [{ "cleanup.policy": "delete", "retention.ms": "-1" }, {}]
        ] as const
      ) {
        const { storage, world } = yield* begin(configs, broker)
        yield* write(storage, 20)
        yield* cleaned(world)
        assert.strictEqual((yield* recordsOf(storage)).length, 20)
        yield* storage.stop
      }
    }))

  it.effect("is compacted all the same once max.compaction.lag.ms is over", () =>
    Effect.gen(function*() {
      const lag = { "min.cleanable.dirty.ratio": "1", "max.compaction.lag.ms": "60000" }
      const { storage, world } = yield* begin(lag)
      yield* write(storage, 20)
      yield* cleaned(world)
      assert.strictEqual((yield* recordsOf(storage)).length, 20)
      yield* world.advance(62_000)
      assert.strictEqual((yield* recordsOf(storage)).length, 5)
    }))

  it.effect("waits for min.compaction.lag.ms, after a restart too", () =>
    Effect.gen(function*() {
      const { world, ...first } = yield* begin({ "min.compaction.lag.ms": "60000" })
      yield* write(first.storage, 20)
      const storage = yield* world.restart(first.storage)
      yield* cleaned(world)
      assert.strictEqual((yield* recordsOf(storage)).length, 20)
      yield* world.advance(62_000)
      assert.strictEqual((yield* recordsOf(storage)).length, 5)
    }))
})

describe("tombstones", () => {
  it.effect("stay for delete.retention.ms after they were first compacted, then go", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* storage.append("t", keyed([["gone", value("1")], ["kept", value("1")]]))
      yield* storage.append("t", keyed([["gone", null]]))
      const fill = Effect.fnUntraced(function*() {
        for (let i = 0; i < 6; i++) yield* storage.append("t", keyed([["k", value(`${i}`)]]))
        yield* cleaned(world)
        return (yield* recordsOf(storage)).filter(({ key }) => key === "gone")
      })
      assert.deepStrictEqual(offsetsOf(yield* fill()), [2])
      yield* world.advance(HOUR_MS / 2)
      assert.deepStrictEqual(offsetsOf(yield* fill()), [2])
      yield* world.advance(HOUR_MS)
      assert.deepStrictEqual(offsetsOf(yield* fill()), [])
      assert.deepStrictEqual(mapOf(yield* recordsOf(storage)), { kept: "1", k: "5" })
    }))
})

describe("producers", () => {
  it.effect("go on with their sequences after compaction took their records, and a crash", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      const mine = (baseSequence: number) =>
        keyed([["a", value("mine")]], { producerId: 7, producerEpoch: 0, baseSequence })
      yield* storage.append("t", mine(0))
      yield* storage.append("t", mine(1))
      for (let i = 0; i < 12; i++) yield* storage.append("t", keyed([["a", value(`${i}`)]]))
      yield* cleaned(world)
      const { batches } = yield* storage.readAll("t")
      assert.deepStrictEqual(
        batches.filter(isEmptyBatch).map((it) => RecordBatch.baseOffset(it, 0)),
        [
          1
        ]
      )
      const again = yield* world.restartAfterCrash(storage)
      assert.deepStrictEqual(yield* again.appended("t", mine(1)), { errorCode: 0, baseOffset: 1 })
      assert.deepStrictEqual(yield* again.appended("t", mine(2)), { errorCode: 0, baseOffset: 14 })
    }))
})

describe("a search by time", () => {
  it.effect("finds the first record that is left, not the header of one that is gone", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin({ "segment.bytes": "900" })
      const mine = { producerId: 7, producerEpoch: 0, baseSequence: 0 }
      yield* storage.append("t", keyed([["a", value("1")]], { ...mine, timestamp: 5_000 }))
      yield* storage.append("t", keyed([["b", value("1")]], { timestamp: 3_000 }))
      yield* storage.append("t", keyed([["c", value("1")]], { timestamp: 4_000 }))
      for (let i = 0; i < 12; i++) {
        yield* storage.append("t", keyed([["a", value(`${i}`)]], { timestamp: 4_500 }))
      }
      yield* cleaned(world)
      const find = (time: number) =>
        Effect.map(
          storage.logs.offsetForTimestamp("t", 0, time, "read_uncommitted"),
          ({ offset, timestamp }) => [offset, timestamp]
        )
      assert.deepStrictEqual(yield* find(0), [1, 3_000])
      assert.deepStrictEqual(yield* find(3_500), [2, 4_000])
      assert.strictEqual((yield* find(4_200))[1], 4_500)
      assert.deepStrictEqual(yield* find(4_600), [-1, -1])
    }))
})

describe("compressed batches", () => {
  it.effect("lose their records and keep their codec", () =>
    Effect.gen(function*() {
      const compression = yield* Compression
      const codecs = [
        CompressionType.GZIP,
        CompressionType.SNAPPY,
        CompressionType.LZ4,
        CompressionType.ZSTD
      ] as const
      const { storage, world } = yield* begin({ "segment.bytes": "1000" })
      for (const type of codecs) {
        const builder = new RecordBatchBuilder.RecordBatchBuilder({ bytesMax: 1 << 20 })
        for (const key of ["a", "b", `own ${type}`]) {
          builder.append(1_000, Buffer.from(key), Buffer.from(value(`${key} of ${type}`)))
        }
        const payload = yield* compression.compress(type, Buffer.from(builder.payload))
        yield* storage.append("t", Buffer.from(builder.sealCompressed(type, payload, {})))
      }
      for (let i = 0; i < 12; i++) yield* storage.append("t", keyed([["c", value(`${i}`)]]))
      // Codecs work beside the event loop, on no simulated clock: it is done when it says so.
      while (world.said("t-0: compacted").length === 0) {
        yield* cleaned(world, 1)
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
      }
      const { batches } = yield* storage.readAll("t")
      const types = batches.map((batch) => RecordBatch.compressionType(batch, 0))
      assert.deepStrictEqual(types.slice(0, 4), [...codecs])
      const counts = batches.map((batch) => RecordBatch.recordsCount(batch, 0))
      assert.deepStrictEqual(counts.slice(0, 4), [1, 1, 1, 3])
      const gzipped = batches[0]!.subarray(RecordBatch.HEADER_BYTES)
      const opened = yield* compression.decompress(CompressionType.GZIP, gzipped, 1 << 20)
      assert.include(opened.toString(), "own 1 of 1")
    }).pipe(Effect.provide(Compression.layer)))
})

describe("memory", () => {
  it.effect("that holds few keys takes more rounds, with the same end", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin(
        { "min.cleanable.dirty.ratio": "0" },
        { "log.cleaner.dedupe.buffer.size": "1024" }
      )
      yield* write(storage, 200, { keys: 100 })
      yield* cleaned(world, 10)
      const records = yield* recordsOf(storage)
      const active = (yield* logsOf(world)).at(-1)!
      const last = Array.from({ length: 100 }, (_, i) => 100 + i)
      const replacedByActive = last.filter((offset) => offset >= active).map((it) => it - 100)
      assert.deepStrictEqual(offsetsOf(records), [...replacedByActive, ...last])
      assert.isAbove(world.said("compacted").length, 3)
    }))
})
