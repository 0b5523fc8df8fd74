// What docs/client/connect.md shows, as one program. It asks a broker that wants certificates; the test starts
// it among ca.pem, client.pem and client.key.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #region share
import * as Layer from "effect/Layer"
// #endregion
// #region sasl
import * as Redacted from "effect/Redacted"
// #endregion
// #region share
import { Admin } from "mymq/Admin"
// #endregion
// #region plain
import * as Client from "mymq/Client"
// #endregion
// #region share
import { Consumer } from "mymq/Consumer"
import { Producer } from "mymq/Producer"
// #endregion
// #region tls
import { readFileSync } from "node:fs"
// #endregion

// #region plain
const local = Client.layer({ bootstrapServers: "127.0.0.1:9092" })
const cluster = Client.layer({
  bootstrapServers: ["kafka-1.example.com:9092", "kafka-2.example.com:9092"],
  clientId: "billing",
  requestTimeoutMs: 10_000
})
// #endregion

const { MYMQ_BOOTSTRAP = "127.0.0.1:9093" } = process.env

// #region tls
const publicAuthority = Client.layer({ bootstrapServers: "kafka.example.com:9093", tls: {} })

const ownAuthority = Client.layer({
  bootstrapServers: "kafka.example.com:9093",
  tls: { ca: readFileSync("ca.pem", "utf8") }
})
// #endregion

// #region mutual
const mutual = Client.layer({
  bootstrapServers: MYMQ_BOOTSTRAP,
  tls: {
    ca: readFileSync("ca.pem", "utf8"),
    cert: readFileSync("client.pem", "utf8"),
    key: readFileSync("client.key", "utf8")
  }
})
// #endregion

// #region sasl
const withPassword = Client.layer({
  bootstrapServers: "kafka.example.com:9093",
  tls: {},
  sasl: {
    mechanism: "SCRAM-SHA-512",
    username: "billing",
    password: Redacted.make(process.env["KAFKA_PASSWORD"] ?? "")
  }
})
// #endregion

// #region share
const kafka = Layer.mergeAll(
  Producer.layer(),
  Consumer.layer({ groupId: "billing", topics: ["orders"] }),
  Admin.layer
).pipe(Layer.provide(Client.layer({ bootstrapServers: "127.0.0.1:9092" })))
// #endregion

// What is only declared here connects when something is asked, which nothing does.
for (const layer of [local, cluster, publicAuthority, ownAuthority, withPassword]) {
  if (!Layer.isLayer(layer)) throw new Error("no layer")
}

const identify = Effect.gen(function*() {
  const admin = yield* Admin
  const { brokers } = yield* admin.describeCluster()
  yield* Console.log(`${brokers.length} broker believes us`)
})

identify.pipe(
  Effect.provide(Admin.layer.pipe(Layer.provide(mutual))),
  Effect.annotateLogs("unused", Layer.isLayer(kafka)),
  NodeRuntime.runMain
)
