// Consume, transform, produce: makes an invoice of each order. Orders are committed when their invoices are
// acknowledged, so that a crash has some made again and none left out. Start it twice, and both share the work.
//
//     node examples/invoices.ts      with MYMQ_BOOTSTRAP (127.0.0.1:9092); reads "orders", writes "invoices"
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Client from "mymq/Client"
import { Consumer, type ConsumerRecord } from "mymq/Consumer"
import { Producer } from "mymq/Producer"

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const invoiceOf = ({ key, offset, partition, value }: ConsumerRecord) => ({
  topic: "invoices",
  key,
  value: JSON.stringify({ number: `${partition}-${offset}`, text: `${value}, with thanks` })
})

const invoices = Effect.gen(function*() {
  const consumer = yield* Consumer
  const producer = yield* Producer
  yield* consumer.records.pipe(
    Stream.mapArrayEffect((orders) =>
      producer.sendAll(orders.map(invoiceOf)).pipe(
        Effect.tap((sent) => Effect.logInfo(`sent ${sent.length} invoices`)),
        Effect.as(orders)
      )
    ),
    Stream.run(consumer.commitSink)
  )
})

const consumer = Consumer.layer({
  groupId: "invoices",
  topics: ["orders"],
  autoOffsetReset: "earliest",
  autoCommit: false
})

invoices.pipe(
  Effect.provide(
    Layer.mergeAll(consumer, Producer.layer()).pipe(
      Layer.provide(Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP }))
    )
  ),
  NodeRuntime.runMain
)
