// What docs/client/typed.md shows, as one program.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
// #region send
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #endregion
// #region http
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
// #endregion
// #region serde
import * as Result from "effect/Result"
// #endregion
// #region topic
import * as Schema from "effect/Schema"
// #endregion
import * as Stream from "effect/Stream"
import * as Client from "mymq/Client"
import { Consumer } from "mymq/Consumer"
import { Producer } from "mymq/Producer"
// #region registered
import * as RegisteredSerde from "mymq/typed/RegisteredSerde"
import { SchemaRegistry } from "mymq/typed/SchemaRegistry"
// #endregion
// #region http
import * as SchemaRegistryHttp from "mymq/typed/SchemaRegistryHttp"
// #endregion
// #region topic
import * as Serde from "mymq/typed/Serde"
// #endregion
// #region read
import * as TypedConsumer from "mymq/typed/TypedConsumer"
// #endregion
// #region send
import * as TypedProducer from "mymq/typed/TypedProducer"
// #endregion
// #region topic
import * as TypedTopic from "mymq/typed/TypedTopic"

const Order = Schema.Struct({
  item: Schema.NonEmptyString,
  count: Schema.Int,
  placedAt: Schema.Date
})

const orders = TypedTopic.make("orders", { key: Serde.string, value: Serde.json(Order) })
// #endregion

// #region send
const send = Effect.gen(function*() {
  const producer = yield* TypedProducer.make(orders)
  yield* producer.send({
    key: "alice",
    value: { item: "cup", count: 2, placedAt: new Date("2026-01-31") }
  })
})
// #endregion

// #region read
const read = TypedConsumer.records(orders).pipe(
  Stream.take(1),
  Stream.runForEach(({ key, value }) =>
    Console.log(`${key}: ${value.count} x ${value.item}, ${value.placedAt.getFullYear()}`)
  )
)
// #endregion

// #region commit
const pack = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* TypedConsumer.records(orders).pipe(
    Stream.take(1),
    Stream.tap(({ value }) => Console.log(`packed a ${value.item}`)),
    Stream.groupedWithin(500, "1 second"),
    Stream.runForEach(consumer.acknowledge)
  )
})
// #endregion

// #region invalid
const strict = TypedConsumer.records(orders, { onInvalid: TypedConsumer.fail })
const lenient = TypedConsumer.records(orders, { onInvalid: TypedConsumer.skip })
const careful = TypedConsumer.records(orders, {
  onInvalid: TypedConsumer.deadLetter("orders-dead")
})
const own = TypedConsumer.records(orders, {
  onInvalid: ({ detail, offset, partition }, record) =>
    Console.log(`${partition}@${offset} (${record.valueBytes} bytes): ${detail}`)
})
// #endregion

// #region registered
const registered = TypedTopic.make("payments", {
  key: Serde.nullable(Serde.string),
  value: RegisteredSerde.json(Schema.Struct({ amount: Schema.Finite }))
})

const pay = Effect.gen(function*() {
  const producer = yield* TypedProducer.make(registered)
  yield* producer.send({ value: { amount: 12.5 } })
}).pipe(Effect.provide(SchemaRegistry.layerMemory))
// #endregion

// #region http
const registry = SchemaRegistryHttp.layer({
  url: "https://registry.example.com",
  username: "billing",
  password: Redacted.make("secret")
}).pipe(Layer.provide(FetchHttpClient.layer))
// #endregion

// #region serde
const uint32: Serde.Serde<number> = {
  prepare: () =>
    Effect.succeed({
      encode: (value) => {
        const bytes = Buffer.alloc(4)
        bytes.writeUInt32BE(value)
        return Result.succeed(bytes)
      },
      decode: (bytes) =>
        bytes?.length === 4
          ? Result.succeed(bytes.readUInt32BE())
          : Result.fail("4 bytes are expected")
    })
}

const counts = TypedTopic.make("counts", { key: Serde.string, value: uint32 })
// #endregion

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })

const consumer = Layer.effectDiscard(
  Consumer.use((consumer) => consumer.assign([{ topic: "orders", partition: 0 }]))
).pipe(Layer.provideMerge(Consumer.layer({ autoOffsetReset: "earliest" })))

const packers = Consumer.layer({
  groupId: "packers",
  topics: ["orders"],
  autoOffsetReset: "earliest",
  autoCommit: false
})

Effect.gen(function*() {
  const producer = yield* Producer
  yield* send
  yield* Effect.provide(read, consumer)
  yield* Effect.provide(pack, packers)
  yield* producer.send({ topic: "orders", key: "bob", value: "{\"item\":\"\"}" })
  yield* send
  const failure = yield* strict.pipe(Stream.runDrain, Effect.provide(consumer), Effect.flip)
  yield* Console.log(failure.message)
  for (const records of [lenient, careful, own]) {
    const values = yield* records.pipe(Stream.take(2), Stream.runCollect, Effect.provide(consumer))
    yield* Console.log(`${values.length} orders are good`)
  }
  yield* pay
  const counter = yield* TypedProducer.make(counts)
  yield* counter.send({ key: "clicks", value: 7 })
  yield* Effect.provide(Effect.asVoid(SchemaRegistry), registry)
}).pipe(
  Effect.provide(Producer.layer().pipe(Layer.provideMerge(kafka))),
  NodeRuntime.runMain
)
