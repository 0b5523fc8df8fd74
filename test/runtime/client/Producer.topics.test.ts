// A producer whose topics, leaders and brokers change under it: made anew with fewer partitions, moved to
// another broker while nobody answers, compressed batches that are too large.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { DeleteTopics } from "../../../src/domain/protocol/DeleteTopics.ts"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import * as CompressionType from "../../../src/domain/record/CompressionType.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { NO_TOPIC_ID } from "../../../src/domain/Topic.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../../src/runtime/client/producer/ProducerOptions.ts"
import * as BrokerWorld from "../../world/BrokerWorld.ts"
import { passing, turn } from "../../world/Passing.ts"
import * as ProducerWorld from "../../world/ProducerWorld.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"
import * as ScriptedProduce from "../../world/ScriptedProduce.ts"

const world = (
  options: Scripted.Options = {},
  producer: ProducerOptions = {},
  client: Parameters<typeof Scripted.layer>[1] = {}
) =>
  Producer.layer({ lingerMs: 0, ...producer }).pipe(
    Layer.provideMerge(Scripted.layer({ topics: { orders: [1] }, ...options }, client))
  )

describe("Producer and topics that change", () => {
  it.effect("sends keys to partitions that there are, when there are fewer than before", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(broker)
      const producer = yield* Producer
      yield* producer.send({ topic: "orders", value: "first" })
      broker.setTopics({ orders: [1] })
      yield* (yield* Cluster).refresh
      const keys = ["a", "b", "c", "d", "e", "f", "g", "h"]
      yield* passing(producer.sendAll(keys.map((key) => ({ topic: "orders", key, value: key }))))
      assert.includeMembers([...log.values()], keys)
      const error = yield* Effect.flip(
        producer.send({ topic: "orders", partition: 3, value: "gone" })
      )
      assert.strictEqual(error.reason._tag, "InvalidArgument")
    }).pipe(
      Effect.provide(world({ topics: { orders: [1, 1, 1, 1] } }, { deliveryTimeoutMs: 5000 }))
    ))

  it.effect("makes a topic again that was deleted, where the broker lets it", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      yield* producer.send({ topic: "orders", value: "before" })
      const client = yield* BrokerWorld.connect
      yield* client.ask(DeleteTopics, 6, {
        topics: [{ name: "orders", topicId: NO_TOPIC_ID }],
        topicNames: [],
        timeoutMs: 1000
      })
      yield* passing(producer.send({ topic: "orders", value: "after" }))
      const logged = yield* ProducerWorld.logged("orders")
      assert.deepStrictEqual(logged.map(({ value }) => value), ["after"])
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("waits without turning in circles where no backoff is wanted", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(broker)
      const producer = yield* Producer
      const sending = yield* Effect.forkChild(
        passing(producer.send({ topic: "orders", value: "a" }), 1),
        { startImmediately: true }
      )
      for (let i = 0; i < 50; i++) yield* turn
      assert.strictEqual(log.came.length, 0)
      broker.setTopics({ orders: [1] })
      yield* Fiber.join(sending)
      assert.deepStrictEqual(log.values(), ["a"])
    }).pipe(Effect.provide(world({ topics: { orders: [-1] } }, {}, { retryBackoffMs: 0 }))))

  it.effect("finds the new leader although nobody answers (acks=0)", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const producer = yield* Producer
      // Who is asked wrongly can only end the connection.
      const reached = ({ nodeId }: { readonly nodeId: number }) =>
        nodeId === 2 ? ("silence" as const) : ("cut" as const)
      broker.on(Produce, reached)
      yield* producer.send({ topic: "orders", value: "a" })
      broker.setTopics({ orders: [2] })
      for (let i = 0; i < 10; i++) {
        for (let k = 0; k < 20; k++) yield* turn
        yield* passing(producer.send({ topic: "orders", value: `${i}` }))
      }
      yield* broker.whenAsked(Produce, 10)
      assert.strictEqual(broker.asked(Produce).at(-1)!.nodeId, 2)
    }).pipe(Effect.provide(world({ brokers: 2 }, { acks: 0 }))))

  it.effect("compresses the halves of a batch that is too large", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const types: Array<number> = []
      const counts: Array<number> = []
      ScriptedProduce.takeAll(broker)
      broker.on(Produce, ({ request }) => {
        const [{ index, records }] = request.topicData[0]!.partitionData as [
          { readonly index: number; readonly records: Buffer }
        ]
        types.push(RecordBatch.compressionType(records, 0))
        const count = RecordBatch.recordsCount(records, 0)
        counts.push(count)
        const sent = { topic: "orders", partition: index } as ScriptedProduce.Sent
        const errorCode = count > 2 ? ErrorCode.MESSAGE_TOO_LARGE : ErrorCode.NONE
        return ScriptedProduce.answerOf(sent, { errorCode, baseOffset: 0 })
      })
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      for (const value of ["a", "b", "c", "d"]) {
        producer.push({ topic: "orders", value: value.repeat(100) }, callback)
      }
      yield* passing(producer.flush)
      assert.deepStrictEqual(counts, [4, 2, 2])
      assert.deepStrictEqual(types, types.map(() => CompressionType.GZIP))
      assert.deepStrictEqual(calls.map(({ error }) => error), calls.map(() => undefined))
    }).pipe(Effect.provide(world({}, { compression: "gzip" }))))
})
