// How fast lines become records: as the producer has room, or by a rate.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as TestClock from "effect/testing/TestClock"
import { LineFeed } from "../../../../src/runtime/cli/produce/LineFeed.ts"
import { Tally } from "../../../../src/runtime/cli/produce/Tally.ts"
import * as ClientError from "../../../../src/runtime/client/ClientError.ts"
import type {
  ProduceCallback,
  ProducerRecord
} from "../../../../src/runtime/client/producer/ProducerRecord.ts"

const parse = (line: Uint8Array): ProducerRecord | string =>
  String(line) === "wrong" ? "is wrong" : { topic: "orders", value: String(line) }

/** A producer that only takes note; once filled, it says so after every second record. */
const world = (rate?: number) => {
  const pushed: Array<unknown> = []
  const callbacks: Array<ProduceCallback> = []
  const room = Latch.makeUnsafe(true)
  let isFull = false
  const tally = new Tally()
  const push = (record: ProducerRecord, callback: ProduceCallback = () => {}) => {
    pushed.push(record.value)
    callbacks.push(callback)
    return !isFull || pushed.length % 2 !== 0
  }
  const fill = Effect.suspend(() => {
    isFull = true
    return room.close
  })
  const feed = new LineFeed({ parse, producer: { push, drained: room.await }, tally, rate })
  return { callbacks, feed, fill, pushed, room, tally }
}

const lines = (...texts: ReadonlyArray<string>) => Buffer.from(`${texts.join("\n")}\n`)

describe("lines", () => {
  it.effect("wait for room before more are pushed", () =>
    Effect.gen(function*() {
      const { feed, fill, pushed, room } = world()
      yield* fill
      const feeding = yield* Effect.forkChild(feed.chunk(lines("a", "b", "c")), {
        startImmediately: true
      })
      assert.deepStrictEqual(pushed, ["a", "b"])
      yield* room.open
      yield* Fiber.join(feeding)
      assert.deepStrictEqual(pushed, ["a", "b", "c"])
    }))

  it.effect("go at a rate, and catch up with it when they came late", () =>
    Effect.gen(function*() {
      const { feed, pushed } = world(10)
      const chunk = lines(...Array.from({ length: 30 }, String))
      const feeding = yield* Effect.forkChild(feed.chunk(chunk), { startImmediately: true })
      assert.strictEqual(pushed.length, 1)
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(pushed.length, 6)
      yield* TestClock.adjust("2500 millis")
      yield* Fiber.join(feeding)
      assert.strictEqual(pushed.length, 30)
      // A second later ten more are due at once.
      yield* TestClock.adjust("1 second")
      yield* feed.chunk(lines(...Array.from({ length: 10 }, String)))
      assert.strictEqual(pushed.length, 40)
    }))

  it.effect("that are no records are told of by their number, counted through all chunks", () =>
    Effect.gen(function*() {
      const { feed, pushed } = world()
      yield* feed.chunk(lines("a", "b"))
      const error = yield* Effect.flip(feed.chunk(lines("c", "wrong", "d")))
      assert.strictEqual(error.message, "line 4 is wrong")
      assert.deepStrictEqual(pushed, ["a", "b", "c"])
    }))

  it.effect("are not read any further once a record has failed", () =>
    Effect.gen(function*() {
      const { callbacks, feed, pushed, tally } = world()
      yield* feed.chunk(lines("a", "b"))
      callbacks[0]!(undefined, 3, 7, 0)
      callbacks[1]!(ClientError.closed("the end"), -1, -1, -1)
      const error = yield* Effect.flip(feed.chunk(lines("c")))
      assert.strictEqual(error.message, "the end")
      assert.deepStrictEqual(pushed, ["a", "b"])
      assert.deepStrictEqual([tally.records, tally.failed], [1, 1])
      assert.deepStrictEqual(tally.byPartition, [{ partition: 3, records: 1, lastOffset: 7 }])
    }))
})
