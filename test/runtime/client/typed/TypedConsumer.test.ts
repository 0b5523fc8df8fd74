// Typed records out of a broker in memory, and what becomes of those that do not decode.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { Compression } from "../../../../src/layers/compression/Compression.ts"
import { Consumer } from "../../../../src/runtime/client/Consumer.ts"
import { Producer } from "../../../../src/runtime/client/Producer.ts"
import * as RegisteredSerde from "../../../../src/runtime/client/typed/RegisteredSerde.ts"
import { SchemaRegistry } from "../../../../src/runtime/client/typed/SchemaRegistry.ts"
import * as Serde from "../../../../src/runtime/client/typed/Serde.ts"
import * as TypedConsumer from "../../../../src/runtime/client/typed/TypedConsumer.ts"
import * as TypedProducer from "../../../../src/runtime/client/typed/TypedProducer.ts"
import * as TypedTopic from "../../../../src/runtime/client/typed/TypedTopic.ts"
import * as ClientWorld from "../../../world/ClientWorld.ts"

const Order = Schema.Struct({ id: Schema.Int })
const orders = TypedTopic.make("orders", { key: Serde.string, value: Serde.json(Order) })

const layer = Layer.mergeAll(
  Producer.layer({ lingerMs: 0 }),
  Consumer.layer({ autoOffsetReset: "earliest" }),
  SchemaRegistry.layerMemory
).pipe(Layer.provide(Compression.layer), Layer.provideMerge(ClientWorld.layer()))

const memberLayer = Layer.mergeAll(
  Producer.layer({ lingerMs: 0 }),
  Consumer.layer({ groupId: "g", autoOffsetReset: "earliest", autoCommit: false })
).pipe(Layer.provideMerge(ClientWorld.layer()))

const order = (id: number) => ({ topic: "orders", key: `k${id}`, value: `{"id":${id}}` })
const broken = { topic: "orders", key: "k", value: "{\"id\":\"seven\"}" }

/** Two orders, one that is none, and another order. */
const written = Effect.gen(function*() {
  const producer = yield* Producer
  yield* producer.sendAll([order(1), order(2), broken, order(4)])
  const consumer = yield* Consumer
  yield* consumer.assign([{ topic: "orders", partition: 0 }])
})

describe("TypedConsumer", () => {
  it.effect("decodes keys and values, and keeps the record's place", () =>
    Effect.gen(function*() {
      yield* written
      const [first, second] = yield* TypedConsumer.records(orders).pipe(
        Stream.take(2),
        Stream.runCollect
      )
      assert.deepStrictEqual([first!.key, first!.value], ["k1", { id: 1 }])
      assert.deepStrictEqual([second!.topic, second!.partition, second!.offset], ["orders", 0, 1])
    }).pipe(Effect.provide(layer)))

  it.effect("fails at what does not decode, with its place, after what came before it", () =>
    Effect.gen(function*() {
      yield* written
      const seen: Array<number> = []
      const error = yield* TypedConsumer.records(orders).pipe(
        Stream.runForEach(({ value }) => Effect.sync(() => seen.push(value.id))),
        Effect.flip
      )
      assert.deepStrictEqual(seen, [1, 2])
      assert.strictEqual(error._tag, "RecordDecodeError")
      assert.match(error.message, /^orders-0 at offset 2: the value cannot be decoded: .*"id"/)
    }).pipe(Effect.provide(layer)))

  it.effect("leaves it out, where that is wanted", () =>
    Effect.gen(function*() {
      yield* written
      const read = yield* TypedConsumer.records(orders, { onInvalid: TypedConsumer.skip }).pipe(
        Stream.take(3),
        Stream.runCollect
      )
      assert.deepStrictEqual(read.map(({ value }) => value.id), [1, 2, 4])
    }).pipe(Effect.provide(layer)))

  it.effect("sends it to a topic of its own, with what is wrong, before it goes on", () =>
    Effect.gen(function*() {
      yield* written
      const onInvalid = TypedConsumer.deadLetter("orders-dead")
      const read = yield* TypedConsumer.records(orders, { onInvalid }).pipe(
        Stream.take(3),
        Stream.runCollect
      )
      assert.deepStrictEqual(read.map(({ offset }) => offset), [0, 1, 3])
      const consumer = yield* Consumer
      yield* consumer.assign([{ topic: "orders-dead", partition: 0 }])
      const [letter] = yield* consumer.records.pipe(Stream.take(1), Stream.runCollect)
      assert.strictEqual(letter!.value!.toString(), broken.value)
      const headers = new Map(letter!.headers.map(({ key, value }) => [key, value!.toString()]))
      assert.strictEqual(headers.get("dead-letter-topic"), "orders")
      assert.strictEqual(headers.get("dead-letter-offset"), "2")
      assert.match(headers.get("dead-letter-reason")!, /^value: .*"id"/)
    }).pipe(Effect.provide(layer)))

  it.effect("asks the registry for schemas that it has not seen", () =>
    Effect.gen(function*() {
      const typed = TypedTopic.make("orders", { value: RegisteredSerde.json(Order) })
      const producer = yield* TypedProducer.make(typed)
      yield* producer.send({ value: { id: 7 } })
      const consumer = yield* Consumer
      yield* consumer.assign([{ topic: "orders", partition: 0 }])
      const read = yield* TypedConsumer.records(typed).pipe(Stream.take(1), Stream.runCollect)
      assert.deepStrictEqual(read[0]!.value, { id: 7 })
    }).pipe(Effect.provide(layer)))

  it.effect("gives records that are committed as they are", () =>
    Effect.gen(function*() {
      const consumer = yield* Consumer
      yield* written
      const read = yield* TypedConsumer.records(orders).pipe(
        Stream.take(2),
        consumer.commitThrough,
        Stream.runCollect
      )
      assert.deepStrictEqual(read.map(({ value }) => value.id), [1, 2])
      const committed = yield* consumer.committed([{ topic: "orders", partition: 0 }])
      assert.strictEqual(committed.get("orders-0")!.offset, 2)
    }).pipe(Effect.provide(memberLayer)))

  it.effect("says so when a record of another topic comes", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      yield* producer.send({ topic: "others", value: "x" })
      const consumer = yield* Consumer
      yield* consumer.assign([{ topic: "others", partition: 0 }])
      const error = yield* Effect.flip(Stream.runDrain(TypedConsumer.records(orders)))
      assert.match(error.message, /a record of others came/)
    }).pipe(Effect.provide(layer)))
})
