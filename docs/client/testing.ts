// What docs/client/testing.md shows of layers, as one program; it needs no other broker.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
// #region layer
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Broker from "mymq/Broker"
import * as Client from "mymq/Client"
import { BrokerConfig } from "mymq/layers/config/BrokerConfig"
// #endregion
import { Producer } from "mymq/Producer"

// #region layer
const broker = Broker.layerMemoryDisk.pipe(
  Layer.provide(BrokerConfig.layerTest({ "num.partitions": "3" }))
)

const kafka = Layer.unwrap(Effect.gen(function*() {
  const { listeners: [listener] } = yield* Broker.Broker
  return Client.layer({ bootstrapServers: `127.0.0.1:${listener!.port}` })
})).pipe(Layer.provide(broker))
// #endregion

// #region test
const test = Effect.gen(function*() {
  const producer = yield* Producer
  const { offset } = yield* producer.send({ topic: "orders", value: "cup" })
  yield* Console.log(`offset ${offset}`)
}).pipe(Effect.provide(Producer.layer().pipe(Layer.provide(kafka))))
// #endregion

NodeRuntime.runMain(test)
