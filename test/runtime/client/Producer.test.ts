// A producer held against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { MemoryNetwork } from "../../../src/layers/transport/MemoryTransport.ts"
import type { ClientError } from "../../../src/runtime/client/ClientError.ts"
import * as ProducerModule from "../../../src/runtime/client/Producer.ts"
import type { ProducerSettings } from "../../../src/runtime/client/producer/ProducerOptions.ts"
import { passing, turn } from "../../world/Passing.ts"
import * as ProducerWorld from "../../world/ProducerWorld.ts"

const { Producer } = ProducerModule

const numbers = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => i)

const valuesOf = (records: ReadonlyArray<ProducerWorld.Logged>) => records.map(({ value }) => value)

describe("Producer.push", () => {
  it.effect("tells each record its offset, in order, exactly once", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      for (const i of numbers(5000)) {
        const hasRoom = producer.push({ topic: "orders", value: `order ${i}` }, callback)
        if (!hasRoom) yield* producer.drained
      }
      yield* producer.flush
      assert.deepStrictEqual(calls.map(({ offset }) => offset), numbers(5000))
      assert.deepStrictEqual(
        valuesOf(yield* ProducerWorld.logged("orders")),
        numbers(5000).map((i) => `order ${i}`)
      )
    }).pipe(Effect.provide(ProducerWorld.layer({ batchBytesMax: 4096 }))))

  it.effect("keeps the order of records of all kinds that go to one partition", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      yield* ProducerWorld.createTopic("others")
      const producer = yield* Producer
      const kinds = [
        {},
        { key: Buffer.from("k") },
        {},
        { headers: [["a", null]] as const },
        { partition: 0 },
        { timestampMs: 7 },
        { key: null }
      ]
      for (const i of numbers(2000)) {
        const value = i % 5 === 0 ? `${i}` : Buffer.from(`${i}`)
        const topic = i % 11 === 0 ? "others" : "orders"
        if (!producer.push({ topic, value, ...kinds[i % 7] })) yield* producer.drained
      }
      yield* producer.flush
      for (const topic of ["orders", "others"]) {
        const records = yield* ProducerWorld.logged(topic)
        assert.deepStrictEqual(
          records.map((record): ReadonlyArray<unknown> => {
            const { headers, key, timestampMs, value } = record
            return [value, key, headers, timestampMs]
          }),
          numbers(2000).filter((i) => (i % 11 === 0) === (topic === "others")).map((
            i
          ): Array<unknown> => [
            `${i}`,
            i % 7 === 1 ? "k" : null,
            i % 7 === 3 ? [["a", null]] : [],
            i % 7 === 5 ? 7 : 0
          ])
        )
      }
    }).pipe(Effect.provide(ProducerWorld.layer({ batchBytesMax: 1024 }))))

  it.effect("keeps keys, nulls, headers and times, and is done with memory when it returns", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const value = Buffer.from("first")
      producer.push({ topic: "orders", key: "ключ", value, timestampMs: 1234 })
      value.fill("x")
      producer.push({
        topic: "orders",
        key: Buffer.from("k"),
        value: null,
        headers: [["a", Buffer.from("1")], ["b", null]]
      })
      yield* TestClock.adjust(50)
      yield* producer.flush
      // Twice the same: before the topic was known, and after.
      value.fill("y")
      producer.push({ topic: "orders", value })
      value.fill("z")
      yield* producer.flush
      const records = yield* ProducerWorld.logged("orders")
      assert.deepStrictEqual(
        records.map(({ headers, key, timestampMs, value }) => [key, value, headers, timestampMs]),
        [
          ["ключ", "first", [], 1234],
          ["k", null, [["a", "1"], ["b", null]], 0],
          [null, "yyyyy", [], 50]
        ]
      )
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("holds a batch back for the linger, and no longer", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      yield* Effect.forkChild(producer.send({ topic: "orders", value: "makes it known" }))
      yield* TestClock.adjust(50)
      producer.push({ topic: "orders", value: "a" }, callback)
      yield* TestClock.adjust(49)
      producer.push({ topic: "orders", value: "b" }, callback)
      yield* turn
      assert.strictEqual(producer.counters.batches, 1)
      yield* passing(
        Effect.whileLoop({
          while: () => calls.length < 2,
          body: () => turn,
          step: () => {}
        }),
        1
      )
      assert.strictEqual(producer.counters.batches, 2)
    }).pipe(Effect.provide(ProducerWorld.layer({ lingerMs: 50 }))))

  it.effect("sends a full batch at once, whatever the linger", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      yield* passing(producer.send({ topic: "orders", value: "makes it known" }))
      const last = Deferred.makeUnsafe<void>()
      const tell = (_: ClientError | undefined, _partition: number, offset: number) => {
        if (offset === 4) Deferred.doneUnsafe(last, Effect.void)
      }
      for (const i of numbers(5)) {
        producer.push({ topic: "orders", value: `${i}`.repeat(200) }, tell)
      }
      yield* Deferred.await(last)
      assert.strictEqual((yield* ProducerWorld.logged("orders")).length, 5)
    }).pipe(Effect.provide(ProducerWorld.layer({ lingerMs: 60_000, batchBytesMax: 1000 }))))

  it.effect("says when to stop, when to go on, and refuses who does not listen", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      const record = { topic: "orders", value: "x".repeat(1000) }
      let taken = 1
      while (producer.push(record, callback)) taken++
      assert.isAtMost(taken, 10)
      assert.strictEqual(calls.length, 0)
      while (calls.length === 0) {
        producer.push(record, callback)
        taken++
      }
      taken--
      assert.strictEqual(calls[0]!.error?.reason._tag, "BufferFull")
      assert.isAtMost(taken, 22)
      yield* producer.drained
      assert.isTrue(producer.push(record, callback))
      yield* producer.flush
      const good = calls.filter(({ error }) => error === undefined)
      assert.deepStrictEqual(good.map(({ offset }) => offset), numbers(taken + 1))
    }).pipe(Effect.provide(ProducerWorld.layer({
      bufferMemoryBytes: 10_000,
      requestBytesMax: 10_000,
      batchBytesMax: 2000
    }))))

  it.effect("refuses at once what can never be sent", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders", 2)
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      producer.push({ topic: "orders", value: "x".repeat(2000) }, callback)
      const [large] = calls.splice(0)
      assert.deepInclude(large!.error!.reason, { _tag: "RecordTooLarge", bytesMax: 1000 })
      yield* producer.send({ topic: "orders", value: "makes it known" })
      producer.push({ topic: "orders", partition: 2, value: "x" }, callback)
      assert.match(calls[0]!.error!.message, /orders has 2 partitions, none of them is number 2/)
    }).pipe(Effect.provide(ProducerWorld.layer({ requestBytesMax: 1000 }))))

  it.effect("goes on when a callback throws", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      producer.push({ topic: "orders", value: "a" }, () => {
        throw new Error("from a callback")
      })
      producer.push({ topic: "orders", value: "b" }, callback)
      yield* producer.flush
      assert.deepStrictEqual(calls.map(({ offset }) => offset), [1])
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("may be called from a callback", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const done = Deferred.makeUnsafe<number>()
      let rounds = 0
      const again = (_: unknown, _partition: number, offset: number) => {
        if (++rounds === 10) Deferred.doneUnsafe(done, Effect.succeed(offset))
        else producer.push({ topic: "orders", value: `${rounds}` }, again)
      }
      producer.push({ topic: "orders", value: "0" }, again)
      assert.strictEqual(yield* Deferred.await(done), 9)
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("keeps records of unknown topics until the broker has made them", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      for (const i of numbers(100)) producer.push({ topic: "made", value: `${i}` }, callback)
      yield* passing(producer.flush)
      assert.deepStrictEqual(calls.map(({ offset }) => offset), numbers(100))
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("fails records of topics that do not come, and asks again for the next", () =>
    Effect.gen(function*() {
      const producer = yield* Producer
      const { callback, calls } = ProducerWorld.collector()
      producer.push({ topic: "orders", value: "a" }, callback)
      yield* passing(producer.flush, 500)
      assert.strictEqual(calls[0]!.error?.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      yield* ProducerWorld.createTopic("orders")
      producer.push({ topic: "orders", value: "b" }, callback)
      yield* passing(producer.flush)
      assert.strictEqual(calls[1]!.offset, 0)
    }).pipe(Effect.provide(ProducerWorld.layer({ autoCreateTopics: false, blockMsMax: 5000 }))))
})

describe("Producer.send and its like", () => {
  it.effect("sends one record and ends with where it went", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders", 3)
      const producer = yield* Producer
      const metadata = yield* producer.send({ topic: "orders", partition: 2, key: "k", value: "v" })
      assert.deepStrictEqual(metadata, { topic: "orders", partition: 2, offset: 0, timestampMs: 0 })
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("tells the broker's time where the topic keeps that", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders", 1, { "message.timestamp.type": "LogAppendTime" })
      yield* TestClock.adjust(777)
      const producer = yield* Producer
      const sent = yield* producer.send({ topic: "orders", value: "v", timestampMs: 5 })
      assert.strictEqual(sent.timestampMs, 777)
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("waits for room, and keeps the order of who waits", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const sent = yield* Effect.forEach(
        numbers(100),
        (i) => producer.send({ topic: "orders", value: `${i}`.padEnd(1000) }),
        { concurrency: "unbounded" }
      )
      assert.deepStrictEqual(ProducerWorld.offsetsOf(sent), numbers(100))
      const all = numbers(100).map((i) => ({ topic: "orders", value: `${i}`.padEnd(1000) }))
      const [first, second] = yield* Effect.all([producer.sendAll(all), producer.sendAll(all)], {
        concurrency: "unbounded"
      })
      assert.deepStrictEqual(ProducerWorld.offsetsOf(first), numbers(100).map((i) => i + 100))
      assert.deepStrictEqual(ProducerWorld.offsetsOf(second), numbers(100).map((i) => i + 200))
    }).pipe(Effect.provide(ProducerWorld.layer({ bufferMemoryBytes: 10_000 }))))

  it.effect("fails sendAll with the first error, once all are answered", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const records = ["a", "x".repeat(2_000_000), "b"].map((value) => ({ topic: "orders", value }))
      const error = yield* Effect.flip(producer.sendAll(records))
      assert.strictEqual(error.reason._tag, "RecordTooLarge")
      assert.deepStrictEqual(valuesOf(yield* ProducerWorld.logged("orders")), ["a", "b"])
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("is a sink, which ends when all is answered", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const records = Stream.range(0, 2999).pipe(
        Stream.map((i) => ({ topic: "orders", value: `${i}` }))
      )
      const { count, last } = yield* Stream.run(records, producer.sink)
      assert.strictEqual(count, 3000)
      assert.strictEqual(last?.offset, 2999)
      const none = yield* Stream.run(Stream.empty, producer.sink)
      assert.deepStrictEqual(none, { count: 0, last: undefined })
    }).pipe(Effect.provide(ProducerWorld.layer({ bufferMemoryBytes: 20_000 }))))

  it.effect("is a step of a stream, metadata in the order of the records", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const metadata = yield* Stream.range(0, 2999).pipe(
        Stream.rechunk(70),
        Stream.map((i) => ({ topic: "orders", value: `${i}` })),
        producer.through,
        Stream.runCollect
      )
      assert.deepStrictEqual(ProducerWorld.offsetsOf(metadata), numbers(3000))
      assert.deepStrictEqual(
        valuesOf(yield* ProducerWorld.logged("orders")),
        numbers(3000).map((i) => `${i}`)
      )
    }).pipe(Effect.provide(ProducerWorld.layer({ bufferMemoryBytes: 20_000 }))))
})

describe("Producer's batches", () => {
  for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
    it.effect(`are compressed by ${compression}, in order`, () =>
      Effect.gen(function*() {
        yield* ProducerWorld.createTopic("orders")
        const producer = yield* Producer
        const { callback, calls } = ProducerWorld.collector()
        const record = (i: number) => ({ topic: "orders", value: `${i} `.repeat(100) })
        for (const i of numbers(500)) producer.push(record(i), callback)
        yield* producer.flush
        assert.deepStrictEqual(calls.map(({ offset }) => offset), numbers(500))
        const records = yield* ProducerWorld.logged("orders")
        assert.deepStrictEqual(valuesOf(records), numbers(500).map((i) => record(i).value))
        assert.deepStrictEqual(new Set(records.map(({ codec }) => codec)), new Set([compression]))
      }).pipe(Effect.provide(ProducerWorld.layer({ compression, batchBytesMax: 20_000 }))))
  }

  const modes: ReadonlyArray<Partial<ProducerSettings>> = [
    { acks: 0 },
    { acks: 1 },
    { acks: "all" },
    { acks: "all", enableIdempotence: false }
  ]
  for (const mode of modes) {
    it.effect(`arrive with ${JSON.stringify(mode)}`, () =>
      Effect.gen(function*() {
        yield* ProducerWorld.createTopic("orders", 2)
        const producer = yield* Producer
        const { callback, calls } = ProducerWorld.collector()
        for (const i of numbers(200)) {
          producer.push({ topic: "orders", partition: i % 2, value: `${i}` }, callback)
        }
        yield* producer.flush
        assert.strictEqual(calls.length, 200)
        const expected = mode.acks === 0 ? numbers(100).map(() => -1) : numbers(100)
        for (const partition of [0, 1]) {
          const offsets = calls.filter((call) => call.partition === partition)
          assert.deepStrictEqual(ProducerWorld.offsetsOf(offsets as never), expected)
        }
        while ((yield* ProducerWorld.logged("orders", 1)).length < 100) yield* turn
      }).pipe(Effect.provide(ProducerWorld.layer(mode))))
  }

  it.effect("go by key where there is one, together where there is none", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders", 8)
      const producer = yield* Producer
      const sent = yield* producer.sendAll(
        numbers(40).map((i) => ({ topic: "orders", key: `customer ${i % 10}`, value: "v" }))
      )
      const byKey = numbers(10).map((k) =>
        new Set(sent.filter((_, i) => i % 10 === k).map(({ partition }) => partition))
      )
      assert.deepStrictEqual(byKey.map(({ size }) => size), numbers(10).map(() => 1))
      assert.isAbove(new Set(sent.map(({ partition }) => partition)).size, 1)
      const keyless = yield* producer.sendAll(
        numbers(40).map(() => ({ topic: "orders", value: "v" }))
      )
      assert.strictEqual(new Set(keyless.map(({ partition }) => partition)).size, 1)
    }).pipe(Effect.provide(ProducerWorld.layer())))
})

describe("Producer under cuts of the network", () => {
  it.effect("loses nothing, repeats nothing and keeps the order", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders", 2)
      const producer = yield* Producer
      const network = yield* MemoryNetwork
      const { callback, calls } = ProducerWorld.collector()
      for (const round of numbers(40)) {
        for (const i of numbers(50)) {
          const value = `${round * 50 + i}`
          producer.push({ topic: "orders", partition: i % 2, value }, callback)
        }
        for (const _ of numbers(round % 7)) yield* turn
        yield* network.cut()
        yield* TestClock.adjust(round % 3 === 0 ? 0 : 30)
      }
      yield* passing(producer.flush)
      assert.deepStrictEqual(calls.filter(({ error }) => error !== undefined), [])
      for (const partition of [0, 1]) {
        const values = valuesOf(yield* ProducerWorld.logged("orders", partition))
        assert.deepStrictEqual(
          values,
          numbers(2000).filter((i) => i % 2 === partition).map((i) => `${i}`)
        )
        const offsets = calls.filter((call) => call.partition === partition)
        assert.deepStrictEqual(offsets.map(({ offset }) => offset), numbers(1000))
      }
      assert.isAbove(producer.counters.retries, 5)
    }).pipe(Effect.provide(ProducerWorld.layer({ batchBytesMax: 300 }))))
})

describe("Producer at its end", () => {
  it.effect("sends what lingers before its scope is closed, and takes nothing afterwards", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const scope = yield* Scope.make()
      const producer = yield* Scope.provide(ProducerModule.make({ lingerMs: 60_000 }), scope)
      const { callback, calls } = ProducerWorld.collector()
      producer.push({ topic: "orders", value: "a" }, callback)
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(calls.map(({ offset }) => offset), [0])
      producer.push({ topic: "orders", value: "b" }, callback)
      assert.strictEqual(calls[1]!.error?.reason._tag, "Closed")
      const error = yield* Effect.flip(producer.send({ topic: "orders", value: "b" }))
      assert.strictEqual(error.reason._tag, "Closed")
    }).pipe(Effect.provide(ProducerWorld.layer())))

  it.effect("gives up what it cannot send in time, each record told once", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const options = { autoCreateTopics: false, closeTimeoutMs: 5000 }
      const producer = yield* Scope.provide(ProducerModule.make(options), scope)
      const { callback, calls } = ProducerWorld.collector()
      for (const i of numbers(3)) producer.push({ topic: "missing", value: `${i}` }, callback)
      const closing = yield* Effect.forkChild(Scope.close(scope, Exit.void))
      yield* passing(Fiber.join(closing), 500)
      assert.deepStrictEqual(calls.map(({ error }) => error?.reason._tag), [
        "Closed",
        "Closed",
        "Closed"
      ])
    }).pipe(Effect.provide(ProducerWorld.layer())))
})
