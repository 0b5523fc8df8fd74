// What docs/client/groups.md shows, as one program.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
// #region worker
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #endregion
import * as Layer from "effect/Layer"
// #region worker
import * as Stream from "effect/Stream"
// #endregion
import { Admin } from "mymq/Admin"
import * as Client from "mymq/Client"
// #region worker
import { Consumer } from "mymq/Consumer"

const work = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.records.pipe(
    Stream.take(2),
    Stream.runForEach(({ value }) => Console.log(`billed ${value}`))
  )
})

const billing = Consumer.layer({
  groupId: "billing",
  topics: ["orders"],
  autoOffsetReset: "earliest"
})
// #endregion
// #region listener
import type { TopicPartition } from "mymq/domain/Topic"
// #endregion
import { Producer } from "mymq/Producer"

// #region listener
const told = (what: string) => (partitions: ReadonlyArray<TopicPartition>) =>
  Console.log(`${what}: ${partitions.length} partitions`)

const listen = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.subscribe(["orders"], {
    onAssigned: told("mine from now on"),
    onRevoked: told("mine until this ends"),
    onLost: told("no longer mine")
  })
  yield* consumer.poll()
  yield* consumer.unsubscribe
})
// #endregion

// #region revoked
const countByPartition = Effect.gen(function*() {
  const consumer = yield* Consumer
  const counts = new Map<number, number>()
  yield* consumer.subscribe(["orders"], {
    // The last moment to store what was counted, and then how far it goes.
    onRevoked: () =>
      Console.log(`counted ${[...counts.values()].reduce((sum, count) => sum + count, 0)}`).pipe(
        Effect.andThen(consumer.commitSync()),
        Effect.catch((error) => Effect.logWarning(`not committed: ${error.message}`))
      )
  })
  for (const { partition } of yield* consumer.poll()) {
    counts.set(partition, (counts.get(partition) ?? 0) + 1)
  }
})
// #endregion

// #region options
const restartable = Consumer.layer({
  groupId: "billing",
  topics: ["orders"],
  groupInstanceId: "billing-1",
  sessionTimeoutMs: 60_000
})

const besideOlderClients = Consumer.layer({
  groupId: "billing",
  topics: ["orders"],
  assignors: ["cooperative-sticky", "range"]
})

const newProtocol = Consumer.layer({
  groupId: "shipping",
  topics: ["orders"],
  protocol: "auto",
  remoteAssignor: "uniform",
  autoOffsetReset: "earliest"
})
// #endregion

const write = Effect.gen(function*() {
  const admin = yield* Admin
  const producer = yield* Producer
  yield* Admin.orFail(admin.createTopics([{ topic: "orders", partitions: 4 }]))
  yield* producer.sendAll([
    { topic: "orders", value: "order 1", partition: 0 },
    { topic: "orders", value: "order 2", partition: 0 }
  ])
})

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })

const grouped = (groupId: string, autoCommit = true) =>
  Consumer.layer({ groupId, autoCommit, autoOffsetReset: "earliest" })

Effect.gen(function*() {
  yield* write
  yield* Effect.provide(work, billing)
  yield* Effect.provide(listen, grouped("listeners"))
  yield* Effect.provide(countByPartition, grouped("counters", false))
  yield* Effect.provide(work, newProtocol)
  yield* Effect.provide(Effect.asVoid(Consumer), restartable)
  yield* Effect.provide(Effect.asVoid(Consumer), besideOlderClients)
}).pipe(
  Effect.provide(Layer.mergeAll(Producer.layer(), Admin.layer).pipe(Layer.provideMerge(kafka))),
  NodeRuntime.runMain
)
