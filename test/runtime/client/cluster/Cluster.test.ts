// What a client knows of a cluster, held against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { ApiVersions } from "../../../../src/domain/protocol/ApiVersions.ts"
import { DescribeCluster } from "../../../../src/domain/protocol/DescribeCluster.ts"
import { MemoryNetwork } from "../../../../src/layers/transport/MemoryTransport.ts"
import { Cluster, MAIN_LANE } from "../../../../src/runtime/client/cluster/Cluster.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as ClientWorld from "../../../world/ClientWorld.ts"
import { passing } from "../../../world/Passing.ts"
import * as Requests from "../../../world/Requests.ts"
import * as Scripted from "../../../world/ScriptedBroker.ts"

const createOrders = Effect.flatMap(
  BrokerWorld.connect,
  (client) => Requests.createTopic(client, "orders", 3)
)

describe("Cluster", () => {
  it.effect("tells who leads a topic's partitions, and connects to them", () =>
    Effect.gen(function*() {
      yield* createOrders
      const cluster = yield* Cluster
      const { partitions, topicId } = yield* cluster.topic("orders")
      assert.deepStrictEqual(partitions.map(({ leaderId, partition }) => [partition, leaderId]), [
        [0, 1],
        [1, 1],
        [2, 1]
      ])
      assert.match(topicId, /^[0-9a-f]{8}-/)
      const connection = yield* cluster.connection(1, MAIN_LANE)
      assert.strictEqual(cluster.opened(1, MAIN_LANE), connection)
    }).pipe(Effect.provide(ClientWorld.layer())))

  it.effect("opens one connection for a lane, however many ask for it, and another for another", () =>
    Effect.gen(function*() {
      yield* createOrders
      const cluster = yield* Cluster
      yield* cluster.topic("orders")
      const asked = ["a", "a", "b"].map((lane) => cluster.connection(1, lane))
      const [first, second, other] = yield* Effect.all(asked, { concurrency: "unbounded" })
      assert.strictEqual(first, second)
      assert.notStrictEqual(first, other)
    }).pipe(Effect.provide(ClientWorld.layer())))

  it.effect("fails with the broker's own error when a topic does not come in time", () =>
    Effect.gen(function*() {
      const cluster = yield* Cluster
      const asking = yield* Effect.forkChild(
        Effect.flip(cluster.topic("missing", { timeoutMs: 5000 })),
        { startImmediately: true }
      )
      yield* TestClock.adjust("6 seconds")
      const error = yield* Fiber.join(asking)
      assert.strictEqual(error.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      assert.isTrue(error.isRetriable)
    }).pipe(Effect.provide(ClientWorld.layer())))

  it.effect("lets the broker make a topic only when that was asked for", () =>
    Effect.gen(function*() {
      const cluster = yield* Cluster
      const made = yield* cluster.topic("made", { autoCreate: true })
      assert.strictEqual(made.partitions.length, 2)
    }).pipe(Effect.provide(ClientWorld.layer({ broker: { "num.partitions": "2" } }))))

  it.effect("connects again after its connection broke", () =>
    Effect.gen(function*() {
      const cluster = yield* Cluster
      const before = yield* cluster.anyConnection
      const network = yield* MemoryNetwork
      yield* network.cut()
      yield* Effect.callback<void>((resume) => {
        before.whenEnded(() => resume(Effect.void))
      })
      const { brokers } = yield* cluster.ask(DescribeCluster, {
        includeClusterAuthorizedOperations: false,
        endpointType: 1
      })
      assert.strictEqual(brokers.length, 1)
    }).pipe(Effect.provide(ClientWorld.layer())))

  it.effect("tells at once which of many topics there are, and keeps looking for the others", () =>
    Effect.gen(function*() {
      yield* createOrders
      const cluster = yield* Cluster
      const found = yield* cluster.existing(["orders", "bills"])
      assert.deepStrictEqual([...found.keys()], ["orders"])
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "bills", 1)
      yield* cluster.refresh
      assert.strictEqual(cluster.view().topics.get("bills")?.partitions.length, 1)
    }).pipe(Effect.provide(ClientWorld.layer())))

  it.effect("asks another broker after one has accepted and not answered", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const cluster = yield* Cluster
      broker.on(DescribeCluster, ({ nodeId }) =>
        nodeId === 1 ? "silence" : {
          throttleTimeMs: 0,
          errorCode: ErrorCode.NONE,
          errorMessage: null,
          endpointType: 1,
          clusterId: "scripted",
          controllerId: 1,
          brokers: [],
          clusterAuthorizedOperations: -0x8000_0000
        })
      const body = { includeClusterAuthorizedOperations: false, endpointType: 1 }
      yield* cluster.refresh
      // What one connection has not answered is not asked on another one.
      const other = yield* cluster.connection(1, "other")
      yield* passing(Effect.flip(other.request(DescribeCluster, body)), 100)
      yield* passing(cluster.ask(DescribeCluster, body), 100)
      assert.deepStrictEqual(broker.asked(DescribeCluster).map(({ nodeId }) => nodeId), [1, 2])
    }).pipe(Effect.provide(Scripted.layer({ brokers: 2 }))))

  it.effect("waits no longer for who accepts and says nothing than for who does not accept", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      broker.on(ApiVersions, () => "silence")
      const startMs = yield* Clock.currentTimeMillis
      const error = yield* passing(Effect.flip((yield* Cluster).anyConnection), 100)
      assert.strictEqual(error.reason._tag, "RequestTimedOut")
      assert.isBelow((yield* Clock.currentTimeMillis) - startMs, 3000)
    }).pipe(Effect.provide(Scripted.layer({}, { connectTimeoutMs: 2000 }))))

  it.effect("refuses what is asked of it when it is closed", () =>
    Effect.gen(function*() {
      const cluster = yield* Cluster.pipe(Effect.provide(ClientWorld.layer()))
      const error = yield* Effect.flip(cluster.anyConnection)
      assert.strictEqual(error.reason._tag, "Closed")
    }))
})
