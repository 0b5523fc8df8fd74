// Work for one key runs in order on its shard; a full mailbox makes those wait who bring more.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import { ShardPool } from "../../../src/layers/shards/ShardPool.ts"

const lines: Array<string> = []
const pool = (configs: Record<string, string>) =>
  ShardPool.layer.pipe(
    Layer.provide(BrokerConfig.layerTest(configs)),
    Layer.provide(Logger.layer([
      Logger.make(({ message }) => void lines.push([message].flat().join(" ")))
    ]))
  )

/** Runs when all that was submitted to the shard before has run. */
const drained = Effect.fnUntraced(function*(shard: number) {
  const { submit } = yield* ShardPool
  const done = Deferred.makeUnsafe<void>()
  yield* submit(shard, (turn) => turn.atEnd(() => Deferred.doneUnsafe(done, Exit.void)))
  yield* Deferred.await(done)
})

describe("a shard", () => {
  it.effect("runs jobs in order, and what they put off after all of the turn", () =>
    Effect.gen(function*() {
      const { submit } = yield* ShardPool
      const ran: Array<string> = []
      for (let i = 0; i < 3; i++) {
        yield* submit(0, (turn) => {
          ran.push(`job ${i}`)
          turn.atEnd(() => ran.push(`end ${i}`))
        })
      }
      yield* drained(0)
      assert.deepStrictEqual(ran, ["job 0", "job 1", "job 2", "end 0", "end 1", "end 2"])
    }).pipe(Effect.provide(pool({ shards: "1" }))))

  it.effect("runs what is worth a turn at once, unless more follows that may share it", () =>
    Effect.gen(function*() {
      const { submit } = yield* ShardPool
      const ran: Array<string> = []
      const large = (name: string, hasMore = false) =>
        submit(0, (turn) => turn.atEnd(() => ran.push(name)), 1024 * 1024, hasMore)
      yield* large("alone")
      assert.deepStrictEqual(ran, ["alone"])
      yield* submit(0, () => ran.push("small"), 100)
      yield* large("one of two", true)
      assert.deepStrictEqual(ran, ["alone"])
      yield* large("two of two")
      assert.deepStrictEqual(ran, ["alone", "small", "one of two", "two of two"])
      yield* drained(0)
      assert.strictEqual(ran.length, 4, "nothing runs twice")
    }).pipe(Effect.provide(pool({ shards: "1" }))))

  it.effect("logs the defect of a large job, and goes on", () =>
    Effect.gen(function*() {
      const { submit } = yield* ShardPool
      lines.length = 0
      const defect = () => {
        throw new Error("a defect")
      }
      yield* submit(0, defect, 1024 * 1024)
      assert.include(lines[0], "ended in a defect")
      yield* drained(0)
    }).pipe(Effect.provide(pool({ shards: "1" }))))

  it.effect("survives a job that throws, says so, and runs the others", () =>
    Effect.gen(function*() {
      const { submit } = yield* ShardPool
      let ran = 0
      lines.length = 0
      yield* submit(0, () => {
        throw new Error("a defect")
      })
      yield* submit(0, (turn) => {
        ran++
        turn.atEnd(() => {
          throw new Error("another")
        })
      })
      yield* drained(0)
      assert.strictEqual(ran, 1)
      yield* drained(0) // the turn's log comes at its end
      assert.strictEqual(lines.filter((line) => line.includes("ended in a defect")).length, 2)
    }).pipe(Effect.provide(pool({ shards: "2" }))))

  it.effect("makes those wait who bring more than its mailbox holds", () =>
    Effect.gen(function*() {
      const { submit } = yield* ShardPool
      let ran = 0
      const submitted = yield* Effect.forkChild(
        Effect.forEach(Array.from({ length: 100 }), () => submit(0, () => ran++), {
          discard: true
        }),
        { startImmediately: true }
      )
      assert.isUndefined(submitted.pollUnsafe(), "four have a place, the others wait")
      assert.strictEqual(ran, 0)
      yield* Fiber.join(submitted)
      yield* drained(0)
      assert.strictEqual(ran, 100)
    }).pipe(Effect.provide(pool({ shards: "1", "shard.mailbox.capacity": "4" }))))
})

describe("keys", () => {
  it.effect("keep their shard, and spread over all of them", () =>
    Effect.gen(function*() {
      const { shardOf, size } = yield* ShardPool
      const counts = Array.from({ length: size }, () => 0)
      for (let i = 0; i < 4000; i++) {
        const shard = shardOf(`orders-${i}`)
        assert.strictEqual(shardOf(`orders-${i}`), shard)
        counts[shard]!++
      }
      assert.isTrue(counts.every((count) => count > 700 && count < 1300), counts.join())
    }).pipe(Effect.provide(pool({ shards: "4" }))))
})
