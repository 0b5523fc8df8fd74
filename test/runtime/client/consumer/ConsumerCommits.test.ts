// How far a consumer says that it has come: when it is told to, and by itself. Partitions are given by hand;
// what is committed is read back from the group.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import { DeleteTopics } from "../../../../src/domain/protocol/DeleteTopics.ts"
import { NO_TOPIC_ID } from "../../../../src/domain/Topic.ts"
import { Cluster } from "../../../../src/runtime/client/cluster/Cluster.ts"
import * as Consumer from "../../../../src/runtime/client/Consumer.ts"
import * as OffsetCommitter from "../../../../src/runtime/client/group/OffsetCommitter.ts"
import * as ConsumerWorld from "../../../world/ConsumerWorld.ts"
import { passing } from "../../../world/Passing.ts"

const { numbered, values } = ConsumerWorld

const member = Effect.fnUntraced(function*(options: Parameters<typeof Consumer.make>[0] = {}) {
  const consumer = yield* Consumer.make({
    groupId: "readers",
    autoOffsetReset: "earliest",
    ...options
  })
  yield* consumer.assign(yield* consumer.partitionsOf("orders"))
  return consumer
})

/** What the group has committed of orders-0; undefined for nothing. */
const committed = Effect.gen(function*() {
  const committer = yield* OffsetCommitter.make("readers")
  const found = yield* committer.fetch([{ topic: "orders", partition: 0 }])
  return found.get("orders-0")?.offset
})

const orders = Effect.gen(function*() {
  const topic = yield* ConsumerWorld.topic("orders")
  for (const from of [0, 3, 6]) yield* topic.write(numbered(from, from + 3))
  return topic
})

describe("a consumer that commits when it is told to", () => {
  it.effect("commits behind what was delivered, and the next one goes on there", () =>
    Effect.gen(function*() {
      yield* orders
      const first = yield* member({ autoCommit: false })
      yield* first.poll(4)
      assert.isUndefined(yield* committed)
      yield* first.commitSync()
      assert.strictEqual(yield* committed, 4)
      const second = yield* member({ autoCommit: false })
      assert.deepStrictEqual(values(yield* second.poll()), numbered(4, 9))
      const told = yield* second.committed([{ topic: "orders", partition: 0 }])
      assert.deepStrictEqual(told.get("orders-0"), { offset: 4, leaderEpoch: 0, metadata: "" })
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("commits what is named", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommit: false })
      const offset = { topic: "orders", partition: 0, offset: 2, metadata: "half way" }
      yield* consumer.commitSync(new Map([["orders-0", offset]]))
      assert.strictEqual(yield* committed, 2)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("calls back once for each, in the order of the calls", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommit: false })
      const told: Array<string> = []
      for (const round of [1, 2, 3, 4]) {
        yield* consumer.poll(2)
        yield* consumer.commitAsync((result) => {
          told.push(`${round} ${result._tag}`)
        })
      }
      // What waits for the line comes after what was in it before.
      yield* consumer.commitSync()
      assert.deepStrictEqual(told, ["1 Success", "2 Success", "3 Success", "4 Success"])
      assert.strictEqual(yield* committed, 8)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("goes on when a callback throws", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommit: false })
      yield* consumer.poll(2)
      yield* consumer.commitAsync(() => {
        throw new Error("the application's own")
      })
      yield* consumer.commitSync()
      assert.strictEqual(yield* committed, 2)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("commits nothing by itself, not even when it closes", () =>
    Effect.gen(function*() {
      yield* orders
      yield* Effect.scoped(Effect.gen(function*() {
        const consumer = yield* member({ autoCommit: false })
        yield* consumer.poll(2)
        yield* consumer.poll(2)
        yield* TestClock.adjust("1 minute")
      }))
      assert.isUndefined(yield* committed)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("cannot without a group", () =>
    Effect.gen(function*() {
      const topic = yield* orders
      const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
      const refused = "without a groupId nothing can be committed"
      // Also while there is nothing to commit: the mistake shows on the first try.
      assert.strictEqual((yield* Effect.flip(consumer.commitSync())).message, refused)
      yield* consumer.assign([topic.at(0)])
      yield* consumer.poll()
      assert.strictEqual((yield* Effect.flip(consumer.commitSync())).message, refused)
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})

describe("a consumer that commits by itself", () => {
  it.effect("takes as processed what was followed by another poll, never what was only given", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommitIntervalMs: 1000 })
      yield* consumer.poll(4)
      yield* TestClock.adjust("1 second")
      // Where it began: a consumer that begins at the end must not lose what comes before its next life.
      assert.strictEqual(yield* committed, 0)
      yield* consumer.poll(2)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* committed, 4)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("commits what was processed when it closes, and no more", () =>
    Effect.gen(function*() {
      yield* orders
      yield* Effect.scoped(Effect.gen(function*() {
        const consumer = yield* member()
        yield* consumer.poll(4)
        yield* consumer.poll(2)
      }))
      assert.strictEqual(yield* committed, 4)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("takes a chunk of a stream as processed when the next is pulled", () =>
    Effect.gen(function*() {
      yield* orders
      yield* Effect.scoped(Effect.gen(function*() {
        const consumer = yield* member()
        // The second chunk is in work when the stream ends.
        yield* consumer.records.pipe(
          Stream.runForEach(({ offset }) => offset === 4 ? Effect.fail("broken") : Effect.void),
          Effect.flip
        )
      }))
      assert.strictEqual(yield* committed, 3)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("commits before it gives partitions up", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member()
      yield* consumer.poll(4)
      yield* consumer.poll(2)
      yield* consumer.unsubscribe
      assert.strictEqual(yield* committed, 4)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("does not wait for a topic that was deleted when it gives partitions up", () =>
    Effect.gen(function*() {
      const { client } = yield* orders
      const bills = yield* ConsumerWorld.topic("bills")
      yield* bills.write(numbered(0, 3))
      const consumer = yield* member()
      yield* consumer.assign([bills.at(0), { topic: "orders", partition: 0 }])
      for (let read = 0; read < 12;) read += [...yield* consumer.poll(6)].length
      yield* consumer.poll(1, 0)
      yield* client.ask(DeleteTopics, 6, {
        topics: [{ name: "orders", topicId: NO_TOPIC_ID }],
        topicNames: [],
        timeoutMs: 1000
      })
      yield* (yield* Cluster).refresh
      const startMs = yield* Clock.currentTimeMillis
      yield* passing(consumer.unsubscribe, 100)
      assert.isBelow((yield* Clock.currentTimeMillis) - startMs, 1000)
      const committer = yield* OffsetCommitter.make("readers")
      const found = yield* committer.fetch([bills.at(0)])
      assert.strictEqual(found.get("bills-0")?.offset, 3)
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})

describe("a stream of records", () => {
  it.effect("commits a chunk once it has passed what comes before", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommit: false })
      const seen: Array<number> = []
      const failing = consumer.records.pipe(
        Stream.mapEffect((record) => {
          if (record.offset === 7) return Effect.fail("broken" as const)
          seen.push(record.offset)
          return Effect.succeed(record)
        }),
        consumer.commitThrough,
        Stream.runDrain,
        Effect.flip
      )
      assert.strictEqual(yield* failing, "broken")
      assert.deepStrictEqual(seen, [0, 1, 2, 3, 4, 5, 6])
      assert.strictEqual(yield* committed, 7)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("commits what reaches the sink", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommit: false })
      yield* consumer.records.pipe(Stream.take(5), Stream.run(consumer.commitSink))
      assert.strictEqual(yield* committed, 5)
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("gives a chunk again that was in work when it failed", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommit: false })
      const seen: Array<number> = []
      let isBroken = true
      yield* consumer.records.pipe(
        Stream.mapEffect(({ offset }) => {
          if (offset === 4 && isBroken) {
            isBroken = false
            return Effect.fail("broken" as const)
          }
          seen.push(offset)
          return Effect.succeed(offset)
        }),
        Stream.takeUntil((offset) => offset === 8),
        Stream.runDrain,
        Effect.retry({ times: 1 })
      )
      assert.deepStrictEqual(seen, [0, 1, 2, 3, 3, 4, 5, 6, 7, 8])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("goes on behind what was committed of its last chunk", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommit: false })
      const five = consumer.records.pipe(Stream.take(5), Stream.run(consumer.commitSink))
      yield* five
      assert.deepStrictEqual(values(yield* consumer.poll(1)), ["v5"])
    }).pipe(Effect.provide(ConsumerWorld.layer())))

  it.effect("is acknowledged record by record, or by many", () =>
    Effect.gen(function*() {
      yield* orders
      const consumer = yield* member({ autoCommit: false })
      const records = yield* consumer.poll()
      yield* consumer.acknowledge(records[1]!)
      assert.strictEqual(yield* committed, 2)
      yield* consumer.acknowledge(records)
      assert.strictEqual(yield* committed, 9)
    }).pipe(Effect.provide(ConsumerWorld.layer())))
})
