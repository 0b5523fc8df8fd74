// Consumers that share a topic as members of a group: what each reads while partitions come and go, what is
// told to whom, and where the next one goes on.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Topic from "../../../../src/domain/Topic.ts"
import * as Consumer from "../../../../src/runtime/client/Consumer.ts"
import type { ConsumerRecord } from "../../../../src/runtime/client/consumer/ConsumerRecord.ts"
import * as OffsetCommitter from "../../../../src/runtime/client/group/OffsetCommitter.ts"
import * as ConsumerWorld from "../../../world/ConsumerWorld.ts"

const { numbered } = ConsumerWorld
const world = ConsumerWorld.layer({ broker: { "group.initial.rebalance.delay.ms": "0" } })

/** Time goes on by itself: groups live by it. */
const inTime = <A, E>(
  test: Effect.Effect<A, E, Layer.Success<typeof world> | Scope.Scope>
): Effect.Effect<A, E | Layer.Error<typeof world>> =>
  Effect.gen(function*() {
    const time = yield* Effect.forkChild(Effect.forever(TestClock.adjust(100)))
    const exit = yield* Effect.exit(Effect.scoped(test))
    yield* Fiber.interrupt(time)
    return yield* exit
  }).pipe(Effect.provide(world))

const member = (options: Parameters<typeof Consumer.make>[0] = {}) =>
  Consumer.make({
    groupId: "readers",
    topics: ["orders"],
    autoOffsetReset: "earliest",
    ...options
  })

const pollUntil = Effect.fnUntraced(function*(
  consumer: Consumer.Consumer["Service"],
  isEnough: (records: ReadonlyArray<ConsumerRecord>) => boolean
) {
  const records: Array<ConsumerRecord> = []
  while (!isEnough(records)) records.push(...yield* consumer.poll(10, "100 millis"))
  return records
})

const names = (partitions: ReadonlyArray<Topic.TopicPartition>) =>
  partitions.map(({ partition, topic }) => Topic.format(topic, partition)).toSorted().join(" ")

describe("a member of a group", () => {
  it.effect("reads what it is given, and the next one goes on where it has come to", () =>
    inTime(Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 2)
      yield* orders.write(numbered(0, 5), 0)
      yield* orders.write(numbered(10, 15), 1)
      yield* Effect.scoped(Effect.gen(function*() {
        const consumer = yield* member({ autoCommit: false })
        yield* pollUntil(consumer, ({ length }) => length === 10)
        yield* consumer.commitSync()
      }))
      yield* orders.write(["later"], 1)
      const next = yield* member()
      const records = yield* pollUntil(next, ({ length }) => length > 0)
      assert.deepStrictEqual(ConsumerWorld.shown(records), ["orders-1@5=later"])
    })))

  it.effect("fetches what it had no room for when what was in the way goes to another", () =>
    inTime(Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 2)
      yield* orders.write(["x".repeat(1000)], 1)
      const given: Array<string> = []
      const consumer = yield* member({
        partitionBytesMax: 1000,
        prefetchBytesMax: 1000,
        listener: {
          onRevoked: (partitions) => Effect.sync(() => given.push(names(partitions)))
        }
      })
      while (consumer.bufferedBytes() === 0) yield* Effect.yieldNow
      yield* orders.write(["other"], 0)
      yield* member()
      while (given.length === 0) yield* Effect.yieldNow
      assert.deepStrictEqual(given, ["orders-1"])
      const records = yield* consumer.poll(1, "10 seconds")
      assert.deepStrictEqual(ConsumerWorld.shown(records), ["orders-0@0=other"])
    })))

  it.effect("reads nothing before the application has said where to begin", () =>
    inTime(Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(numbered(0, 5))
      const consumer: Consumer.Consumer["Service"] = yield* member({
        listener: {
          onAssigned: ([partition]) =>
            Effect.andThen(
              Effect.sleep(5000),
              Effect.orDie(
                Effect.andThen(consumer.position(partition!), consumer.seek(partition!, 3))
              )
            )
        }
      })
      const records = yield* pollUntil(consumer, ({ length }) => length > 1)
      assert.deepStrictEqual(ConsumerWorld.values(records), ["v3", "v4"])
    })))

  it.effect("finds topics by a pattern", () =>
    inTime(Effect.gen(function*() {
      yield* (yield* ConsumerWorld.topic("orders-eu")).write(["eu"])
      yield* (yield* ConsumerWorld.topic("orders-us")).write(["us"])
      yield* (yield* ConsumerWorld.topic("bills")).write(["bill"])
      const consumer = yield* member({ topics: /orders-.*/ })
      const records = yield* pollUntil(consumer, ({ length }) => length === 2)
      assert.deepStrictEqual(ConsumerWorld.values(records).toSorted(), ["eu", "us"])
    })))

  it.effect("cannot be given partitions by hand, nor be made without a group", () =>
    inTime(Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      const consumer = yield* member()
      const both = yield* Effect.flip(consumer.assign([orders.at(0)]))
      assert.match(both.message, /either subscribed or assigned by hand/)
      const alone = yield* Effect.flip(Consumer.make({ topics: ["orders"] }))
      assert.match(alone.message, /a groupId is needed/)
    })))

  for (const protocol of ["classic", "consumer"] as const) {
    it.effect(`delivers nothing of a partition after its revocation (${protocol})`, () =>
      inTime(Effect.gen(function*() {
        const orders = yield* ConsumerWorld.topic("orders", 4)
        const write = Effect.fnUntraced(function*(from: number) {
          for (const partition of [0, 1, 2, 3]) {
            yield* orders.write(numbered(from, from + 50), partition)
          }
        })
        yield* write(0)
        const told: Array<string> = []
        const gone = new Set<string>()
        const first = yield* member({
          protocol,
          listener: {
            onAssigned: (partitions) =>
              Effect.sync(() => {
                for (const one of partitions) gone.delete(names([one]))
                told.push(`got ${names(partitions)}`)
              }),
            onRevoked: (partitions) =>
              Effect.sync(() => {
                for (const one of partitions) gone.add(names([one]))
                told.push(`gave ${partitions.length}`)
              })
          }
        })
        const seen: Array<string> = []
        const reading = yield* Effect.forkChild(Effect.forever(Effect.gen(function*() {
          for (const record of yield* first.poll(7, "100 millis")) {
            assert.isFalse(gone.has(names([record])), "a record after its revocation")
            seen.push(`${names([record])}@${record.offset}`)
          }
        })))
        while (seen.length < 60) yield* Effect.yieldNow
        const second = yield* member({ protocol })
        const others: Array<string> = []
        const readMore = Effect.fnUntraced(function*() {
          for (const record of yield* second.poll(7, "100 millis")) {
            others.push(`${names([record])}@${record.offset}`)
          }
        })
        while (second.assignment().length < 2) yield* readMore()
        yield* write(50)
        while (new Set([...seen, ...others]).size < 400) yield* readMore()
        yield* Fiber.interrupt(reading)
        assert.strictEqual(told[0], "got orders-0 orders-1 orders-2 orders-3")
        assert.include(told, "gave 2")
        assert.strictEqual(first.assignment().length, 2)
        assert.strictEqual(second.assignment().length, 2)
        // Each reads its own in order, and gives nothing twice.
        assert.strictEqual(new Set(seen).size, seen.length)
        assert.strictEqual(new Set(others).size, others.length)
      })))
  }

  it.effect("commits what was processed before another gets the partition", () =>
    inTime(Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 1)
      yield* orders.write(numbered(0, 10))
      const scope = yield* Scope.make()
      const first = yield* Scope.provide(member(), scope)
      const read = yield* pollUntil(first, ({ length }) => length >= 10)
      assert.strictEqual(read.length, 10)
      // The poll after says that the ten are done.
      yield* first.poll(10, "100 millis")
      yield* Scope.close(scope, Exit.void)
      const committer = yield* OffsetCommitter.make("readers")
      const found = yield* committer.fetch([orders.at(0)])
      assert.strictEqual(found.get("orders-0")?.offset, 10)
    })))

  it.effect("stays in the group while its stream waits for records, however long", () =>
    inTime(Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      const told: Array<string> = []
      const consumer = yield* member({
        rebalanceTimeoutMs: 5000,
        listener: { onLost: () => Effect.sync(() => told.push("lost")) }
      })
      const reading = yield* Effect.forkChild(
        consumer.records.pipe(Stream.take(1), Stream.runCollect)
      )
      yield* Effect.sleep("30 seconds")
      assert.deepStrictEqual(told, [])
      yield* orders.write(["at last"])
      assert.deepStrictEqual(ConsumerWorld.values(yield* Fiber.join(reading)), ["at last"])
    })))
})
