// The catalog survives whatever stops the broker: a change that was answered is there, one that was not
// is there wholly or not at all; and no change is lost because who asked for it has gone.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import type { Operation } from "../../../src/layers/disk/MemoryProcess.ts"
import { batch, randomFrom, type Storage, World } from "./StorageWorld.ts"

const CATALOG = "/data/topics.json"

const begin = Effect.fnUntraced(function*() {
  const world = new World()
  const storage = yield* world.start
  return { world, storage, disk: world.disk }
})

/** Gives every other fiber as many turns as it can use. */
const settle = Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true })

/** Name, partitions and configs of every topic, in an order of their own. */
const topicsOf = (storage: Storage): ReadonlyArray<string> =>
  [...storage.metadata.topics().values()]
    .map(({ configs, id, name, partitions }) => JSON.stringify({ name, id, partitions, configs }))
    .sort()

const create = (storage: Storage, name: string, partitions = 1) =>
  storage.metadata.create({ name, partitions, configs: {} })

describe("a change", () => {
  it.effect("that was answered is there after a crash, with its id", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      yield* storage.topic("a", { "retention.ms": "5" }, 3)
      yield* storage.topic("b")
      yield* storage.topic("c")
      yield* Effect.orDie(storage.metadata.delete("b"))
      yield* Effect.orDie(storage.metadata.createPartitions("c", 4))
      yield* Effect.orDie(
        storage.metadata.updateConfigs("c", () => ({ "max.message.bytes": "9" }))
      )
      const before = topicsOf(storage)
      const again = yield* world.restartAfterCrash(storage)
      assert.deepStrictEqual(topicsOf(again), before)
      assert.strictEqual(again.metadata.topic("a")!.logConfig.retentionMs, 5)
      assert.strictEqual(again.metadata.topicById(again.metadata.topic("c")!.id)!.partitions, 4)
      assert.strictEqual((yield* again.append("c", batch(), -1, 3)).errorCode, 10)
    }))

  it.effect("is made although who asked for it goes while it is written", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      yield* storage.topic("old")
      yield* storage.append("old", batch())
      const release = disk.hold("write")
      const creating = yield* Effect.forkChild(create(storage, "new"))
      const joining = yield* Effect.forkChild(create(storage, "newer"))
      const deleting = yield* Effect.forkChild(storage.metadata.delete("old"))
      yield* settle
      const leaving = yield* Effect.forkChild(Fiber.interruptAll([creating, joining, deleting]))
      yield* settle
      release()
      yield* Fiber.join(leaving)
      yield* settle
      assert.deepStrictEqual([...storage.metadata.topics().keys()].sort(), ["new", "newer"])
      for (const topic of ["new", "newer"]) {
        assert.strictEqual((yield* storage.append(topic, batch())).errorCode, ErrorCode.NONE, topic)
      }
      assert.isUndefined(yield* disk.service.stat("/data/old-0"))
    }))

  it.effect("that cannot be written is taken back, and the next one is made", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      yield* storage.topic("a")
      const before = topicsOf(storage)
      const changes = [
        create(storage, "b"),
        storage.metadata.delete("a"),
        storage.metadata.createPartitions("a", 2),
        storage.metadata.updateConfigs("a", () => ({ "retention.ms": "7" }))
      ]
      for (const change of changes) {
        disk.failNext("write", /topics\.json/)
        const { errorCode } = yield* Effect.flip(change)
        assert.strictEqual(errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
        assert.deepStrictEqual(topicsOf(storage), before)
      }
      yield* storage.topic("b")
      const now = topicsOf(storage)
      assert.deepStrictEqual(topicsOf(yield* world.restartAfterCrash(storage)), now)
    }))

  it.effect("that fails takes back nothing of those that come after it", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      yield* storage.topic("a")
      disk.failNext("write", /topics\.json/)
      const release = disk.hold("write")
      const failing = yield* Effect.forkChild(Effect.flip(create(storage, "b", 5)))
      yield* settle
      const deleting = yield* Effect.forkChild(storage.metadata.delete("b"))
      const creating = yield* Effect.forkChild(create(storage, "c"))
      yield* settle
      release()
      yield* Fiber.join(failing)
      yield* Fiber.await(deleting)
      yield* Fiber.join(creating)
      assert.deepStrictEqual([...storage.metadata.topics().keys()], ["a", "c"])
      const again = yield* world.restartAfterCrash(storage)
      assert.deepStrictEqual([...again.metadata.topics().keys()], ["a", "c"])
    }))
})

describe("a crash", () => {
  it.effect("at any operation of the disk leaves the state before a change or after it", () =>
    Effect.gen(function*() {
      const operations: ReadonlyArray<Operation> = ["write", "sync", "rename", "remove", "open"]
      for (const operation of operations) {
        for (let nth = 1; nth <= 12; nth++) {
          const { disk, storage, world } = yield* begin()
          disk.killAt(operation, nth)
          const states = yield* changesUntilDeath(storage, disk)
          const again = yield* world.restartAfterCrash(storage, randomFrom(nth))
          const found = [...again.metadata.topics().keys()]
          assert.include(states.map((names) => names.join()), found.join(), `${operation} ${nth}`)
          for (const name of found) {
            assert.strictEqual((yield* again.append(name, batch())).errorCode, 0, name)
          }
          yield* again.stop
        }
      }
    }))
})

/** Creates and deletes topics until the process dies: the last state answered, and the one asked for. */
const changesUntilDeath = Effect.fnUntraced(function*(storage: Storage, disk: World["disk"]) {
  const { life } = disk
  const names: Array<string> = []
  let answered: ReadonlyArray<string> = []
  for (let i = 0; i < 20; i++) {
    const isDelete = i % 3 === 2
    const name = isDelete ? names.shift()! : `t${i}`
    if (!isDelete) names.push(name)
    const change = isDelete ? storage.metadata.delete(name) : create(storage, name)
    const result = yield* Effect.result(change)
    if (result._tag === "Failure") break
    answered = [...names]
    yield* storage.append(names.at(-1)!, batch())
    if (disk.life > life) break
  }
  return [answered, names]
})

describe("a catalog that cannot be read", () => {
  it.effect("keeps the broker from starting, says so, and is not overwritten", () =>
    Effect.gen(function*() {
      for (const text of ["", "{", "{\"version\":2,\"topics\":[]}", "null"]) {
        const { disk, storage, world } = yield* begin()
        yield* storage.topic("a")
        yield* storage.stop
        disk.put(CATALOG, Buffer.from(text))
        const error = yield* Effect.flip(world.start)
        assert.match((error as Error).message, /topics\.json cannot be read: .*never over/s)
        assert.strictEqual(disk.bytesOf(CATALOG).toString(), text)
      }
    }))
})
