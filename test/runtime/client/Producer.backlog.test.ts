// What a producer makes of records that come while its broker is busy: a batch whose time is over, but which
// could not go anyway, takes more, so that who waits longer sends larger batches and not more of them.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../../src/runtime/client/producer/ProducerOptions.ts"
import { passing, turn } from "../../world/Passing.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"
import * as ScriptedProduce from "../../world/ScriptedProduce.ts"

const LINGER_MS = 5
const RECORDS = 40
const IN_FLIGHT = 2

const world = (producer: ProducerOptions) =>
  Producer.layer({
    lingerMs: LINGER_MS,
    acks: 1,
    inFlightRequestsMax: IN_FLIGHT,
    deliveryTimeoutMs: 10_000,
    ...producer
  }).pipe(Layer.provideMerge(Scripted.layer({ topics: { orders: [1] } })))

/** A broker that answers nothing until `go` is done; and what it was sent, batch by batch. */
const busy = Effect.fnUntraced(function*() {
  const broker = yield* Scripted.ScriptedBroker
  const go = yield* Deferred.make<void>()
  const batches: Array<ReadonlyArray<string>> = []
  let next = 0
  broker.on(Produce, (asked) => {
    const [batch] = ScriptedProduce.batchesOf(asked)
    batches.push(batch!.values)
    const baseOffset = next
    next += batch!.values.length
    return Effect.as(Deferred.await(go), ScriptedProduce.answerOf(batch!, { baseOffset }))
  })
  return { batches, go, broker }
})

/** One record after the other, each after the linger of the one before. */
const trickle = Effect.fnUntraced(function*(producer: Producer["Service"], offsets: Array<number>) {
  for (let i = 0; i < RECORDS; i++) {
    producer.push({ topic: "orders", partition: 0, value: `${i}` }, (error, _, offset) => {
      offsets.push(error === undefined ? offset : -1)
    })
    yield* turn
    yield* TestClock.adjust(LINGER_MS)
    yield* turn
  }
})

const all = Array.from({ length: RECORDS }, (_, i) => i)

describe("a producer whose broker is busy", () => {
  it.effect("lets the next batch grow until it can be sent", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      const { batches, go } = yield* busy()
      const offsets: Array<number> = []
      yield* trickle(producer, offsets)
      assert.strictEqual(batches.length, IN_FLIGHT)
      yield* Deferred.succeed(go, undefined)
      yield* passing(producer.flush)
      assert.deepStrictEqual(offsets, all)
      assert.deepStrictEqual(batches.flat(), all.map(String))
      assert.isAtMost(batches.length, IN_FLIGHT + 2)
    }).pipe(Effect.provide(world({}))))

  it.effect("sends what has waited as soon as there is room, without being told", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      const { batches, broker, go } = yield* busy()
      const offsets: Array<number> = []
      yield* trickle(producer, offsets)
      yield* Deferred.succeed(go, undefined)
      yield* broker.whenAsked(Produce, IN_FLIGHT + 1)
      yield* passing(Effect.suspend(() => waitFor(() => offsets.length === RECORDS)))
      assert.deepStrictEqual(batches.flat(), all.map(String))
    }).pipe(Effect.provide(world({}))))

  it.effect("gives up what has waited too long, each record once", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      yield* busy()
      const offsets: Array<number> = []
      yield* trickle(producer, offsets)
      yield* passing(waitFor(() => offsets.length === RECORDS))
      assert.deepStrictEqual(offsets, all.map(() => -1))
    }).pipe(Effect.provide(world({ deliveryTimeoutMs: 500 }))))

  it.effect("closes a full batch at once, however busy it is", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      const { batches, go } = yield* busy()
      const offsets: Array<number> = []
      yield* trickle(producer, offsets)
      yield* Deferred.succeed(go, undefined)
      yield* passing(producer.flush)
      assert.deepStrictEqual(offsets, all)
      for (const batch of batches) assert.isAtMost(batch.length, 4)
    }).pipe(Effect.provide(world({ batchBytesMax: 100 }))))
})

const waitFor = (is: () => boolean): Effect.Effect<void> =>
  Effect.suspend(() => is() ? Effect.void : Effect.andThen(Effect.sleep(10), waitFor(is)))
