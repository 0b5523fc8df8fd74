// Compaction does not disturb others, and its own troubles harm nobody.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import {
  begin,
  cleaned,
  filesOf,
  keyed,
  logsOf,
  mapOf,
  recordsOf,
  write
} from "./CompactionWorld.ts"
import { batch } from "./StorageWorld.ts"

describe("the brake", () => {
  it.effect("keeps reading and writing within log.cleaner.io.max.bytes.per.second", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin({}, { "log.cleaner.io.max.bytes.per.second": "500" })
      yield* write(storage, 20)
      yield* world.advance(3_000)
      assert.deepStrictEqual(world.said("compacted"), [])
      yield* world.advance(20_000)
      assert.strictEqual(world.said("compacted").length, 1)
    }))

  it.effect("does not hold up the deletion of the topic", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin({}, { "log.cleaner.io.max.bytes.per.second": "1" })
      yield* write(storage, 20)
      yield* world.advance(3_000)
      const removal = yield* Effect.forkChild(Effect.orDie(storage.metadata.delete("t")))
      yield* world.advance(1_000)
      yield* Fiber.join(removal)
      assert.isUndefined(yield* world.disk.service.stat("/data/t-0"))
    }))
})

describe("readers and writers", () => {
  it.effect("go on while segments are swapped", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      const release = world.disk.hold("rename")
      yield* cleaned(world)
      assert.deepStrictEqual(world.said("compacted"), [], "it is held in the middle")
      assert.strictEqual((yield* recordsOf(storage)).length, 20)
      yield* write(storage, 5, { from: 20 })
      assert.strictEqual((yield* recordsOf(storage)).length, 25)
      release()
      yield* cleaned(world)
      assert.strictEqual(mapOf(yield* recordsOf(storage))["k0"], "v24")
      assert.strictEqual(storage.logs.offsets("t", 0)!.logEndOffset, 25)
    }))

  it.effect("that are under way read the old files to the end", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      const release = world.disk.hold("read")
      const started = yield* Deferred.make<void>()
      const reading = yield* Effect.forkChild(
        Effect.andThen(Deferred.succeed(started, undefined), storage.read("t", 0))
      )
      yield* Deferred.await(started)
      release()
      const [{ errorCode }] = yield* Effect.all([Fiber.join(reading), cleaned(world)])
      assert.strictEqual(errorCode, 0)
    }))
})

describe("trouble", () => {
  it.effect("with the disk leaves the log as it was, to be tried again", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      world.disk.failNext("write", /\.log\.cleaned/, { reason: "full" })
      yield* world.advance(1_500)
      assert.strictEqual(world.said("cannot be compacted now").length, 1)
      assert.deepStrictEqual((yield* filesOf(world)).filter((it) => /cleaned|swap/.test(it)), [])
      yield* cleaned(world)
      assert.strictEqual((yield* recordsOf(storage)).length, 5)
    }))

  it.effect("half way through a swap takes the log offline until a restart, which finishes it", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      world.disk.failNext("rename", /\.swap$/)
      yield* cleaned(world)
      assert.notStrictEqual((yield* storage.append("t", keyed([["a", "1"]]))).errorCode, 0)
      const again = yield* world.restart(storage)
      assert.deepStrictEqual(mapOf(yield* recordsOf(again)), { k0: "v18", k1: "v19", k2: "v17" })
      assert.deepStrictEqual((yield* filesOf(world)).filter((it) => /cleaned|swap/.test(it)), [])
    }))

  it.effect("with the first file of a new segment does not set the log's end back", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      assert.strictEqual((yield* storage.append("t", batch({ valueBytes: 60 }))).baseOffset, 20)
      world.disk.failNext("open", /21\.log$/, { reason: "full" })
      assert.notStrictEqual((yield* storage.append("t", keyed([["a", "1"]]))).errorCode, 0)
      yield* cleaned(world)
      assert.strictEqual((yield* recordsOf(storage)).at(-1)!.offset, 19, "the keyless one is gone")
      const again = yield* world.restartAfterCrash(storage)
      assert.strictEqual((yield* again.append("t", keyed([["a", "1"]]))).baseOffset, 21)
    }))

  it.effect("with a damaged batch is told once, and covers nothing up", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* write(storage, 20)
      world.disk.bytesOf("/data/t-0/00000000000000000003.log")[80]! ^= 1
      yield* cleaned(world, 8)
      assert.strictEqual(world.said("cannot be compacted until").length, 1)
      assert.deepStrictEqual(yield* logsOf(world), [0, 3, 6, 9, 12, 15, 18])
    }))
})
