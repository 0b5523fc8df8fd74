// A producer held against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import * as ProducerWorld from "../../world/ProducerWorld.ts"

describe("Producer", () => {
  it.effect("tells each record its offset, in order", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      for (let i = 0; i < 1000; i++) {
        assert.isTrue(producer.push({ topic: "orders", value: `order ${i}` }, callback))
      }
      yield* producer.flush
      assert.deepStrictEqual(
        calls.map(({ offset }) => offset),
        Array.from({ length: 1000 }, (_, i) => i)
      )
      const records = yield* ProducerWorld.logged("orders")
      assert.deepStrictEqual(
        records.map(({ value }) => value),
        Array.from({ length: 1000 }, (_, i) => `order ${i}`)
      )
    }).pipe(Effect.provide(ProducerWorld.layer({ lingerMs: 0 }))))

  it.effect("sends one record and ends with where it went", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders", 3)
      const producer = yield* Producer
      const metadata = yield* producer.send({ topic: "orders", partition: 2, key: "k", value: "v" })
      assert.deepStrictEqual(metadata, { topic: "orders", partition: 2, offset: 0, timestampMs: 0 })
    }).pipe(Effect.provide(ProducerWorld.layer())))
})
