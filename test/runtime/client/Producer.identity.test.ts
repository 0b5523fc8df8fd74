// What an idempotent producer does with batches of which nobody knows whether the broker has them: those go
// again under their old numbers, whatever has happened to the identity meanwhile, because only these let the
// broker see that it has them.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../../src/runtime/client/producer/ProducerOptions.ts"
import { passing, turn } from "../../world/Passing.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"
import * as ScriptedProduce from "../../world/ScriptedProduce.ts"

const world = (producer: ProducerOptions = {}) =>
  Producer.layer({ lingerMs: 0, ...producer }).pipe(
    Layer.provideMerge(Scripted.layer({ topics: { orders: [1, 1] } }))
  )

const record = (value: string, partition = 0) => ({ topic: "orders", partition, value })

const numbersOf = (came: ReadonlyArray<ScriptedProduce.Sent>, value: string) =>
  came.filter(({ values }) => values.includes(value)).map(({ epoch, sequence }) => [
    epoch,
    sequence
  ])

describe("Producer and batches of unknown fate", () => {
  it.effect("keeps their numbers when another partition has raised the epoch", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      let cuts = 0
      const log = ScriptedProduce.takeAll(broker, ({ values: [value] }) => {
        if (value === "bad") return { errorCode: ErrorCode.INVALID_TIMESTAMP }
        return value === "lost" && cuts++ === 0 ? "cut" : undefined
      })
      const producer = yield* Producer
      yield* producer.send(record("first", 1))
      const sending = yield* Effect.forkChild(producer.send(record("lost", 1)), {
        startImmediately: true
      })
      yield* broker.whenAsked(Produce, 2)
      // The connection breaks; time stands still, so that nothing is sent again yet.
      for (let i = 0; i < 20; i++) yield* turn
      yield* Effect.flip(producer.send(record("bad", 0)))
      yield* passing(Fiber.join(sending))
      assert.deepStrictEqual(numbersOf(log.came, "lost"), [[0, 1], [0, 1]])
      yield* producer.send(record("next", 1))
      assert.deepStrictEqual(numbersOf(log.came, "next"), [[1, 0]])
    }).pipe(Effect.provide(world())))

  it.effect("keeps their numbers when one before them was given up", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      let cuts = 0
      const log = ScriptedProduce.takeAll(broker, ({ values: [value] }) => {
        if (value === "b" && cuts++ === 0) return "cut"
        if (value !== "a") return undefined
        return cuts === 0 ? "silence" : { errorCode: ErrorCode.NOT_ENOUGH_REPLICAS }
      })
      const producer = yield* Producer
      yield* producer.send(record("first"))
      const a = yield* Effect.forkChild(Effect.flip(producer.send(record("a"))), {
        startImmediately: true
      })
      yield* broker.whenAsked(Produce, 2)
      yield* TestClock.adjust(4000)
      const b = yield* Effect.forkChild(producer.send(record("b")), { startImmediately: true })
      const error = yield* passing(Fiber.join(a))
      assert.strictEqual(error.reason._tag, "DeliveryTimedOut")
      yield* passing(Fiber.join(b))
      assert.deepStrictEqual(numbersOf(log.came, "b"), [[0, 2], [0, 2]])
    }).pipe(Effect.provide(world({ deliveryTimeoutMs: 5000 }))))

  it.effect("numbers them anew when the broker says that it lacks what came before", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      let cuts = 0
      const log = ScriptedProduce.takeAll(broker, ({ epoch, values: [value] }) => {
        if (value === "b" && epoch === 0) {
          return cuts++ === 0 ? "cut" : { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER }
        }
        if (value !== "a") return undefined
        return cuts === 0 ? "silence" : { errorCode: ErrorCode.NOT_ENOUGH_REPLICAS }
      })
      const producer = yield* Producer
      yield* producer.send(record("first"))
      const a = yield* Effect.forkChild(Effect.flip(producer.send(record("a"))), {
        startImmediately: true
      })
      yield* broker.whenAsked(Produce, 2)
      yield* TestClock.adjust(4000)
      const b = yield* Effect.forkChild(producer.send(record("b")), { startImmediately: true })
      yield* passing(Fiber.join(a))
      yield* passing(Fiber.join(b))
      yield* producer.send(record("c"))
      assert.deepStrictEqual(numbersOf(log.came, "b"), [[0, 2], [0, 2], [1, 0]])
      assert.deepStrictEqual(numbersOf(log.came, "c"), [[1, 1]])
    }).pipe(Effect.provide(world({ deliveryTimeoutMs: 5000 }))))
})
