// The directory of a partition under a name that others had before it, or that is as long as a name may
// be; and the small files in it, which may hold anything.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { batch, World } from "./StorageWorld.ts"

const begin = Effect.fnUntraced(function*(topic: string) {
  const world = new World()
  const storage = yield* world.start
  yield* storage.topic(topic)
  yield* storage.append(topic, batch({ tag: "old" }))
  return { world, storage, disk: world.disk }
})

/** Gives every other fiber as many turns as it can use. */
const settle = Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true })

const isNew = (batches: ReadonlyArray<Buffer>) => batches.map((it) => it.includes("new"))

describe("a directory", () => {
  it.effect("is made only once that of the deleted topic has gone", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin("t")
      const release = disk.hold("sync")
      yield* storage.logs.append([{ topic: "t", partition: 0, records: batch() }], -1)
      yield* settle
      const deleting = yield* Effect.forkChild(Effect.orDie(storage.metadata.delete("t")))
      yield* settle
      const creating = yield* Effect.forkChild(storage.topic("t"))
      yield* settle
      const early = yield* storage.append("t", batch({ tag: "new" }), 1)
      release()
      yield* Fiber.join(deleting)
      yield* Fiber.join(creating)
      yield* storage.append("t", batch({ tag: "new" }))
      yield* world.advance(1_000)
      const again = yield* world.restartAfterKill(storage)
      const { batches } = yield* again.readAll("t")
      assert.deepStrictEqual(isNew(batches), early.errorCode === 0 ? [true, true] : [true])
    }))

  it.effect("of the longest name is removed like any other", () =>
    Effect.gen(function*() {
      const topic = "n".repeat(249)
      const { disk, storage, world } = yield* begin(topic)
      yield* Effect.orDie(storage.metadata.delete(topic))
      assert.isUndefined(yield* disk.service.stat(`/data/${topic}-0`))
      yield* storage.topic(topic)
      yield* storage.append(topic, batch({ tag: "new" }))
      yield* world.advance(1_000)
      const again = yield* world.restartAfterKill(storage)
      assert.deepStrictEqual(isNew((yield* again.readAll(topic)).batches), [true])
      const directories = (yield* disk.service.list("/data")).filter((it) => it.isDirectory)
      assert.strictEqual(directories.length, 1)
    }))

  it.effect("of another topic that cannot be put aside is not written to", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin("t")
      disk.failNext("rename", /t-0/, { times: 3 })
      yield* Effect.orDie(storage.metadata.delete("t"))
      yield* storage.topic("t")
      assert.strictEqual((yield* storage.append("t", batch({ tag: "new" }))).errorCode, 56)
      const again = yield* world.restartAfterKill(storage)
      assert.strictEqual((yield* again.append("t", batch({ tag: "new" }))).errorCode, 56)
      const third = yield* world.restartAfterKill(again)
      assert.strictEqual((yield* third.append("t", batch({ tag: "new" }))).errorCode, 0)
      assert.deepStrictEqual(isNew((yield* third.readAll("t")).batches), [true])
    }))
})

describe("the small files of a directory", () => {
  it.effect("may hold anything: the log is opened", () =>
    Effect.gen(function*() {
      for (const file of ["partition.metadata", "leader-epoch-checkpoint"]) {
        for (const text of ["", "0\n0\n", "0\n1\n", "\0\0\0", "version: 0\ntopic_id: x"]) {
          const { disk, storage, world } = yield* begin("t")
          yield* storage.stop
          disk.put(`/data/t-0/${file}`, Buffer.from(text))
          const again = yield* world.start
          assert.strictEqual((yield* again.append("t", batch())).baseOffset, 1, file + text)
          assert.strictEqual((yield* again.readAll("t")).batches.length, 2)
          yield* again.stop
        }
      }
    }))
})
