// A producer beside brokers that refuse, keep silent, break connections and move.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { InitProducerId } from "../../../src/domain/protocol/InitProducerId.ts"
import { Metadata } from "../../../src/domain/protocol/Metadata.ts"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../../src/runtime/client/producer/ProducerOptions.ts"
import { passing, turn } from "../../world/Passing.ts"
import * as ProducerWorld from "../../world/ProducerWorld.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"
import * as ScriptedProduce from "../../world/ScriptedProduce.ts"

const world = (options: Scripted.Options = {}, producer: ProducerOptions = {}) =>
  Producer.layer({ lingerMs: 0, ...producer }).pipe(
    Layer.provideMerge(Scripted.layer({ topics: { orders: [1] }, ...options }))
  )

const record = (value: string, partition = 0) => ({ topic: "orders", partition, value })

const refuseFirst = (errorCode: number, times = 1): ScriptedProduce.Bend => (_, count) =>
  count < times ? { errorCode } : undefined

describe("Producer beside brokers with faults", () => {
  it.effect("sends again what was refused for now, in order, under the same numbers", () =>
    Effect.gen(function*() {
      const log = ScriptedProduce.takeAll(
        yield* Scripted.ScriptedBroker,
        refuseFirst(ErrorCode.NOT_ENOUGH_REPLICAS, 2)
      )
      const producer = yield* Producer
      const sent = ["a", "b", "c"].map((value) => producer.send(record(value)))
      yield* passing(Effect.all(sent, { concurrency: "unbounded" }))
      assert.deepStrictEqual(log.values(), ["a", "b", "c"])
      assert.deepStrictEqual(log.taken.map(({ epoch }) => epoch), log.taken.map(() => 0))
      assert.isAtLeast(log.came.length, 3)
    }).pipe(Effect.provide(world())))

  it.effect("fails at once with what no later attempt would change", () =>
    Effect.gen(function*() {
      const log = ScriptedProduce.takeAll(
        yield* Scripted.ScriptedBroker,
        refuseFirst(ErrorCode.TOPIC_AUTHORIZATION_FAILED)
      )
      const producer = yield* Producer
      const error = yield* Effect.flip(producer.send(record("a")))
      assert.strictEqual(error.errorCode, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
      assert.strictEqual(log.came.length, 1)
      yield* producer.send(record("b"))
      assert.deepStrictEqual(log.taken.map(({ epoch, sequence }) => [epoch, sequence]), [[1, 0]])
    }).pipe(Effect.provide(world())))

  it.effect("asks the new leader when the partition has moved", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(broker, ({ nodeId }) => {
        if (nodeId === 2) return undefined
        broker.setTopics({ orders: [2] })
        return { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER }
      })
      const producer = yield* Producer
      yield* passing(producer.send(record("a")))
      assert.deepStrictEqual(log.came.map(({ nodeId }) => nodeId), [1, 2])
      assert.deepStrictEqual(log.values(), ["a"])
    }).pipe(Effect.provide(world({ brokers: 2 }))))

  it.effect("waits for a leader where there is none", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(broker)
      const producer = yield* Producer
      const sending = yield* Effect.forkChild(passing(producer.send(record("a"))), {
        startImmediately: true
      })
      yield* broker.whenAsked(Metadata, 3)
      assert.strictEqual(log.came.length, 0)
      broker.setTopics({ orders: [1] })
      yield* Fiber.join(sending)
      assert.deepStrictEqual(log.values(), ["a"])
    }).pipe(Effect.provide(world({ topics: { orders: [-1] } }))))

  it.effect("gives up once, when the delivery timeout is over, and says why", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      ScriptedProduce.takeAll(broker, () => ({ errorCode: ErrorCode.NOT_ENOUGH_REPLICAS }))
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      producer.push(record("a"), callback)
      yield* passing(producer.flush)
      assert.strictEqual(calls.length, 1)
      assert.strictEqual(calls[0]!.error?.reason._tag, "DeliveryTimedOut")
      assert.match(calls[0]!.error!.message, /orders-0.*5000 ms.*NOT_ENOUGH_REPLICAS/)
      // The answer that comes too late changes nothing.
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(calls.length, 1)
    }).pipe(Effect.provide(world({}, { deliveryTimeoutMs: 5000 }))))

  it.effect("gives up a batch that is on the wire and not answered", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      ScriptedProduce.takeAll(broker, () => "silence")
      const producer = yield* Producer
      const error = yield* passing(Effect.flip(producer.send(record("a"))))
      assert.strictEqual(error.reason._tag, "DeliveryTimedOut")
    }).pipe(Effect.provide(world({}, { deliveryTimeoutMs: 2000 }))))

  it.effect("goes on under the next epoch when the broker lacks what came before", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(
        broker,
        ({ epoch, sequence }) =>
          epoch === 0 && sequence > 0
            ? { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER }
            : undefined
      )
      const producer = yield* Producer
      yield* producer.send(record("a"))
      yield* passing(producer.sendAll([record("b"), record("c")]))
      yield* producer.send(record("d"))
      assert.deepStrictEqual(log.values(), ["a", "b", "c", "d"])
      assert.deepStrictEqual(
        log.taken.map(({ epoch, sequence }) => [epoch, sequence]),
        [[0, 0], [1, 0], [1, 2]]
      )
      assert.strictEqual(broker.asked(InitProducerId).length, 1)
    }).pipe(Effect.provide(world())))

  it.effect("goes on when the broker has forgotten the producer", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(broker, ({ epoch, sequence }) =>
        epoch === 0 && sequence > 0 ? { errorCode: ErrorCode.UNKNOWN_PRODUCER_ID } : undefined)
      const producer = yield* Producer
      yield* producer.send(record("a"))
      yield* passing(producer.send(record("b")))
      assert.deepStrictEqual(
        log.taken.map(({ epoch, sequence, values }) => [epoch, sequence, ...values]),
        [[0, 0, "a"], [1, 0, "b"]]
      )
    }).pipe(Effect.provide(world())))

  it.effect("counts what the broker had already as sent", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      ScriptedProduce.takeAll(
        broker,
        refuseFirst(ErrorCode.DUPLICATE_SEQUENCE_NUMBER)
      )
      const producer = yield* Producer
      const { offset } = yield* producer.send(record("a"))
      assert.strictEqual(offset, -1)
    }).pipe(Effect.provide(world())))

  it.effect("halves a batch that is too large until it is taken, callbacks in order", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(
        broker,
        ({ values }) => values.length > 2 ? { errorCode: ErrorCode.MESSAGE_TOO_LARGE } : undefined
      )
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      const values = ["a", "b", "c", "d", "e", "f", "g"]
      for (const value of values) producer.push(record(value), callback)
      yield* passing(producer.flush)
      assert.deepStrictEqual(log.values(), values)
      assert.deepStrictEqual(calls.map(({ offset }) => offset), [0, 1, 2, 3, 4, 5, 6])
      assert.deepStrictEqual(log.taken.map(({ sequence }) => sequence), [0, 2, 4, 6])
    }).pipe(Effect.provide(world())))

  it.effect("leaves a broker alone for as long as it asks (KIP-219)", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      ScriptedProduce.takeAll(broker)
      const producer = yield* Producer
      yield* producer.send(record("first"))
      broker.on(Produce, (asked) => ({
        ...ScriptedProduce.answerOf(ScriptedProduce.batchesOf(asked)[0]!, { baseOffset: 1 }),
        throttleTimeMs: 1000
      }))
      yield* producer.send(record("slow down"))
      const sending = yield* Effect.forkChild(producer.send(record("late")), {
        startImmediately: true
      })
      yield* TestClock.adjust(999)
      for (let i = 0; i < 10; i++) yield* turn
      assert.strictEqual(broker.asked(Produce).length, 2)
      yield* TestClock.adjust(1)
      yield* Fiber.join(sending)
      assert.strictEqual(broker.asked(Produce).length, 3)
    }).pipe(Effect.provide(world())))

  it.effect("refuses a record whose partitioner throws, and goes on", () =>
    Effect.gen(function*() {
      const log = ScriptedProduce.takeAll(yield* Scripted.ScriptedBroker)
      const producer = yield* Producer
      const error = yield* Effect.flip(producer.send({ topic: "orders", key: "bad", value: "a" }))
      assert.strictEqual(error.reason._tag, "InvalidArgument")
      yield* producer.send({ topic: "orders", key: "good", value: "b" })
      assert.deepStrictEqual(log.values(), ["b"])
    }).pipe(Effect.provide(world({}, {
      partitioner: () => ({
        partition: (_topic, key) => {
          if (String(key) === "bad") throw new Error("a bad key")
          return 0
        }
      })
    }))))

  it.effect("fails a single record that is too large for the broker", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      ScriptedProduce.takeAll(broker, () => ({ errorCode: ErrorCode.MESSAGE_TOO_LARGE }))
      const producer = yield* Producer
      const error = yield* Effect.flip(producer.send(record("a")))
      assert.strictEqual(error.errorCode, ErrorCode.MESSAGE_TOO_LARGE)
    }).pipe(Effect.provide(world())))

  it.effect("sends nothing as idempotent whom the broker gives no id", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(broker)
      broker.on(InitProducerId, () => ({
        throttleTimeMs: 0,
        errorCode: ErrorCode.CLUSTER_AUTHORIZATION_FAILED,
        producerId: -1,
        producerEpoch: -1
      }))
      const producer = yield* Producer
      const error = yield* Effect.flip(producer.send(record("a")))
      assert.strictEqual(error.errorCode, ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
      assert.strictEqual(log.came.length, 0)
    }).pipe(Effect.provide(world())))

  it.effect("sends one batch of each partition in one request, to each its leader", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      ScriptedProduce.takeAll(broker)
      const producer = yield* Producer
      yield* producer.send(record("known now"))
      const partitions = [0, 1, 2, 3]
      yield* producer.sendAll(partitions.map((partition) => record(`${partition}`, partition)))
      const [, ...requests] = broker.asked(Produce)
      const parts = requests.map((asked) =>
        ScriptedProduce.batchesOf(asked).map(({ nodeId, partition }) => [nodeId, partition])
      ).flat()
      assert.sameDeepMembers(parts, [[1, 0], [1, 2], [2, 1], [2, 3]])
    }).pipe(Effect.provide(world({ brokers: 2, topics: { orders: [1, 2, 1, 2] } }))))

  it.effect("fills the next batch while others are on the wire, at most so many at once", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      const log = ScriptedProduce.takeAll(broker)
      let release: () => void = () => {}
      const held = new Promise<void>((resolve) => {
        release = resolve
      })
      const producer = yield* Producer
      yield* producer.send(record("first"))
      broker.on(Produce, () => Effect.as(Effect.promise(() => held), "cut" as const))
      const { callback, calls } = ProducerWorld.collector()
      // Four records fill a batch.
      for (let i = 0; i < 24; i++) producer.push(record("x".repeat(200)), callback)
      yield* broker.whenAsked(Produce, 3)
      const sent = broker.asked(Produce).slice(1).map((asked) =>
        ScriptedProduce.batchesOf(asked)[0]!.values.length
      )
      assert.deepStrictEqual(sent, [4, 4])
      assert.strictEqual(calls.length, 0)
      ScriptedProduce.takeAll(broker)
      release()
      yield* passing(producer.flush)
      assert.strictEqual(calls.length, 24)
      assert.isUndefined(calls.find(({ error }) => error !== undefined))
      assert.strictEqual(log.taken.length, 1)
    }).pipe(Effect.provide(world({}, { batchBytesMax: 1000, inFlightRequestsMax: 2 }))))
})

describe("Producer and an answer that breaks off", () => {
  it.effect("sends the batch again, wherever the answer was cut", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      ScriptedProduce.takeAll(broker)
      const producer = yield* Producer
      yield* producer.send(record("first"))
      let attempts = 2
      let bytes = 0
      for (; attempts === 2; bytes++) {
        attempts = 0
        broker.on(Produce, (asked) => {
          const [batch] = ScriptedProduce.batchesOf(asked)
          const response = ScriptedProduce.answerOf(batch!, { baseOffset: bytes })
          return attempts++ === 0 ? new Scripted.CutAfter(bytes, response) : response
        })
        const { offset } = yield* passing(producer.send(record(`${bytes}`)))
        assert.strictEqual(offset, bytes)
      }
      // Only the whole answer was good enough.
      assert.strictEqual(attempts, 1)
      assert.isAbove(bytes, 50)
    }).pipe(Effect.provide(world())))
})
