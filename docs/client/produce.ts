// What docs/client/produce.md shows, as one program.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
// #region send
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #endregion
import * as Layer from "effect/Layer"
// #region sink
import * as Stream from "effect/Stream"
// #endregion
import * as Client from "mymq/Client"
// #region partitioner
import type { PartitionerFactory } from "mymq/domain/partitioner/Partitioner"
// #endregion
// #region send
import { Producer } from "mymq/Producer"

const sendOne = Effect.gen(function*() {
  const producer = yield* Producer
  const { offset, partition } = yield* producer.send({
    topic: "orders",
    key: "alice",
    value: "one cup"
  })
  yield* Console.log(`stored in orders-${partition} at offset ${offset}`)
})
// #endregion

// #region record
const sendRich = Effect.gen(function*() {
  const producer = yield* Producer
  yield* producer.send({
    topic: "orders",
    key: "alice",
    value: JSON.stringify({ item: "cup", count: 1 }),
    headers: [["content-type", Buffer.from("application/json")]],
    timestampMs: Date.UTC(2026, 0, 31),
    partition: 0
  })
  // A tombstone: in a compacted topic it deletes what the key stood for.
  yield* producer.send({ topic: "orders", key: "alice", value: null })
})
// #endregion

// #region sendAll
const sendMany = Effect.gen(function*() {
  const producer = yield* Producer
  const stored = yield* producer.sendAll([
    { topic: "orders", key: "alice", value: "two cups" },
    { topic: "orders", key: "bob", value: "a saucer" }
  ])
  yield* Console.log(`stored at offsets ${stored.map(({ offset }) => offset).join(" and ")}`)
})
// #endregion

// #region push
const pushMany = Effect.gen(function*() {
  const producer = yield* Producer
  let stored = 0
  let failed = 0
  for (let n = 0; n < 200_000; n++) {
    const hasRoom = producer.push({ topic: "clicks", value: `click ${n}` }, (error) => {
      if (error === undefined) stored++
      else failed++
    })
    if (!hasRoom) yield* producer.drained
  }
  yield* producer.flush
  yield* Console.log(`${stored} clicks stored, ${failed} failed`)
})
// #endregion

// #region sink
const copyLines = Effect.gen(function*() {
  const producer = yield* Producer
  const lines = Stream.make("first line", "second line", "third line")
  const { count, last } = yield* lines.pipe(
    Stream.map((value) => ({ topic: "lines", value })),
    Stream.run(producer.sink)
  )
  yield* Console.log(`${count} lines stored, the last one at offset ${last?.offset}`)
})
// #endregion

// #region through
const announce = Effect.gen(function*() {
  const producer = yield* Producer
  const lines = Stream.make("fourth line", "fifth line")
  yield* lines.pipe(
    Stream.map((value) => ({ topic: "lines", value })),
    producer.through,
    Stream.runForEach(({ offset }) => Console.log(`line ${offset} is safe`))
  )
})
// #endregion

// #region partitioner
const byCountry: PartitionerFactory = () => ({
  // "de/4711" and "de/4712" go together.
  partition: (_topic, key, partitionCount) =>
    key === null ? 0 : (key[0]! * 31 + key[1]!) % partitionCount
})
// #endregion

// #region options
const bulk = Producer.layer({ compression: "zstd", lingerMs: 50, batchBytesMax: 1024 * 1024 })
const telemetry = Producer.layer({ acks: 1, deliveryTimeoutMs: 5000 })
const sorted = Producer.layer({ partitioner: byCountry })
// #endregion

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })

Effect.gen(function*() {
  yield* sendOne
  yield* sendRich
  yield* sendMany
  yield* Effect.provide(pushMany, bulk)
  yield* Effect.provide(copyLines, telemetry)
  yield* Effect.provide(announce, sorted)
}).pipe(
  Effect.provide(Producer.layer().pipe(Layer.provideMerge(kafka))),
  NodeRuntime.runMain
)
