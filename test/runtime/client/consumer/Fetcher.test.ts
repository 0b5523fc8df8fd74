// What is fetched, from whom, how much, and what is done when a broker does not give it: against a broker
// that answers what the test says, and against a whole one where it is about memory.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { Fetch } from "../../../../src/domain/protocol/Fetch.ts"
import { ListOffsets } from "../../../../src/domain/protocol/ListOffsets.ts"
import { Metadata } from "../../../../src/domain/protocol/Metadata.ts"
import { OffsetForLeaderEpoch } from "../../../../src/domain/protocol/OffsetForLeaderEpoch.ts"
import * as RecordBatch from "../../../../src/domain/record/RecordBatch.ts"
import { NO_TOPIC_ID } from "../../../../src/domain/Topic.ts"
import { Compression } from "../../../../src/layers/compression/Compression.ts"
import { ClientError } from "../../../../src/runtime/client/ClientError.ts"
import { Cluster } from "../../../../src/runtime/client/cluster/Cluster.ts"
import * as Consumer from "../../../../src/runtime/client/Consumer.ts"
import { ConsumerCounters } from "../../../../src/runtime/client/consumer/ConsumerMetrics.ts"
import * as ConsumerOptions from "../../../../src/runtime/client/consumer/ConsumerOptions.ts"
import type { ConsumerRecord } from "../../../../src/runtime/client/consumer/ConsumerRecord.ts"
import { FetchBuffer } from "../../../../src/runtime/client/consumer/FetchBuffer.ts"
import { Fetcher } from "../../../../src/runtime/client/consumer/Fetcher.ts"
import { SubscriptionState } from "../../../../src/runtime/client/consumer/SubscriptionState.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as ConsumerWorld from "../../../world/ConsumerWorld.ts"
import { layer, ScriptedBroker, type Topics } from "../../../world/ScriptedBroker.ts"
import * as ScriptedFetch from "../../../world/ScriptedFetch.ts"

const { numbered, values } = ConsumerWorld

const scripted = (topics: Topics = { orders: [1] }, brokers = 1) =>
  layer({ brokers, topics }).pipe(Layer.provideMerge(Compression.layer))

/** Values from an offset on, as the log has them. */
const batchAt = (offset: number, texts: ReadonlyArray<string>, leaderEpoch = 0): Buffer => {
  const batch = BrokerWorld.batch(texts)
  RecordBatch.setBaseOffset(batch, 0, offset)
  RecordBatch.setLeaderEpoch(batch, 0, leaderEpoch)
  return batch
}

const reading = Effect.fnUntraced(function*(
  partitions: ReadonlyArray<number> = [0],
  options: Parameters<typeof Consumer.make>[0] = {}
) {
  const broker = yield* ScriptedBroker
  broker.on(ListOffsets, (asked) => ScriptedFetch.listOffsets(asked))
  const consumer = yield* Consumer.make({ autoOffsetReset: "earliest", ...options })
  yield* consumer.assign(partitions.map((partition) => ({ topic: "orders", partition })))
  return consumer
})

/** Polls until so many records have come, while time goes on. */
const pollMany = Effect.fnUntraced(
  function*(consumer: Consumer.Consumer["Service"], count: number) {
    const polling = yield* Effect.gen(function*() {
      const records: Array<ConsumerRecord> = []
      while (records.length < count) records.push(...yield* consumer.poll(count, "1 hour"))
      return records
    }).pipe(Effect.forkChild({ startImmediately: true }))
    yield* TestClock.adjust("5 seconds")
    return yield* Fiber.join(polling)
  }
)

/** A log of five records, given one by one from the offset that is asked for; at its end, nothing. */
const fiveRecords = (asked: Parameters<typeof ScriptedFetch.offsetAsked>[0]) => {
  const offset = ScriptedFetch.offsetAsked(asked) ?? 5
  if (offset > 4) return "silence"
  const records = batchAt(offset, [`v${offset}`])
  return ScriptedFetch.answer("orders", [ScriptedFetch.partition(0, { records })])
}

describe("Fetcher", () => {
  it.effect("sends the next fetch before it hands the last one out", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(Fetch, (asked) => asked.count < 2 ? fiveRecords(asked) : "silence")
      const consumer = yield* reading()
      assert.deepStrictEqual(values(yield* consumer.poll(1)), ["v0"])
      yield* broker.whenAsked(Fetch, 3)
      assert.deepStrictEqual(broker.asked(Fetch).map((one) => ScriptedFetch.offsetAsked(one)), [
        0,
        1,
        2
      ])
    }).pipe(Effect.provide(scripted())))

  it.effect("keeps within its bytes, however much the broker has and however slow the reader is", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 4)
      const value = "x".repeat(1000)
      for (let round = 0; round < 40; round++) {
        for (const partition of [0, 1, 2, 3]) {
          yield* orders.write(Array.from({ length: 10 }, () => value), partition)
        }
      }
      const consumer = yield* Consumer.make({
        autoOffsetReset: "earliest",
        partitionBytesMax: 20_000,
        prefetchBytesMax: 100_000
      })
      yield* consumer.assign([0, 1, 2, 3].map(orders.at))
      let read = 0
      let most = 0
      while (read < 1600) {
        read += (yield* consumer.poll(7, "1 hour")).length
        yield* Effect.yieldNow
        most = Math.max(most, consumer.bufferedBytes())
      }
      assert.strictEqual(read, 1600)
      // It fetches ahead, and not beyond; the broker had 1.6 MB.
      assert.isAbove(most, 20_000)
      assert.isAtMost(most, 100_000)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("gives up fetched records of paused partitions when their memory is needed", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 2)
      const value = "x".repeat(1000)
      for (const partition of [0, 1]) {
        for (let i = 0; i < 20; i++) yield* orders.write([`${i} ${value}`], partition)
      }
      const consumer = yield* Consumer.make({
        autoOffsetReset: "earliest",
        partitionBytesMax: 10_000,
        prefetchBytesMax: 20_000
      })
      yield* consumer.assign([0, 1].map(orders.at))
      yield* consumer.poll(1)
      yield* consumer.pause([orders.at(0)])
      let others = 0
      while (others < 19) {
        const records = yield* consumer.poll(100, "1 hour")
        assert.isTrue(records.every(({ partition }) => partition === 1))
        others += records.length
      }
      yield* consumer.resume()
      yield* consumer.pause([orders.at(1)])
      const rest: Array<string> = []
      while (rest.length < 19) {
        rest.push(...values(yield* consumer.poll(100, "1 hour")).map((text) => text.split(" ")[0]!))
      }
      assert.deepStrictEqual(rest.at(-1), "19")
      assert.deepStrictEqual(new Set(rest).size, rest.length)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("gives each broker its turn where the bytes are enough for one alone", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(Fetch, (asked) => {
        const told = asked.request.topics[0]!.partitions.map(({ fetchOffset, partition }) =>
          ScriptedFetch.partition(partition, {
            records: asked.nodeId === 2 && fetchOffset === 0 ? batchAt(0, ["of 2"]) : null
          })
        )
        return Effect.as(Effect.sleep(500), ScriptedFetch.answer("orders", told))
      })
      const consumer = yield* reading([0, 1], { prefetchBytesMax: 1 << 20 })
      assert.deepStrictEqual(values(yield* pollMany(consumer, 1)), ["of 2"])
    }).pipe(Effect.provide(scripted({ orders: [1, 2] }, 2))))

  it.effect("does not hurry after a topic that it may not know", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      const consumer = yield* reading()
      broker.on(Metadata, () => ({
        throttleTimeMs: 0,
        brokers: [{ nodeId: 1, host: "127.0.0.1", port: broker.ports[0]!, rack: null }],
        clusterId: "scripted",
        controllerId: 1,
        topics: [{
          errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED,
          name: "secrets",
          topicId: NO_TOPIC_ID,
          isInternal: false,
          partitions: [],
          topicAuthorizedOperations: 0
        }],
        clusterAuthorizedOperations: 0,
        errorCode: ErrorCode.NONE
      }))
      const secrets = { topic: "secrets", partition: 0 }
      yield* consumer.assign([secrets])
      yield* consumer.seek(secrets, 5)
      const error = yield* Effect.flip(consumer.poll(1, "1 hour"))
      assert.strictEqual(error.errorCode, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
      const before = broker.asked(Metadata).length
      for (let i = 0; i < 2000; i++) yield* Effect.yieldNow
      assert.isAtMost(broker.asked(Metadata).length - before, 3)
    }).pipe(Effect.provide(scripted())))

  it.effect("asks the leaders at the same time, and goes after a leader that has moved", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(Fetch, (asked) => {
        if (asked.nodeId === 1 && asked.request.topics[0]!.partitions[0]!.fetchOffset === 1) {
          broker.setTopics({ orders: [2, 2] })
          return ScriptedFetch.answer("orders", [
            ScriptedFetch.partition(0, { errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER })
          ])
        }
        if (asked.request.topics[0]!.partitions.every(({ fetchOffset }) => fetchOffset > 1)) {
          return "silence"
        }
        return ScriptedFetch.answer(
          "orders",
          asked.request.topics[0]!.partitions.map(({ fetchOffset, partition }) =>
            ScriptedFetch.partition(partition, {
              records: fetchOffset < 2
                ? batchAt(fetchOffset, [`${partition}:${fetchOffset}`])
                : null
            })
          )
        )
      })
      const consumer = yield* reading([0, 1])
      assert.deepStrictEqual(values(yield* pollMany(consumer, 4)).toSorted(), [
        "0:0",
        "0:1",
        "1:0",
        "1:1"
      ])
      const late = broker.asked(Fetch).at(-1)!
      assert.strictEqual(late.nodeId, 2)
    }).pipe(Effect.provide(scripted({ orders: [1, 2] }, 2))))

  for (
    const errorCode of [
      ErrorCode.LEADER_NOT_AVAILABLE,
      ErrorCode.FENCED_LEADER_EPOCH,
      ErrorCode.UNKNOWN_LEADER_EPOCH,
      ErrorCode.UNKNOWN_TOPIC_ID,
      ErrorCode.INCONSISTENT_TOPIC_ID,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      ErrorCode.OFFSET_NOT_AVAILABLE,
      ErrorCode.KAFKA_STORAGE_ERROR
    ]
  ) {
    it.effect(`asks again after error ${errorCode}, and for the cluster as it is now`, () =>
      Effect.gen(function*() {
        const broker = yield* ScriptedBroker
        broker.on(Fetch, (asked) =>
          asked.count === 1
            ? ScriptedFetch.answer("orders", [ScriptedFetch.partition(0, { errorCode })])
            : fiveRecords(asked))
        const consumer = yield* reading()
        assert.deepStrictEqual(values(yield* pollMany(consumer, 5)), numbered(0, 5))
        assert.isAbove(broker.asked(Metadata).length, 1)
      }).pipe(Effect.provide(scripted())))
  }

  it.effect("tells an error that will not pass, and goes on when it has", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(Fetch, (asked) =>
        asked.count === 0
          ? ScriptedFetch.answer("orders", [
            ScriptedFetch.partition(0, { errorCode: ErrorCode.TOPIC_AUTHORIZATION_FAILED })
          ])
          : fiveRecords(asked))
      const consumer = yield* reading()
      const error = yield* Effect.flip(consumer.poll())
      assert.strictEqual(error.errorCode, ErrorCode.TOPIC_AUTHORIZATION_FAILED)
      assert.deepStrictEqual(values(yield* pollMany(consumer, 5)), numbered(0, 5))
    }).pipe(Effect.provide(scripted())))

  it.effect("gives what it has before it goes elsewhere, when the log goes no further", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      const consumer = yield* reading([0], { autoOffsetReset: "latest" })
      broker.on(ListOffsets, (asked) => ScriptedFetch.listOffsets(asked, 100))
      broker.on(Fetch, (asked) => {
        const offset = ScriptedFetch.offsetAsked(asked)!
        if (offset > 100) return "silence"
        const told = offset === 5
          ? { errorCode: ErrorCode.OFFSET_OUT_OF_RANGE }
          : { records: offset === 100 ? batchAt(100, ["v100"]) : batchAt(0, numbered(0, 5)) }
        return ScriptedFetch.answer("orders", [ScriptedFetch.partition(0, told)])
      })
      yield* consumer.seek({ topic: "orders", partition: 0 }, 0)
      assert.deepStrictEqual(values(yield* pollMany(consumer, 2)), ["v0", "v1"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(values(yield* pollMany(consumer, 4)), ["v2", "v3", "v4", "v100"])
    }).pipe(Effect.provide(scripted())))

  it.effect("loses nothing and gives nothing twice when answers are cut off", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(Fetch, (asked) => asked.count % 2 === 1 ? "cut" : fiveRecords(asked))
      const consumer = yield* reading()
      assert.deepStrictEqual(values(yield* pollMany(consumer, 5)), numbered(0, 5))
      assert.isAbove(broker.asked(Fetch).length, 9)
    }).pipe(Effect.provide(scripted())))

  it.effect("asks another time when no answer comes", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(Fetch, (asked) => asked.count === 1 ? "silence" : fiveRecords(asked))
      const consumer = yield* reading()
      const polling = yield* Effect.forkChild(pollMany(consumer, 5), { startImmediately: true })
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(values(yield* Fiber.join(polling)), numbered(0, 5))
    }).pipe(Effect.provide(scripted())))

  it.effect("goes by topic ids where broker and topic have them", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 2)
      for (const partition of [0, 1]) yield* orders.write([`in ${partition}`], partition)
      const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
      yield* consumer.assign([0, 1].map(orders.at))
      const first = yield* consumer.poll(1)
      const second = yield* consumer.poll(1)
      assert.deepStrictEqual(values([...first, ...second]).toSorted(), ["in 0", "in 1"])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("asks for what was sought while a fetch waits at the broker, by the other lane", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(
        Fetch,
        (asked) => ScriptedFetch.offsetAsked(asked) === 5 ? "silence" : fiveRecords(asked)
      )
      const consumer = yield* reading()
      yield* consumer.seek({ topic: "orders", partition: 0 }, 5)
      yield* consumer.position({ topic: "orders", partition: 0 })
      yield* consumer.seek({ topic: "orders", partition: 0 }, 3)
      assert.deepStrictEqual(values(yield* consumer.poll(1)), ["v3"])
    }).pipe(Effect.provide(scripted())))
})

describe("Fetcher, with many partitions", () => {
  it.effect("wakes once for all that nobody leads, and asks again until somebody does", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      const cluster = yield* Cluster
      const clock = yield* Clock.Clock
      yield* cluster.topic("orders")
      const subscription = new SubscriptionState()
      const partitions = Array.from({ length: 100 }, (_, partition) => partition)
      const all = subscription.add(partitions.map((partition) => ({ topic: "orders", partition })))
      for (const one of all) one.seek(0)
      const waiting: Array<Effect.Effect<void>> = []
      const settings = ConsumerOptions.settings({})
      assert.isFalse(settings instanceof ClientError)
      const fetcher = new Fetcher({
        cluster,
        settings: settings as ConsumerOptions.ConsumerSettings,
        subscription,
        buffer: new FetchBuffer(1 << 20),
        counters: new ConsumerCounters(),
        clock,
        run: (effect) => waiting.push(effect),
        lane: "fetch",
        onOutOfRange: () => {},
        onUnknown: () => {}
      })
      fetcher.pump()
      assert.strictEqual(waiting.length, 1)
      yield* TestClock.adjust(50)
      all[0]!.seek(0)
      fetcher.pump()
      assert.strictEqual(waiting.length, 1)
      const woken = yield* Effect.forkChild(waiting[0], { startImmediately: true })
      yield* TestClock.adjust(100)
      yield* Fiber.join(woken)
      // Those that were skipped just now have their time as well.
      assert.strictEqual(waiting.length, 2)
      broker.setTopics({ orders: partitions.map(() => 1) })
      yield* cluster.refresh
      const last = yield* Effect.forkChild(waiting[1], { startImmediately: true })
      yield* TestClock.adjust(100)
      yield* Fiber.join(last)
      // The connection to the leader.
      assert.strictEqual(waiting.length, 3)
    }).pipe(Effect.provide(scripted({ orders: Array.from({ length: 100 }, () => -1) }))))
})

describe("Fetcher, with a new leader", () => {
  /** Metadata with another leader epoch from now on. */
  const tellEpoch = (broker: ScriptedBroker["Service"], leaderEpoch: number) =>
    broker.on(Metadata, () => ({
      throttleTimeMs: 0,
      brokers: [{ nodeId: 1, host: "127.0.0.1", port: broker.ports[0]!, rack: null }],
      clusterId: "scripted",
      controllerId: 1,
      topics: [{
        errorCode: 0,
        name: "orders",
        topicId: "00000000-0000-0000-0000-000000000000",
        isInternal: false,
        partitions: [{
          errorCode: 0,
          partitionIndex: 0,
          leaderId: 1,
          leaderEpoch,
          replicaNodes: [1],
          isrNodes: [1],
          offlineReplicas: []
        }],
        topicAuthorizedOperations: 0
      }],
      clusterAuthorizedOperations: 0,
      errorCode: 0
    }))

  for (const [endOffset, next] of [[5, "v3"], [1, "new v1"]] as const) {
    it.effect(`goes on at ${next} when the last epoch ended at ${endOffset}`, () =>
      Effect.gen(function*() {
        const broker = yield* ScriptedBroker
        tellEpoch(broker, 0)
        broker.on(OffsetForLeaderEpoch, () => ({
          throttleTimeMs: 0,
          topics: [{
            topic: "orders",
            partitions: [{ errorCode: 0, partition: 0, leaderEpoch: 0, endOffset }]
          }]
        }))
        broker.on(Fetch, (asked) => {
          const [partition] = asked.request.topics[0]!.partitions
          const { currentLeaderEpoch, fetchOffset } = partition!
          if (currentLeaderEpoch === 0 && fetchOffset === 3) {
            tellEpoch(broker, 1)
            return ScriptedFetch.answer("orders", [
              ScriptedFetch.partition(0, { errorCode: ErrorCode.FENCED_LEADER_EPOCH })
            ])
          }
          const text = fetchOffset < 3 && currentLeaderEpoch === 1 ? "new v" : "v"
          return fetchOffset > 4 ? "silence" : ScriptedFetch.answer("orders", [
            ScriptedFetch.partition(0, {
              records: batchAt(fetchOffset, [`${text}${fetchOffset}`], currentLeaderEpoch)
            })
          ])
        })
        const consumer = yield* reading()
        assert.deepStrictEqual(values(yield* pollMany(consumer, 3)), numbered(0, 3))
        assert.strictEqual(values(yield* pollMany(consumer, 1))[0], next)
        const [asked] = broker.asked(OffsetForLeaderEpoch)
        assert.deepStrictEqual(asked!.request.topics[0]!.partitions, [
          { partition: 0, currentLeaderEpoch: 1, leaderEpoch: 0 }
        ])
      }).pipe(Effect.provide(scripted())))
  }

  it.effect("drops what was fetched beyond the place where the log was cut", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      tellEpoch(broker, 0)
      broker.on(OffsetForLeaderEpoch, () => ({
        throttleTimeMs: 0,
        topics: [{
          topic: "orders",
          partitions: [{ errorCode: 0, partition: 0, leaderEpoch: 0, endOffset: 3 }]
        }]
      }))
      broker.on(Fetch, (asked) => {
        const { currentLeaderEpoch, fetchOffset } = asked.request.topics[0]!.partitions[0]!
        if (fetchOffset > 4 && currentLeaderEpoch === 1) return "silence"
        if (fetchOffset > 4) tellEpoch(broker, 1)
        return ScriptedFetch.answer("orders", [
          fetchOffset > 4
            ? ScriptedFetch.partition(0, { errorCode: ErrorCode.FENCED_LEADER_EPOCH })
            : ScriptedFetch.partition(0, {
              records: currentLeaderEpoch === 0
                ? batchAt(0, numbered(0, 5))
                : Buffer.concat([
                  batchAt(0, numbered(0, 3)),
                  batchAt(3, ["new v3", "new v4"], 1)
                ])
            })
        ])
      })
      const consumer = yield* reading()
      assert.deepStrictEqual(values(yield* pollMany(consumer, 2)), ["v0", "v1"])
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(values(yield* pollMany(consumer, 3)), ["v2", "new v3", "new v4"])
    }).pipe(Effect.provide(scripted())))
})

describe("Fetcher, in a session", () => {
  it.effect("names only what has changed", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(Fetch, (asked) => {
        if (asked.count > 2) return "silence"
        const records = asked.count === 0 ? batchAt(0, ["a"]) : batchAt(asked.count, ["b"])
        const told = [ScriptedFetch.partition(1, { records })]
        return ScriptedFetch.answer("orders", told, { sessionId: 77 })
      })
      const consumer = yield* reading([0, 1])
      yield* pollMany(consumer, 3)
      yield* broker.whenAsked(Fetch, 4)
      const requests = broker.asked(Fetch).map(({ request }) => [
        request.sessionId,
        request.sessionEpoch,
        request.topics.flatMap(({ partitions }) => partitions.map(({ partition }) => partition))
      ])
      assert.deepStrictEqual(requests, [
        [0, 0, [0, 1]],
        [77, 1, [1]],
        [77, 2, [1]],
        [77, 3, [1]]
      ])
    }).pipe(Effect.provide(scripted({ orders: [1, 1] }))))

  it.effect("begins another when the broker has forgotten it", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.on(Fetch, (asked) =>
        asked.count === 1
          ? {
            ...ScriptedFetch.answer("orders", []),
            errorCode: ErrorCode.FETCH_SESSION_ID_NOT_FOUND
          }
          : ScriptedFetch.inSession(fiveRecords(asked), 5))
      const consumer = yield* reading()
      assert.deepStrictEqual(values(yield* pollMany(consumer, 5)), numbered(0, 5))
      assert.deepStrictEqual(
        broker.asked(Fetch).slice(0, 4).map(({ request }) => request.sessionEpoch),
        [0, 1, 0, 1]
      )
    }).pipe(Effect.provide(scripted())))
})
