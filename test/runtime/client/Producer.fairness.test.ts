// Partitions that share a broker share its requests: a single record that has lingered does not stand behind the
// backlog of another partition, and what is due at the same time goes together.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import { passing, turn } from "../../world/Passing.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"
import * as ScriptedProduce from "../../world/ScriptedProduce.ts"

const LINGER_MS = 5
const PARTITIONS = 20

const world = Producer.layer({
  lingerMs: LINGER_MS,
  acks: 1,
  inFlightRequestsMax: 1,
  batchBytesMax: 200,
  deliveryTimeoutMs: 60_000
}).pipe(
  Layer.provideMerge(
    Scripted.layer({ topics: { orders: Array.from({ length: PARTITIONS }, () => 1) } })
  )
)

/** Answers nothing before `go`; keeps which partitions each request held. */
const slow = Effect.fnUntraced(function*() {
  const broker = yield* Scripted.ScriptedBroker
  const go = yield* Deferred.make<void>()
  const requests: Array<ReadonlyArray<number>> = []
  broker.on(Produce, (asked) => {
    const batches = ScriptedProduce.batchesOf(asked)
    requests.push(batches.map(({ partition }) => partition))
    return Effect.as(Deferred.await(go), ScriptedProduce.answersOf(batches))
  })
  return { go, requests }
})

describe("partitions of one broker", () => {
  it.effect("a record that has lingered goes before the backlog of another partition", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      const { go, requests } = yield* slow()
      for (let i = 0; i < 60; i++) {
        producer.push({ topic: "orders", partition: 0, value: Buffer.alloc(150) })
      }
      producer.push({ topic: "orders", partition: 1, value: "alone" })
      yield* turn
      yield* TestClock.adjust(2 * LINGER_MS)
      yield* turn
      assert.deepStrictEqual(requests, [[0]])
      yield* Deferred.succeed(go, undefined)
      yield* passing(producer.flush)
      const turnOf = requests.findIndex((partitions) => partitions.includes(1))
      assert.isAtMost(turnOf, 2, `it went as request ${turnOf} of ${requests.length}`)
      assert.isAtLeast(requests.length, 60)
    }).pipe(Effect.provide(world)))

  it.effect("records that are due at the same time go in one request", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      const { go, requests } = yield* slow()
      producer.push({ topic: "orders", partition: 0, value: "first" })
      yield* turn
      yield* TestClock.adjust(LINGER_MS)
      yield* turn
      for (let partition = 1; partition < PARTITIONS; partition++) {
        producer.push({ topic: "orders", partition, value: "due" })
      }
      yield* TestClock.adjust(2 * LINGER_MS)
      yield* turn
      assert.deepStrictEqual(requests, [[0]])
      yield* Deferred.succeed(go, undefined)
      yield* passing(producer.flush)
      assert.isAtMost(requests.length, 3)
      assert.strictEqual(new Set(requests.flat()).size, PARTITIONS)
    }).pipe(Effect.provide(world)))
})
