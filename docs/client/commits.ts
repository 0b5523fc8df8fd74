// What docs/client/commits.md shows, as one program.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #region async
import * as Exit from "effect/Exit"
// #endregion
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Client from "mymq/Client"
import { Consumer, type ConsumerRecord } from "mymq/Consumer"
// #region offsets
import * as Topic from "mymq/domain/Topic"
// #endregion
import { Producer } from "mymq/Producer"

const store = ({ value }: ConsumerRecord) => Console.log(`stored ${value}`)
const storeAll = (records: ReadonlyArray<ConsumerRecord>) =>
  Console.log(`stored ${records.length} at once`)

// #region automatic
const automatic = Consumer.layer({
  groupId: "mail",
  topics: ["orders"],
  autoOffsetReset: "earliest"
})

const mail = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* Stream.runForEach(consumer.records, store)
})
// #endregion

// #region manual
const manual = Consumer.layer({
  groupId: "ledger",
  topics: ["orders"],
  autoOffsetReset: "earliest",
  autoCommit: false
})
// #endregion

// #region sync
const bookByPolls = Effect.gen(function*() {
  const consumer = yield* Consumer
  for (let polls = 0; polls < 3; polls++) {
    const records = yield* consumer.poll(2)
    yield* Effect.forEach(records, store)
    yield* consumer.commitSync()
  }
})
// #endregion

// #region async
const bookQuickly = Effect.gen(function*() {
  const consumer = yield* Consumer
  for (let polls = 0; polls < 3; polls++) {
    const records = yield* consumer.poll(2)
    yield* storeAll(records)
    yield* consumer.commitAsync((result) => {
      if (Exit.isFailure(result)) process.stderr.write("the next commit will do\n")
    })
  }
  yield* consumer.commitSync()
})
// #endregion

// #region through
const bookBatches = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.records.pipe(
    Stream.mapArrayEffect((records) => Effect.as(storeAll(records), records)),
    consumer.commitThrough,
    Stream.take(6),
    Stream.runDrain
  )
})
// #endregion

// #region acknowledge
const bookTogether = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.records.pipe(
    Stream.take(6),
    Stream.tap(store),
    Stream.groupedWithin(500, "1 second"),
    Stream.runForEach(consumer.acknowledge)
  )
})
// #endregion

// #region offsets
const goBack = Effect.gen(function*() {
  const consumer = yield* Consumer
  const place = { topic: "orders", partition: 0 }
  const key = Topic.format(place.topic, place.partition)
  yield* consumer.commitSync(new Map([[key, { ...place, offset: 2, metadata: "by hand" }]]))
  const committed = yield* consumer.committed([place])
  yield* Console.log(`${key} goes on at ${committed.get(key)?.offset}`)
})
// #endregion

const write = Effect.gen(function*() {
  const producer = yield* Producer
  yield* producer.sendAll(
    Array.from({ length: 6 }, (_, n) => ({ topic: "orders", value: `order ${n + 1}` }))
  )
})

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })

const booking = (groupId: string) =>
  Consumer.layer({ groupId, topics: ["orders"], autoOffsetReset: "earliest", autoCommit: false })

Effect.gen(function*() {
  yield* write
  yield* Effect.provide(Effect.timeoutOption(mail, "1 second"), automatic)
  yield* Effect.provide(bookByPolls, manual)
  yield* Effect.provide(bookQuickly, booking("quick"))
  yield* Effect.provide(bookBatches, booking("batches"))
  yield* Effect.provide(bookTogether, booking("together"))
  yield* Effect.provide(goBack, Consumer.layer({ groupId: "ledger" }))
}).pipe(
  Effect.provide(Producer.layer().pipe(Layer.provideMerge(kafka))),
  NodeRuntime.runMain
)
