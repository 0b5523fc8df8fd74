// Typed records on their way to a broker in memory; and programs that must not compile, which `npm run
// check` holds: a directive that no longer hides an error is one itself.
// @effect-diagnostics missingEffectContext:off
// @effect-diagnostics runEffectInsideEffect:off
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Producer } from "../../../../src/runtime/client/Producer.ts"
import * as RegisteredSerde from "../../../../src/runtime/client/typed/RegisteredSerde.ts"
import { SchemaRegistry } from "../../../../src/runtime/client/typed/SchemaRegistry.ts"
import * as Serde from "../../../../src/runtime/client/typed/Serde.ts"
import * as TypedProducer from "../../../../src/runtime/client/typed/TypedProducer.ts"
import * as TypedTopic from "../../../../src/runtime/client/typed/TypedTopic.ts"
import * as ClientWorld from "../../../world/ClientWorld.ts"

const Order = Schema.Struct({ id: Schema.Int, item: Schema.NonEmptyString })
const orders = TypedTopic.make("orders", { key: Serde.string, value: Serde.json(Order) })
const registered = TypedTopic.make("orders", { value: RegisteredSerde.json(Order) })

const layer = Producer.layer({ lingerMs: 0 }).pipe(Layer.provideMerge(ClientWorld.layer()))

describe("TypedProducer", () => {
  it.effect("sends what the serdes make of keys and values", () =>
    Effect.gen(function*() {
      const producer = yield* TypedProducer.make(orders)
      const record = { key: "k", value: { id: 7, item: "cup" } }
      const encoded = Result.getOrThrow(producer.encode(record))
      assert.strictEqual(
        Buffer.from(encoded.value as Uint8Array).toString(),
        `{"id":7,"item":"cup"}`
      )
      assert.strictEqual((yield* producer.send(record)).offset, 0)
      const sent = yield* producer.sendAll([record, record])
      assert.deepStrictEqual(sent.map(({ offset }) => offset), [1, 2])
      const streamed = yield* Stream.runCollect(producer.through(Stream.make(record, record)))
      assert.deepStrictEqual(streamed.map(({ offset }) => offset), [3, 4])
    }).pipe(Effect.provide(layer)))

  it.effect("sends nothing of records that cannot be written, and says which part it is", () =>
    Effect.gen(function*() {
      const producer = yield* TypedProducer.make(orders)
      const good = { key: "k", value: { id: 1, item: "cup" } }
      const error = yield* Effect.flip(
        producer.sendAll([good, { key: "k", value: { id: 1, item: "" } }])
      )
      assert.strictEqual(error._tag, "RecordEncodeError")
      assert.match(error.message, /^orders: the value cannot be encoded: .*"item"/)
      assert.strictEqual((yield* producer.send(good)).offset, 0)
    }).pipe(Effect.provide(layer)))

  it.effect("leaves keys out where the topic has none", () =>
    Effect.gen(function*() {
      const producer = yield* TypedProducer.make(registered)
      const encoded = Result.getOrThrow(producer.encode({ value: { id: 1, item: "cup" } }))
      assert.isNull(encoded.key)
      assert.strictEqual((encoded.value as Uint8Array)[4], 1)
    }).pipe(Effect.provide(Layer.mergeAll(layer, SchemaRegistry.layerMemory))))
})

/** Never run: what the compiler says of it is the test. */
export const mustNotCompile = Effect.gen(function*() {
  const producer = yield* TypedProducer.make(orders)
  // @ts-expect-error a value of another type
  yield* producer.send({ key: "k", value: { id: "seven", item: "cup" } })
  // @ts-expect-error a key of another type
  yield* producer.send({ key: 7, value: { id: 7, item: "cup" } })
  // @ts-expect-error the topic's keys cannot be left out
  yield* producer.send({ value: { id: 7, item: "cup" } })

  const withoutRegistry = TypedProducer.make(registered).pipe(Effect.provide(layer))
  // @ts-expect-error nothing gives the schema registry
  Effect.runFork(withoutRegistry)

  const withoutCluster = Producer.use(() => Effect.void).pipe(Effect.provide(Producer.layer()))
  // @ts-expect-error nothing gives the cluster that a producer stands on
  Effect.runFork(withoutCluster)
})
