// The first program of docs/client.md: sends two records and reads them as a member of a group.
// #region start
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import * as Client from "mymq/Client"
import { Consumer } from "mymq/Consumer"
import { Producer } from "mymq/Producer"

// #region program
const program = Effect.gen(function*() {
  const producer = yield* Producer
  const consumer = yield* Consumer

  yield* producer.sendAll([
    { topic: "greetings", key: "en", value: "hello" },
    { topic: "greetings", key: "de", value: "hallo" }
  ])

  yield* consumer.records.pipe(
    Stream.take(2),
    Stream.runForEach((record) => Console.log(`${record.key}: ${record.value}`))
  )
})
// #endregion

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })

// #region program
const layer = Layer.mergeAll(
  Producer.layer(),
  Consumer.layer({ groupId: "readers", topics: ["greetings"], autoOffsetReset: "earliest" })
).pipe(Layer.provide(kafka))
// #endregion

program.pipe(Effect.provide(layer), NodeRuntime.runMain)
// #endregion
