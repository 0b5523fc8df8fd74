// What docs/client/admin.md shows, as one program.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
// #region create
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #endregion
import * as Layer from "effect/Layer"
// #region outcomes
import * as Result from "effect/Result"
// #endregion
// #region create
import { Admin } from "mymq/Admin"
// #endregion
import * as Client from "mymq/Client"
import { Producer } from "mymq/Producer"

// #region create
const setUp = Effect.gen(function*() {
  const admin = yield* Admin
  yield* Admin.orFail(admin.createTopics([
    { topic: "orders", partitions: 3 },
    { topic: "customers", partitions: 1, configs: { "cleanup.policy": "compact" } }
  ]))
  const topics = yield* admin.listTopics()
  yield* Console.log(topics.map(({ topic }) => topic).join(", "))
})
// #endregion

// #region outcomes
const tidyUp = Effect.gen(function*() {
  const admin = yield* Admin
  const outcomes = yield* admin.deleteTopics(["customers", "a-typo"])
  for (const [topic, outcome] of outcomes) {
    yield* Console.log(
      Result.isSuccess(outcome) ? `${topic} is deleted` : outcome.failure.message
    )
  }
})
// #endregion

// #region describe
const describe = Effect.gen(function*() {
  const admin = yield* Admin
  const orders = yield* Admin.onlyOne(admin.describeTopics(["orders"]))
  const { brokers } = yield* admin.describeCluster()
  yield* Console.log(`${orders.partitions.length} partitions on ${brokers.length} broker`)
})
// #endregion

// #region configs
const keepForADay = Effect.gen(function*() {
  const admin = yield* Admin
  const resource = { type: "topic", name: "orders" } as const
  yield* Admin.orFail(admin.incrementalAlterConfigs([{
    resource,
    changes: [
      { name: "retention.ms", operation: "set", value: "86400000" },
      { name: "retention.bytes", operation: "delete" }
    ]
  }]))
  const configs = yield* Admin.onlyOne(admin.describeConfigs([resource]))
  const { source, value } = configs.get("retention.ms")!
  yield* Console.log(`retention.ms is ${value}, set by the ${source}`)
})
// #endregion

// #region grow
const grow = Effect.gen(function*() {
  const admin = yield* Admin
  const check = { validateOnly: true }
  yield* Admin.orFail(admin.createPartitions([{ topic: "orders", total: 6 }], check))
  yield* Admin.orFail(admin.createPartitions([{ topic: "orders", total: 6 }]))
})
// #endregion

// #region records
const trim = Effect.gen(function*() {
  const admin = yield* Admin
  const first = { topic: "orders", partition: 0 }
  yield* Admin.orFail(admin.deleteRecords([{ ...first, before: 2 }]))
  const offsets = yield* Admin.orFail(admin.listOffsets([{ ...first, at: "earliest" }]))
  yield* Console.log(`orders-0 begins at ${offsets.get("orders-0")?.offset}`)
})
// #endregion

// #region groups
const moveGroup = Effect.gen(function*() {
  const admin = yield* Admin
  const first = { topic: "orders", partition: 0 }
  yield* Admin.orFail(admin.alterGroupOffsets("billing", [{ ...first, offset: 2 }]))
  const { group, lag } = yield* admin.groupLag("billing")
  yield* Console.log(`billing is ${group.state}, ${lag} record behind`)
  yield* Admin.orFail(admin.deleteGroups(["billing"]))
})
// #endregion

const write = Effect.gen(function*() {
  const producer = yield* Producer
  yield* producer.sendAll(
    ["cup", "saucer", "spoon"].map((value) => ({ topic: "orders", partition: 0, value }))
  )
})

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })

Effect.gen(function*() {
  yield* setUp
  yield* tidyUp
  yield* describe
  yield* keepForADay
  yield* grow
  yield* write
  yield* trim
  yield* moveGroup
}).pipe(
  Effect.provide(Layer.mergeAll(Producer.layer(), Admin.layer).pipe(Layer.provide(kafka))),
  NodeRuntime.runMain
)
