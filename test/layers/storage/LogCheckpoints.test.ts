// The checkpoint files tell of partitions by name. What they say must never be held against another
// topic of that name, nor go back.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { batch, World } from "./StorageWorld.ts"

/** The checkpoints are only written when something asks for it. */
const QUIET = { "log.flush.offset.checkpoint.interval.ms": "36000000" }

const begin = Effect.fnUntraced(function*() {
  const world = new World(QUIET)
  const storage = yield* world.start
  yield* storage.topic("t")
  yield* storage.append("t", batch({ records: 20 }))
  return { world, storage, disk: world.disk }
})

/** Gives every other fiber as many turns as it can use. */
const settle = Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true })

const offsetsOf = (storage: Effect.Success<World["start"]>) => {
  const { logEndOffset, logStartOffset } = storage.logs.offsets("t", 0)!
  return [logStartOffset, logEndOffset]
}

describe("the start of a deleted topic", () => {
  it.effect("is not that of its successor, whose records a crash leaves alone", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* storage.logs.deleteBefore("t", 0, 10)
      yield* Effect.orDie(storage.metadata.delete("t"))
      yield* storage.topic("t")
      yield* storage.append("t", batch({ records: 5 }))
      const again = yield* world.restartAfterCrash(storage)
      assert.deepStrictEqual(offsetsOf(again), [0, 5])
    }))

  it.effect("is not that of a successor that is made after a restart", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* storage.logs.deleteBefore("t", 0, 10)
      yield* Effect.orDie(storage.metadata.delete("t"))
      const second = yield* world.restartAfterCrash(storage)
      yield* second.topic("t")
      yield* second.append("t", batch({ records: 5 }))
      const third = yield* world.restartAfterCrash(second)
      assert.deepStrictEqual(offsetsOf(third), [0, 5])
    }))

  it.effect("keeps the successor from being written while it cannot be forgotten", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      yield* storage.logs.deleteBefore("t", 0, 10)
      yield* Effect.orDie(storage.metadata.delete("t"))
      yield* storage.topic("t")
      disk.failNext("write", /log-start-offset-checkpoint/)
      assert.strictEqual((yield* storage.append("t", batch())).errorCode, 56)
      assert.strictEqual((yield* storage.append("t", batch())).errorCode, 0)
      const again = yield* world.restartAfterCrash(storage)
      assert.deepStrictEqual(offsetsOf(again), [0, 1])
    }))
})

describe("deletions of records", () => {
  it.effect("that overlap leave the later start, on disk too", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      const release = disk.hold("write")
      const fibers = yield* Effect.forEach(
        [10, 5, 7],
        (offset) => Effect.forkChild(storage.logs.deleteBefore("t", 0, offset))
      )
      yield* settle
      release()
      const starts = (yield* Fiber.joinAll(fibers)).map((it) => it.logStartOffset)
      assert.deepStrictEqual(starts, [10, 10, 10])
      const again = yield* world.restartAfterCrash(storage)
      assert.deepStrictEqual(offsetsOf(again), [10, 20])
    }))
})
