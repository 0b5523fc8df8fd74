// Changes of the catalog that are asked for at the same time: they share writes, are judged and
// told in the order in which they came, and nobody sees one that is not on the device yet.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import type { TopicChange } from "../../../src/layers/storage/ClusterMetadata.ts"
import { batch, randomFrom, type Storage, World } from "./StorageWorld.ts"

const begin = Effect.fnUntraced(function*(configs: Readonly<Record<string, string>> = {}) {
  const world = new World(configs)
  const storage = yield* world.start
  return { world, storage, disk: world.disk }
})

/** Gives every other fiber as many turns as it can use. */
const settle = Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true })

const create = (storage: Storage, name: string, partitions = 1) =>
  storage.metadata.create({ name, partitions, configs: {} })

const namesOf = (storage: Storage): ReadonlyArray<string> =>
  [...storage.metadata.topics().keys()].sort()

/** What a change that was asked for came to: NONE or an error code. */
const codeOf = <A>(change: Effect.Effect<A, { readonly errorCode: number }>) =>
  Effect.match(change, { onFailure: ({ errorCode }) => errorCode, onSuccess: () => 0 })

describe("changes at once", () => {
  it.effect("share writes: a thousand topics take two", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      const names = Array.from({ length: 1_000 }, (_, i) => `t${i}`)
      const { write } = disk.counts
      yield* Effect.forEach(names, (name) => create(storage, name), { concurrency: "unbounded" })
      assert.strictEqual(disk.counts.write - write, 2)
      const again = yield* world.restartAfterCrash(storage)
      assert.deepStrictEqual(namesOf(again), names.toSorted())
      const ids = new Set([...again.metadata.topics().values()].map(({ id }) => id))
      assert.strictEqual(ids.size, 1_000)
    }))

  it.effect("are not seen before they are on the device", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      yield* storage.topic("old")
      const release = disk.hold("write")
      const creating = yield* Effect.forkChild(create(storage, "new"))
      const deleting = yield* Effect.forkChild(storage.metadata.delete("old"))
      yield* settle
      assert.deepStrictEqual(namesOf(storage), ["old"])
      release()
      yield* Fiber.join(creating)
      yield* Fiber.join(deleting)
      assert.deepStrictEqual(namesOf(storage), ["new"])
    }))

  it.effect("of one name: the first makes the topic, and the next one if the first cannot", () =>
    Effect.gen(function*() {
      for (const [fails, expected] of [[false, [0, 36]], [true, [56, 0]]] as const) {
        const { disk, storage } = yield* begin()
        if (fails) disk.failNext("write", /topics\.json/)
        const codes = yield* Effect.all([
          codeOf(create(storage, "t")),
          codeOf(create(storage, "t"))
        ], { concurrency: "unbounded" })
        assert.deepStrictEqual(codes, [...expected])
        assert.deepStrictEqual(namesOf(storage), ["t"])
        assert.strictEqual((yield* storage.append("t", batch())).errorCode, 0)
      }
    }))

  it.effect("never take partitions away", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      yield* storage.topic("t", {}, 2)
      const grow = (total: number) => codeOf(storage.metadata.createPartitions("t", total))
      const codes = yield* Effect.forEach([5, 3, 5, 6], grow, { concurrency: "unbounded" })
      const { INVALID_PARTITIONS } = ErrorCode
      assert.deepStrictEqual(codes, [0, INVALID_PARTITIONS, INVALID_PARTITIONS, 0])
      assert.strictEqual(storage.metadata.topic("t")?.partitions, 6)
    }))

  it.effect("keep to the limit of partitions together", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin({ "topic.partitions.max": "10" })
      const names = ["a", "b", "c", "d"]
      const codes = yield* Effect.forEach(names, (name) => codeOf(create(storage, name, 3)), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(codes, [0, 0, 0, ErrorCode.INVALID_PARTITIONS])
      yield* Effect.orDie(storage.metadata.delete("a"))
      assert.strictEqual(yield* codeOf(create(storage, "d", 4)), 0)
    }))

  it.effect("of one topic are told in order, each before the next begins", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      const told: Array<string> = []
      const undo = storage.metadata.onChange((change: TopicChange) =>
        Effect.gen(function*() {
          told.push(`${change._tag} ${change.topic.name}`)
          yield* settle
          told.push("told")
        })
      )
      const changes = [
        create(storage, "t"),
        storage.metadata.createPartitions("t", 2),
        storage.metadata.delete("t"),
        create(storage, "t")
      ]
      yield* Effect.forEach(changes, (change) => Effect.orDie(change), {
        concurrency: "unbounded",
        discard: true
      })
      const expected = ["Created t", "PartitionsAdded t", "Deleted t", "Created t"]
      assert.deepStrictEqual(told, expected.flatMap((line) => [line, "told"]))
      undo()
      yield* Effect.orDie(storage.metadata.delete("t"))
      assert.strictEqual(told.length, 8)
    }))

  it.effect("leave nobody waiting when one of them ends in a defect", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      yield* storage.topic("t")
      const wrong = storage.metadata.updateConfigs("t", () => {
        throw new Error("a defect")
      })
      // The first has a write of its own, the other two share one.
      const changes = [create(storage, "a"), wrong, create(storage, "b")]
      const exits = yield* Effect.forEach(changes, (change) => Effect.exit(change), {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(exits.map((exit) => Exit.isSuccess(exit)), [true, false, false])
      yield* storage.topic("b")
      assert.deepStrictEqual(namesOf(storage), ["a", "b", "t"])
    }))
})

describe("a crash among changes at once", () => {
  /** Ten topics made, five deleted, five given a partition; true for those that were answered. */
  const changeAll = (storage: Storage) => {
    const changes: Array<Effect.Effect<unknown, unknown>> = []
    for (let i = 0; i < 10; i++) {
      changes.push(create(storage, `n${i}`))
      changes.push(
        i < 5 ? storage.metadata.delete(`p${i}`) : storage.metadata.createPartitions(`p${i}`, 2)
      )
    }
    return Effect.forEach(changes, (change, i) =>
      // Some come later than others.
      Effect.forEach(Array.from({ length: i % 7 }), () => Effect.yieldNow).pipe(
        Effect.andThen(change),
        Effect.result,
        Effect.map(({ _tag }) => _tag === "Success")
      ), { concurrency: "unbounded" })
  }

  const stateOf = (storage: Storage, name: string) => storage.metadata.topic(name)?.partitions ?? 0

  it.effect("each is there that was answered, and each other wholly or not at all", () =>
    Effect.gen(function*() {
      for (let seed = 1; seed <= 24; seed++) {
        const { disk, storage, world } = yield* begin()
        for (let i = 0; i < 10; i++) yield* storage.topic(`p${i}`)
        if (seed % 4 === 0) disk.failNext("write", /topics\.json/)
        disk.killAt("write", 1 + seed % 5)
        const answered = yield* changeAll(storage)
        const again = yield* world.restartAfterCrash(storage, randomFrom(seed))
        for (const [i, isAnswered] of answered.entries()) {
          const nth = i >> 1
          const name = i % 2 === 0 ? `n${nth}` : `p${nth}`
          const [before, after] = i % 2 === 0 ? [0, 1] : nth < 5 ? [1, 0] : [1, 2]
          const allowed = isAnswered ? [after] : [before, after]
          assert.include(allowed, stateOf(again, name), `${name}, seed ${seed}`)
        }
        yield* again.stop
      }
    }))
})
