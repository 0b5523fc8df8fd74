// A broker that takes nothing for a while, because its disk is full or because it does not answer: the caller is
// the one who notices, by `push` that says stop and `send` that waits; memory stays within its bound, and when
// there is room again everything goes out, once and in order.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import { passing, turn } from "../../world/Passing.ts"
import * as ProducerWorld from "../../world/ProducerWorld.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"
import * as ScriptedProduce from "../../world/ScriptedProduce.ts"

const BUFFER_BYTES = 20_000
const VALUE_BYTES = 1000

/** Answers are waited for at most a second, so that silence is noticed. */
const world = Producer.layer({
  lingerMs: 0,
  batchBytesMax: 4000,
  bufferMemoryBytes: BUFFER_BYTES,
  requestBytesMax: BUFFER_BYTES
}).pipe(Layer.provideMerge(Scripted.layer({ topics: { orders: [1] } }, { requestTimeoutMs: 1000 })))

const record = (index: number) => ({
  topic: "orders",
  partition: 0,
  value: `${index}`.padEnd(VALUE_BYTES)
})

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

const full: Readonly<Record<string, ScriptedProduce.Bend>> = {
  "whose disk is full (KAFKA_STORAGE_ERROR)": () => ({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR }),
  "that does not answer": () => "silence",
  "that breaks every connection": () => "cut"
}

describe("A broker", () => {
  for (const [name, refuse] of Object.entries(full)) {
    it.effect(`${name} makes the caller wait, and loses nothing`, () =>
      Effect.gen(function*() {
        let isFull = true
        const log = ScriptedProduce.takeAll(
          yield* Scripted.ScriptedBroker,
          (batch, count) => isFull ? refuse(batch, count) : undefined
        )
        const producer = yield* Producer
        const { callback, calls } = ProducerWorld.collector()

        let pushed = 0
        while (producer.push(record(pushed++), callback)) yield* turn
        assert.isAtMost(pushed * VALUE_BYTES, BUFFER_BYTES + VALUE_BYTES)
        const sends = yield* Effect.forkChild(
          Effect.forEach(numbers(40), (index) => producer.send(record(pushed + index)), {
            concurrency: "unbounded"
          }),
          { startImmediately: true }
        )
        for (const _ of numbers(20)) {
          yield* TestClock.adjust("500 millis")
          yield* turn
        }
        // Ten seconds later nobody was told anything, and everybody still waits.
        assert.deepStrictEqual(calls, [])
        assert.isUndefined(sends.pollUnsafe())
        assert.isAbove(log.came.length, 1)

        isFull = false
        const metadata = yield* passing(Fiber.join(sends))
        yield* passing(producer.flush)
        assert.deepStrictEqual(log.values().map((value) => Number(value)), numbers(pushed + 40))
        assert.deepStrictEqual(calls.map(({ offset }) => offset), numbers(pushed))
        assert.deepStrictEqual(
          ProducerWorld.offsetsOf(metadata),
          numbers(40).map((index) => pushed + index)
        )
      }).pipe(Effect.provide(world)))
  }

  it.effect("that stays full is told of to each record once, when its time is over", () =>
    Effect.gen(function*() {
      ScriptedProduce.takeAll(
        yield* Scripted.ScriptedBroker,
        () => ({ errorCode: ErrorCode.KAFKA_STORAGE_ERROR })
      )
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      for (const index of numbers(10)) producer.push(record(index), callback)
      yield* passing(producer.flush, 1000)
      assert.strictEqual(calls.length, 10)
      for (const { error } of calls) assert.strictEqual(error?.reason._tag, "DeliveryTimedOut")
      assert.match(calls[0]!.error!.message, /120000 ms.*KAFKA_STORAGE_ERROR/)
      yield* producer.drained
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(calls.length, 10)
    }).pipe(Effect.provide(world)))
})
