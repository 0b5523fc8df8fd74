// Directories and topics: what belongs to no topic is never served and never destroyed, what was deleted
// frees the disk, and one partition that cannot be opened keeps no other from being served.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { batch, World } from "./StorageWorld.ts"

const begin = Effect.fnUntraced(function*() {
  const world = new World()
  const storage = yield* world.start
  yield* storage.topic("t", {}, 2)
  yield* storage.append("t", batch(), -1, 0)
  yield* storage.append("t", batch(), -1, 1)
  return { world, storage, disk: world.disk }
})

const directories = ({ disk }: World) =>
  Effect.map(
    disk.service.list("/data"),
    (entries) => entries.filter((it) => it.isDirectory).map((it) => it.name)
  )

describe("a topic that is deleted", () => {
  it.effect("frees the disk and can be made again, empty", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* Effect.orDie(storage.metadata.delete("t"))
      yield* world.advance(1_000)
      assert.deepStrictEqual(yield* directories(world), [])
      const gone = yield* storage.append("t", batch())
      assert.strictEqual(gone.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      yield* storage.topic("t")
      assert.strictEqual((yield* storage.append("t", batch())).baseOffset, 0)
    }))

  it.effect("frees the disk after a restart when there was no time for it", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      disk.hold("remove")
      yield* Effect.orDie(storage.metadata.delete("t"))
      assert.isTrue((yield* directories(world)).every((name) => name.endsWith("-delete")))
      yield* world.restartAfterKill(storage)
      assert.deepStrictEqual(yield* directories(world), [])
    }))

  it.effect("whose directory could not be moved leaves nothing to its successor", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      yield* storage.append("t", batch({ tag: "old" }))
      disk.failNext("rename", /t-0/)
      yield* Effect.orDie(storage.metadata.delete("t"))
      yield* storage.topic("t")
      yield* storage.append("t", batch({ tag: "new" }))
      const again = yield* world.restartAfterKill(storage)
      const { batches } = yield* again.readAll("t")
      assert.deepStrictEqual(batches.map((it) => it.includes("new")), [true])
      assert.isTrue((yield* directories(world)).some((name) => name.endsWith("-stray")))
    }))
})

describe("a directory", () => {
  it.effect("that no topic knows is put aside, with a warning", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      disk.put("/data/topics.json", Buffer.from("{\"version\":1,\"topics\":[]}"))
      const again = yield* world.restartAfterKill(storage)
      assert.strictEqual(
        (yield* again.read("t", 0)).errorCode,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      )
      const names = yield* directories(world)
      assert.strictEqual(names.length, 2)
      assert.isTrue(names.every((name) => /^t-[01]\..*-stray$/.test(name)), names.join())
      assert.strictEqual(world.said("belongs to no topic that is known").length, 2)
    }))

  it.effect("of another topic of that name is put aside", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      const catalog = disk.bytesOf("/data/topics.json").toString()
      const { id } = storage.metadata.topic("t")!
      yield* storage.stop
      disk.put(
        "/data/topics.json",
        Buffer.from(catalog.replace(id, "11111111-2222-4333-8444-555555555555"))
      )
      const again = yield* world.start
      assert.strictEqual(again.logs.offsets("t", 0)!.logEndOffset, 0)
      assert.strictEqual((yield* again.append("t", batch())).baseOffset, 0)
    }))
})

describe("a partition that cannot be opened", () => {
  it.effect("is offline; the others are served, and the next start may open it", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      disk.kill()
      yield* storage.stop
      disk.failNext("open", /t-0\/0*\.log/)
      const again = yield* world.start
      assert.strictEqual((yield* again.append("t", batch(), -1, 0)).errorCode, 56)
      assert.strictEqual((yield* again.read("t", 0)).errorCode, 56)
      assert.strictEqual((yield* again.append("t", batch(), -1, 1)).baseOffset, 1)
      assert.strictEqual(world.said("t-0 cannot be opened and stays offline").length, 1)
      const third = yield* world.restart(again)
      assert.strictEqual((yield* third.readAll("t")).batches.length, 1)
    }))
})

describe("partitions", () => {
  it.effect("that are added begin empty and keep those before them", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* Effect.orDie(storage.metadata.createPartitions("t", 4))
      assert.strictEqual((yield* storage.append("t", batch(), -1, 3)).baseOffset, 0)
      const again = yield* world.restart(storage)
      const ends = [0, 1, 2, 3].map((it) => again.logs.offsets("t", it)?.logEndOffset)
      assert.deepStrictEqual(ends, [1, 1, 0, 1])
    }))
})
