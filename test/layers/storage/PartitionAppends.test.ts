// Appends on their way to a log: which write they go with, and what they are told.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import type { Acks, Appended } from "../../../src/layers/storage/PartitionLogs.ts"
import { batch, type Storage, World } from "./StorageWorld.ts"

/** A topic "t" whose file is open. */
const beginOn = Effect.fnUntraced(function*(world: World) {
  const storage = yield* world.start
  yield* storage.topic("t")
  yield* storage.append("t", batch())
  yield* Effect.yieldNow
  return storage
})

const begin = (durability: string) => beginOn(new World({ durability }))

/** Appends at once; gives what it is told in the end, and whether it was told already. */
const appendAtOnce = ({ logs }: Storage, topic: string, acks: Acks) => {
  const told = Deferred.makeUnsafe<Appended>()
  const inLine = logs.appendAtOnce(
    { topic, partition: 0, records: batch() },
    acks,
    (appended) => Deferred.doneUnsafe(told, Exit.succeed(appended))
  )
  return {
    isTold: () => Deferred.isDoneUnsafe(told),
    appended: Effect.andThen(inLine, Deferred.await(told))
  }
}

describe("appendNow of large batches", () => {
  const appendOf = (valueBytes: number) => ({
    topic: "t",
    partition: 0,
    records: batch({ valueBytes })
  })

  /** Two that come together, to be on the device; gives the syncs that it takes. */
  const syncsOfTwo = Effect.fnUntraced(function*(valueBytes: number) {
    const world = new World({ durability: "commit" })
    const storage = yield* beginOn(world)
    const before = world.disk.counts.sync
    const one = yield* storage.logs.appendNow([appendOf(valueBytes)], -1)
    const other = yield* storage.logs.appendNow([appendOf(valueBytes)], -1)
    yield* Deferred.await(one)
    yield* Deferred.await(other)
    return world.disk.counts.sync - before
  })

  it.effect("writes each before it returns, where nobody waits for the device", () =>
    Effect.gen(function*() {
      const storage = yield* begin("os")
      const appended = yield* storage.logs.appendNow([appendOf(100_000)], -1)
      assert.isTrue(Deferred.isDoneUnsafe(appended))
    }))

  it.effect("syncs them together", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* syncsOfTwo(100_000), 1)
    }))

  it.effect("syncs each by itself when it is as much as is worth a sync", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* syncsOfTwo(600_000), 2)
    }))
})

describe("appendAtOnce", () => {
  it.effect("is written when it returns, where nobody waits for the device", () =>
    Effect.gen(function*() {
      const storage = yield* begin("os")
      const { appended, isTold } = appendAtOnce(storage, "t", -1)
      assert.isTrue(isTold())
      assert.strictEqual(storage.logs.offsets("t", 0)?.highWatermark, 2)
      assert.strictEqual((yield* appended).baseOffset, 1)
    }))

  it.effect("comes after what waits in line for the same write", () =>
    Effect.gen(function*() {
      const storage = yield* begin("os")
      const append = { topic: "t", partition: 0, records: batch() }
      const before = yield* storage.logs.appendNow([append], 1)
      const { appended } = appendAtOnce(storage, "t", 1)
      const [first] = yield* Deferred.await(before)
      assert.strictEqual(first!.baseOffset, 1)
      assert.strictEqual((yield* appended).baseOffset, 2)
    }))

  it.effect("waits for others to share its sync with, where it is synced", () =>
    Effect.gen(function*() {
      const storage = yield* begin("commit")
      const one = appendAtOnce(storage, "t", -1)
      const other = appendAtOnce(storage, "t", -1)
      assert.deepStrictEqual([one.isTold(), other.isTold()], [false, false])
      assert.strictEqual((yield* one.appended).errorCode, ErrorCode.NONE)
      assert.isTrue(other.isTold())
    }))

  it.effect("is refused at once where there is no such partition", () =>
    Effect.gen(function*() {
      const { appended, isTold } = appendAtOnce(yield* begin("os"), "not-there", -1)
      assert.isTrue(isTold())
      assert.strictEqual((yield* appended).errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }))
})
