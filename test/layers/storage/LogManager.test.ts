// The log as the rest of the broker sees it: what is appended, what can be read, and what of it is
// still there after a stop, a kill, a crash.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { baseOffsets, batch, World } from "./StorageWorld.ts"

/** A broker's storage with one topic "t". */
const begin = Effect.fnUntraced(
  function*(configs: Record<string, string> = {}, broker: Record<string, string> = {}) {
    const world = new World(broker)
    const storage = yield* world.start
    yield* storage.topic("t", configs)
    return { world, storage }
  }
)

describe("append and read", () => {
  it.effect("gives offsets one after the other and reads the batches back", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      assert.strictEqual(
        (yield* storage.append("t", batch({ records: 3, tag: "a" }))).baseOffset,
        0
      )
      assert.strictEqual(
        (yield* storage.append("t", batch({ records: 2, tag: "b" }))).baseOffset,
        3
      )
      const { errorCode, highWatermark, records } = yield* storage.read("t", 0)
      assert.strictEqual(errorCode, ErrorCode.NONE)
      assert.strictEqual(highWatermark, 5)
      assert.deepStrictEqual(baseOffsets(records), [0, 3])
      assert.isTrue(records.includes("a#2") && records.includes("b#1"))
      assert.strictEqual(RecordBatch.leaderEpoch(records, 0), 0)
    }))

  it.effect("gives the whole batch that holds an offset", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      yield* storage.append("t", batch({ records: 5 }))
      yield* storage.append("t", batch({ records: 5 }))
      for (const [offset, expected] of [[0, 0], [4, 0], [5, 5], [9, 5]] as const) {
        assert.strictEqual(baseOffsets((yield* storage.read("t", offset)).records)[0], expected)
      }
    }))

  it.effect("answers beyond the end, at the end and before the start as Kafka does", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      yield* storage.append("t", batch({ records: 5 }))
      const atEnd = yield* storage.read("t", 5)
      assert.deepStrictEqual([atEnd.errorCode, atEnd.records.length], [ErrorCode.NONE, 0])
      assert.strictEqual((yield* storage.read("t", 6)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
      assert.strictEqual((yield* storage.read("t", -1)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
      const unknown = yield* storage.read("nothing", 0)
      assert.strictEqual(unknown.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }))

  it.effect("keeps to the bytes asked for, and gives a larger first batch when it must", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      const size = batch().length
      for (let i = 0; i < 10; i++) yield* storage.append("t", batch())
      const three = yield* storage.read("t", 2, { bytesMax: 3 * size + 1 })
      assert.deepStrictEqual(baseOffsets(three.records), [2, 3, 4])
      assert.deepStrictEqual(baseOffsets((yield* storage.read("t", 2, { bytesMax: 1 })).records), [
        2
      ])
      const none = yield* storage.read("t", 2, { bytesMax: size - 1, atLeastOne: false })
      assert.strictEqual(none.records.length, 0)
    }))

  it.effect("reads a batch that is larger than the buffer it begins with", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin({ "max.message.bytes": "10000000" })
      const large = batch({ records: 100, valueBytes: 50_000 })
      yield* storage.append("t", batch())
      yield* storage.append("t", large)
      const { records } = yield* storage.read("t", 50, { bytesMax: 100 })
      assert.strictEqual(records.length, large.length)
    }))

  it.effect("answers many partitions of a request in its order, each on its own", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin({ "max.message.bytes": "200" })
      yield* storage.topic("u", {}, 20)
      const appends = Array.from({ length: 20 }, (_, partition) => ({
        topic: "u",
        partition,
        records: batch({ records: 1 + partition })
      }))
      const large = { topic: "t", partition: 0, records: batch({ valueBytes: 500 }) }
      const unknown = { topic: "u", partition: 99, records: batch() }
      const results = yield* Effect.flatMap(
        storage.logs.append([large, ...appends, unknown], -1),
        Deferred.await
      )
      assert.deepStrictEqual(
        results.map((result) => result.errorCode),
        [
          ErrorCode.MESSAGE_TOO_LARGE,
          ...appends.map(() => ErrorCode.NONE),
          ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        ]
      )
      for (const { partition } of appends) {
        assert.strictEqual(storage.logs.offsets("u", partition)?.logEndOffset, 1 + partition)
      }
    }))

  it.effect("refuses what can never be stored without touching the log", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin({ "segment.bytes": "1048576" })
      yield* storage.append("t", batch())
      yield* Effect.orDie(storage.metadata.updateConfigs("t", () => ({
        "segment.bytes": "1048576",
        "max.message.bytes": "9000000"
      })))
      const large = batch({ records: 2, valueBytes: 700_000 })
      assert.strictEqual(
        (yield* storage.append("t", large)).errorCode,
        ErrorCode.RECORD_LIST_TOO_LARGE
      )
      assert.strictEqual((yield* storage.append("t", batch())).baseOffset, 1)
      const names = yield* world.disk.service.list("/data/t-0")
      assert.strictEqual(names.filter(({ name }) => name.endsWith(".log")).length, 1)
    }))

  it.effect("needs more replicas than there are when asked to", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin({ "min.insync.replicas": "2" })
      assert.strictEqual(
        (yield* storage.append("t", batch())).errorCode,
        ErrorCode.NOT_ENOUGH_REPLICAS
      )
      assert.strictEqual((yield* storage.append("t", batch(), 1)).errorCode, ErrorCode.NONE)
    }))

  it.effect("checks the leader epoch that a reader believes in", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      yield* storage.append("t", batch())
      const asked = (currentLeaderEpoch: number) =>
        Effect.map(storage.read("t", 0, { currentLeaderEpoch }), (result) => result.errorCode)
      assert.strictEqual(yield* asked(0), ErrorCode.NONE)
      assert.strictEqual(yield* asked(1), ErrorCode.UNKNOWN_LEADER_EPOCH)
      assert.deepStrictEqual(storage.logs.endOfEpoch("t", 0, 0), { leaderEpoch: 0, endOffset: 1 })
    }))

  it.effect("wakes whoever waits for a partition to grow, until they leave", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      let woken = 0
      const undo = storage.logs.onGrowth([{ topic: "t", partition: 0 }], () => woken++)
      yield* storage.append("t", batch())
      yield* Effect.yieldNow
      assert.isAbove(woken, 0)
      undo()
      const before = woken
      yield* storage.append("t", batch())
      yield* Effect.yieldNow
      assert.strictEqual(woken, before)
    }))
})
