// The consumer with partitions given by hand, held against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { MaxOpsBeforeYield } from "effect/Scheduler"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { DeleteRecords } from "../../../src/domain/protocol/DeleteRecords.ts"
import * as CompressionType from "../../../src/domain/record/CompressionType.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import { MemoryNetwork } from "../../../src/layers/transport/MemoryTransport.ts"
import * as Consumer from "../../../src/runtime/client/Consumer.ts"
import type { ConsumerRecord } from "../../../src/runtime/client/consumer/ConsumerRecord.ts"
import * as BrokerWorld from "../../world/BrokerWorld.ts"
import * as ConsumerWorld from "../../world/ConsumerWorld.ts"

const { numbered, shown, values } = ConsumerWorld

/** A consumer from the start of everything in a topic. */
const reading = Effect.fnUntraced(function*(
  topic: string,
  options: Parameters<typeof Consumer.make>[0] = {}
) {
  const consumer = yield* Consumer.make({ autoOffsetReset: "earliest", ...options })
  yield* consumer.assign(yield* consumer.partitionsOf(topic))
  return consumer
})

const deleteBefore = ({ client, name }: ConsumerWorld.TopicWriter, offset: number) =>
  client.ask(DeleteRecords, 2, {
    topics: [{ name, partitions: [{ partitionIndex: 0, offset }] }],
    timeoutMs: 1000
  })

/** Lets fetches that wait at the broker for an older place end first. */
const soon = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
  yield* TestClock.adjust("1 second")
  return yield* Fiber.join(fiber)
})

/** Polls until so many records have come. */
const pollMany = Effect.fnUntraced(
  function*(consumer: Consumer.Consumer["Service"], count: number) {
    const records: Array<ConsumerRecord> = []
    while (records.length < count) records.push(...yield* consumer.poll(count, "1 hour"))
    return records
  }
)

describe("Consumer.records, interrupted", () => {
  it.effect("loses no record, wherever that happens", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      for (const value of numbered(0, 6)) yield* orders.write([value])
      const consumer = yield* reading("orders")
      for (let run = 0; run < 400; run++) {
        yield* consumer.seek(orders.at(0), 0)
        yield* soon(Effect.void)
        const done: Array<string> = []
        const running = yield* consumer.records.pipe(
          Stream.runForEach(({ value }) => Effect.sync(() => done.push(value!.toString()))),
          Effect.provideService(MaxOpsBeforeYield, 2 + run % 4),
          Effect.forkChild
        )
        for (let i = 0; i < run / 4; i++) yield* Effect.yieldNow
        yield* Fiber.interrupt(running)
        const position = yield* consumer.position(orders.at(0))
        assert.isAtMost(position, done.length, `run ${run}`)
      }
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("does not give again what was processed when it waited for more", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(numbered(0, 3))
      const consumer = yield* reading("orders")
      const done: Array<ConsumerRecord> = []
      const running = yield* consumer.records.pipe(
        Stream.runForEach((record) => Effect.sync(() => done.push(record))),
        Effect.forkChild
      )
      while (done.length < 3) yield* Effect.yieldNow
      yield* soon(Effect.void)
      yield* Fiber.interrupt(running)
      assert.strictEqual(yield* consumer.position(orders.at(0)), 3)
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})

describe("Consumer.poll", () => {
  it.effect("gives the records of a partition from its beginning", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(["a", "b"])
      yield* orders.write(["c"])
      const consumer = yield* reading("orders")
      const records = yield* consumer.poll()
      assert.deepStrictEqual(shown(records), ["orders-0@0=a", "orders-0@1=b", "orders-0@2=c"])
      assert.strictEqual(yield* consumer.position(orders.at(0)), 3)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("gives at most what is asked for, and goes on inside a batch", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(numbered(0, 5))
      yield* orders.write(numbered(5, 8))
      const consumer = yield* reading("orders")
      assert.deepStrictEqual(values(yield* consumer.poll(3)), ["v0", "v1", "v2"])
      assert.strictEqual(yield* consumer.position(orders.at(0)), 3)
      assert.deepStrictEqual(values(yield* consumer.poll(3)), ["v3", "v4", "v5"])
      assert.deepStrictEqual(values(yield* consumer.poll(3)), ["v6", "v7"])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("waits for an append, and wakes with it", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      const consumer = yield* reading("orders")
      const polling = yield* Effect.forkChild(consumer.poll(10, "1 hour"), {
        startImmediately: true
      })
      yield* consumer.position(orders.at(0))
      yield* orders.write(["late"])
      assert.deepStrictEqual(values(yield* Fiber.join(polling)), ["late"])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("gives nothing when its time is over", () =>
    Effect.gen(function*() {
      yield* ConsumerWorld.topic("orders")
      const consumer = yield* reading("orders")
      const polling = yield* Effect.forkChild(consumer.poll(10, "3 seconds"), {
        startImmediately: true
      })
      yield* TestClock.adjust("3 seconds")
      assert.deepStrictEqual(yield* Fiber.join(polling), [])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("loses nothing between a record that comes and its time that is over", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      const consumer = yield* reading("orders")
      yield* consumer.position(orders.at(0))
      const seen: Array<string> = []
      for (let round = 0; round < 50; round++) {
        const polling = yield* Effect.forkChild(consumer.poll(10, "10 millis"), {
          startImmediately: true
        })
        const writing = yield* Effect.forkChild(orders.write([`v${round}`]))
        yield* TestClock.adjust("10 millis")
        yield* Fiber.join(writing)
        seen.push(...values(yield* Fiber.join(polling)))
      }
      seen.push(...values(yield* consumer.poll(50, 0)))
      assert.deepStrictEqual(seen, numbered(0, 50))
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("reads all partitions of many topics", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 3)
      const bills = yield* ConsumerWorld.topic("bills")
      for (const partition of [0, 1, 2]) yield* orders.write(["a", "b"], partition)
      yield* bills.write(["c"])
      const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
      yield* consumer.assign([orders.at(0), orders.at(1), orders.at(2), bills.at(0)])
      const records = yield* pollMany(consumer, 7)
      assert.deepStrictEqual(shown(records).toSorted(), [
        "bills-0@0=c",
        "orders-0@0=a",
        "orders-0@1=b",
        "orders-1@0=a",
        "orders-1@1=b",
        "orders-2@0=a",
        "orders-2@1=b"
      ])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("shows keys, values, headers and times as they were written", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
      builder.append(1000, Buffer.from("k"), Buffer.from("v"), [
        ["one", Buffer.from("1")],
        ["none", null],
        ["one", Buffer.alloc(0)]
      ])
      builder.append(1007, null, null)
      yield* orders.append(builder.seal({}))
      const consumer = yield* reading("orders")
      const [first, second] = yield* consumer.poll()
      assert.deepStrictEqual(
        [first!.key?.toString(), first!.value?.toString(), first!.timestampMs],
        ["k", "v", 1000]
      )
      assert.deepStrictEqual(
        first!.headers.map(({ key, value }) => [key, value?.toString()]),
        [["one", "1"], ["none", undefined], ["one", ""]]
      )
      assert.deepStrictEqual(
        [second!.key, second!.value, second!.timestampMs, second!.headers],
        [null, null, 1007, []]
      )
      assert.strictEqual(first!.leaderEpoch, 0)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  for (const codec of ["gzip", "snappy", "lz4", "zstd"] as const) {
    it.effect(`opens batches compressed with ${codec}`, () =>
      Effect.gen(function*() {
        const orders = yield* ConsumerWorld.topic("orders")
        const compression = yield* Compression
        const type = CompressionType.fromName(codec)
        for (const from of [0, 100]) {
          const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
          for (const value of numbered(from, from + 100)) {
            builder.append(0, null, Buffer.from(value))
          }
          const payload = yield* compression.compress(type, builder.payload)
          yield* orders.append(builder.sealCompressed(type, payload, {}))
        }
        const consumer = yield* reading("orders")
        assert.deepStrictEqual(values(yield* consumer.poll(30)), numbered(0, 30))
        assert.deepStrictEqual(values(yield* pollMany(consumer, 170)), numbered(30, 200))
      }).pipe(Effect.provide(ConsumerWorld.layer())))
  }

  it.effect("loses nothing and gives nothing twice when connections break", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      const network = yield* MemoryNetwork
      const consumer = yield* reading("orders")
      const seen: Array<string> = []
      for (let round = 0; round < 20; round++) {
        const { write } = round === 0 ? orders : yield* ConsumerWorld.writer("orders")
        yield* write(numbered(round * 10, round * 10 + 10))
        const polling = yield* Effect.forkChild(pollMany(consumer, 10), { startImmediately: true })
        if (round % 2 === 1) yield* network.cut()
        yield* TestClock.adjust("10 seconds")
        seen.push(...values(yield* Fiber.join(polling)))
      }
      assert.deepStrictEqual(seen, numbered(0, 200))
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})

describe("Consumer's streams", () => {
  it.effect("give records in chunks of a batch", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(numbered(0, 3))
      yield* orders.write(numbered(3, 5))
      const consumer = yield* reading("orders")
      const chunks = yield* consumer.records.pipe(
        Stream.chunks,
        Stream.take(2),
        Stream.runCollect
      )
      assert.deepStrictEqual(chunks.map(values), [numbered(0, 3), numbered(3, 5)])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("give batches, from an offset inside the first on", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(numbered(0, 4))
      yield* orders.write(numbered(4, 6))
      const consumer = yield* reading("orders")
      yield* consumer.seek(orders.at(0), 2)
      const batches = yield* consumer.batches.pipe(Stream.take(2), Stream.runCollect)
      assert.deepStrictEqual(
        batches.map(({ lastOffset, records }) => [lastOffset, values(records)]),
        [[3, ["v2", "v3"]], [5, ["v4", "v5"]]]
      )
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("end with the consumer", () =>
    Effect.gen(function*() {
      yield* ConsumerWorld.topic("orders")
      const reads = yield* Effect.scoped(Effect.gen(function*() {
        const consumer = yield* reading("orders")
        return yield* Effect.forkDetach(Effect.flip(Stream.runDrain(consumer.records)), {
          startImmediately: true
        })
      }))
      assert.strictEqual((yield* Fiber.join(reads)).reason._tag, "Closed")
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})

describe("Consumer.seek", () => {
  it.effect("goes on from there at once, and drops what was fetched", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(numbered(0, 10))
      const consumer = yield* reading("orders")
      yield* consumer.poll(2)
      yield* consumer.seek(orders.at(0), 7)
      assert.deepStrictEqual(values(yield* pollMany(consumer, 3)), numbered(7, 10))
      yield* consumer.seekToBeginning()
      assert.deepStrictEqual(values(yield* soon(pollMany(consumer, 10))), numbered(0, 10))
      yield* consumer.seekToEnd()
      assert.strictEqual(yield* soon(consumer.position(orders.at(0))), 10)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("goes to a time: to the first record as young, or to the end", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      for (const time of [1000, 2000, 3000]) {
        yield* orders.append(BrokerWorld.batch([`at ${time}`], {}, time))
      }
      const consumer = yield* reading("orders")
      yield* consumer.seekToTime(1500)
      assert.deepStrictEqual(values(yield* pollMany(consumer, 2)), ["at 2000", "at 3000"])
      yield* consumer.seekToTime(4000, [orders.at(0)])
      assert.strictEqual(yield* soon(consumer.position(orders.at(0))), 3)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("is refused for what is not assigned, and for what is no offset", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      const consumer = yield* reading("orders")
      const elsewhere = yield* Effect.flip(consumer.seek(orders.at(7), 1))
      assert.strictEqual(elsewhere.message, "orders-7 is not assigned to this consumer")
      const negative = yield* Effect.flip(consumer.seek(orders.at(0), -1))
      assert.strictEqual(negative.reason._tag, "InvalidArgument")
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})

describe("Consumer.pause", () => {
  it.effect("keeps back what is fetched until the partition is resumed", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 2)
      yield* orders.write(numbered(0, 3), 0)
      yield* orders.write(numbered(10, 13), 1)
      const consumer = yield* reading("orders")
      yield* consumer.position(orders.at(0))
      yield* consumer.pause([orders.at(0)])
      assert.deepStrictEqual(values(yield* pollMany(consumer, 3)), numbered(10, 13))
      const polling = yield* Effect.forkChild(consumer.poll(10, "2 seconds"), {
        startImmediately: true
      })
      yield* TestClock.adjust("2 seconds")
      assert.deepStrictEqual(yield* Fiber.join(polling), [])
      yield* consumer.resume([orders.at(0)])
      assert.deepStrictEqual(values(yield* pollMany(consumer, 3)), numbered(0, 3))
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})

describe("Consumer's positions", () => {
  it.effect("begin at the end unless told otherwise", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(numbered(0, 3))
      const consumer = yield* Consumer.make()
      yield* consumer.assign([orders.at(0)])
      assert.strictEqual(yield* consumer.position(orders.at(0)), 3)
      yield* orders.write(["new"])
      assert.deepStrictEqual(shown(yield* consumer.poll()), ["orders-0@3=new"])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("begin so long before now where that is the policy", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* TestClock.setTime(100_000)
      for (const time of [20_000, 50_000, 90_000]) {
        yield* orders.append(BrokerWorld.batch([`at ${time}`], {}, time))
      }
      const autoOffsetReset = { byDurationMs: 60_000 }
      const consumer = yield* reading("orders", { autoOffsetReset })
      assert.deepStrictEqual(values(yield* consumer.poll()), ["at 50000", "at 90000"])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("are asked of the application where the policy is none", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(["a"])
      const consumer = yield* reading("orders", { autoOffsetReset: "none" })
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(consumer.poll())
        assert.strictEqual(error.reason._tag, "NoOffset")
        assert.match(error.message, /^orders-0: no offset is committed/)
      }
      yield* consumer.seek(orders.at(0), 0)
      assert.deepStrictEqual(values(yield* consumer.poll()), ["a"])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  for (
    const [policy, expected] of [
      ["earliest", ["v5", "v6", "v7", "v8", "v9"]],
      ["latest", ["new"]]
    ] as const
  ) {
    it.effect(`that the log has no more go to the ${policy} offset`, () =>
      Effect.gen(function*() {
        const orders = yield* ConsumerWorld.topic("orders")
        for (const value of numbered(0, 10)) yield* orders.write([value])
        const consumer = yield* reading("orders", { autoOffsetReset: policy })
        yield* consumer.seek(orders.at(0), 0)
        yield* deleteBefore(orders, 5)
        yield* consumer.seek(orders.at(0), 2)
        const polling = yield* Effect.forkChild(consumer.poll(10, "1 hour"), {
          startImmediately: true
        })
        yield* TestClock.adjust("1 second")
        if (policy === "latest") yield* orders.write(["new"])
        assert.deepStrictEqual(values(yield* Fiber.join(polling)), expected)
      }).pipe(Effect.provide(ConsumerWorld.layer())))
  }

  it.effect("that the log has no more are an error where the policy is none", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(["a"])
      const consumer = yield* reading("orders", { autoOffsetReset: "none" })
      yield* consumer.seek(orders.at(0), 100)
      const error = yield* Effect.flip(consumer.poll())
      assert.strictEqual(
        error.message,
        "orders-0: offset 100 is not in the log, and autoOffsetReset is \"none\""
      )
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("can be asked for without being assigned", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 2)
      for (const time of [1000, 2000, 3000]) {
        yield* orders.append(BrokerWorld.batch(["x"], {}, time))
      }
      const consumer = yield* Consumer.make()
      const both = [orders.at(0), orders.at(1)]
      yield* deleteBefore(orders, 1)
      assert.deepStrictEqual([...yield* consumer.beginningOffsets(both)], [
        ["orders-0", 1],
        ["orders-1", 0]
      ])
      assert.deepStrictEqual([...yield* consumer.endOffsets(both)], [
        ["orders-0", 3],
        ["orders-1", 0]
      ])
      const times = both.map((partition) => ({ ...partition, timestampMs: 1500 }))
      assert.deepStrictEqual([...yield* consumer.offsetsForTimes(times)], [
        ["orders-0", { offset: 1, timestampMs: 2000, leaderEpoch: 0 }]
      ])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("tell how far they are from the end", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(numbered(0, 10))
      const consumer = yield* reading("orders")
      assert.isUndefined(consumer.lag(orders.at(0)))
      yield* consumer.poll(4)
      assert.strictEqual(consumer.lag(orders.at(0)), 6)
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})

describe("Consumer.assign", () => {
  it.effect("replaces what was assigned; what is gone is not delivered any more", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 2)
      yield* orders.write(numbered(0, 3), 0)
      yield* orders.write(numbered(10, 13), 1)
      const consumer = yield* reading("orders")
      yield* pollMany(consumer, 1)
      yield* consumer.assign([orders.at(1)])
      assert.deepStrictEqual(consumer.assignment(), [orders.at(1)])
      yield* consumer.seekToBeginning()
      assert.deepStrictEqual(values(yield* pollMany(consumer, 3)), numbered(10, 13))
      yield* consumer.unsubscribe
      assert.deepStrictEqual(consumer.assignment(), [])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("waits for a topic that is not there yet", () =>
    Effect.gen(function*() {
      const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
      yield* consumer.assign([{ topic: "later", partition: 0 }])
      const polling = yield* Effect.forkChild(consumer.poll(10, "1 hour"), {
        startImmediately: true
      })
      yield* TestClock.adjust("5 seconds")
      const later = yield* ConsumerWorld.topic("later")
      yield* later.write(["a"])
      yield* TestClock.adjust("5 seconds")
      assert.deepStrictEqual(values(yield* Fiber.join(polling)), ["a"])
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})
