// Group commit and what happens when the disk does not do its part: what is acknowledged is as durable
// as was asked, what cannot be written leaves no trace, and other partitions live on.
import { assert, describe, it, vi } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { GroupCommit } from "../../../src/layers/storage/GroupCommit.ts"
import type { Acks, Appended } from "../../../src/layers/storage/PartitionLogs.ts"
import { Segment } from "../../../src/layers/storage/Segment.ts"
import { baseOffsets, batch, type Storage, World } from "./StorageWorld.ts"

const begin = Effect.fnUntraced(
  function*(configs: Record<string, string> = {}, broker: Record<string, string> = {}) {
    const world = new World(broker)
    const storage = yield* world.start
    yield* storage.topic("t", configs)
    yield* storage.topic("other")
    yield* storage.append("t", batch({ tag: "first" }))
    return { world, storage, disk: world.disk }
  }
)

type Answer = Deferred.Deferred<ReadonlyArray<Appended>>

/** Appends without waiting for the answer. */
const send = (storage: Storage, acks: Acks = -1, tag = "") =>
  storage.logs.append([{ topic: "t", partition: 0, records: batch({ tag }) }], acks)

/** Gives every other fiber as many turns as it can use. */
const settle = Effect.forEach(Array.from({ length: 50 }), () => Effect.yieldNow, { discard: true })

const highWatermark = (storage: Storage): number => storage.logs.offsets("t", 0)!.highWatermark

describe("group commit", () => {
  it.effect("makes one write and one sync of what gathers while a write is under way", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      const release = disk.hold("sync")
      const first = yield* send(storage)
      yield* settle
      const { sync, write } = disk.counts
      const others = yield* Effect.replicateEffect(send(storage), 20)
      yield* settle
      release()
      yield* Deferred.await(first)
      const results = yield* Effect.forEach(others, Deferred.await)
      assert.deepStrictEqual(
        results.map(([result]) => result!.baseOffset),
        Array.from({ length: 20 }, (_, i) => 2 + i)
      )
      assert.deepStrictEqual([disk.counts.write - write, disk.counts.sync - sync], [1, 2])
    }))

  it.effect("answers acks=1 before the sync that acks=all waits for", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      const release = disk.hold("sync")
      const durable = yield* send(storage, -1)
      const written = yield* send(storage, 1)
      yield* settle
      assert.isTrue(Deferred.isDoneUnsafe(written))
      assert.isFalse(Deferred.isDoneUnsafe(durable))
      assert.strictEqual(highWatermark(storage), 1, "nothing is seen before it is durable")
      release()
      yield* Deferred.await(durable)
      assert.strictEqual(highWatermark(storage), 3)
    }))

  it.effect("does not wait for the device where the policy leaves that to the system", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin({}, { durability: "os" })
      const { sync } = disk.counts
      yield* storage.append("t", batch())
      assert.strictEqual(disk.counts.sync, sync)
      assert.strictEqual(highWatermark(storage), 2)
    }))

  it.effect("waits for a quick device on the stack, unless many wait", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      const flushes = vi.spyOn(
        GroupCommit.prototype as unknown as { flushAll: () => void },
        "flushAll"
      )
      const sendAll = (count: number) =>
        Effect.flatMap(Effect.replicateEffect(send(storage), count), Effect.forEach(Deferred.await))
      const counts: Array<number> = []
      for (const count of [1, 12, 13]) {
        yield* sendAll(count)
        counts.push(flushes.mock.calls.length)
      }
      flushes.mockRestore()
      assert.deepStrictEqual(counts, [0, 0, 1])
      assert.strictEqual(highWatermark(storage), 27)
    }))

  it.effect("syncs after flush.messages whatever acks says", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin({ "flush.messages": "3" })
      const syncs: Array<number> = []
      for (let i = 0; i < 6; i++) {
        const { sync } = disk.counts
        yield* storage.append("t", batch(), 1)
        yield* settle
        syncs.push(disk.counts.sync - sync)
      }
      assert.deepStrictEqual(syncs, [0, 0, 1, 0, 0, 1])
    }))

  it.effect("stores a batch that came twice once, and answers both alike", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      const sent = () => batch({ records: 2, producerId: 7, producerEpoch: 0, baseSequence: 0 })
      const appends = [sent(), sent()].map((records) => ({ topic: "t", partition: 0, records }))
      const both = yield* Effect.flatMap(storage.logs.append(appends, -1), Deferred.await)
      assert.deepStrictEqual(both.map((result) => result.baseOffset), [1, 1])
      assert.deepStrictEqual(yield* storage.appended("t", sent()), { errorCode: 0, baseOffset: 1 })
      const { records } = yield* storage.read("t", 0)
      assert.deepStrictEqual(baseOffsets(records), [0, 1])
      const gap = batch({ producerId: 7, producerEpoch: 0, baseSequence: 9 })
      const refused = yield* storage.append("t", gap)
      assert.strictEqual(refused.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    }))

  it.effect("gives records the broker's time where the topic says so", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin({ "message.timestamp.type": "LogAppendTime" })
      const { logAppendTimeMs } = yield* storage.append("t", batch({ timestamp: 12_345 }))
      assert.strictEqual(logAppendTimeMs, 0, "the time of the test clock")
    }))
})

describe("a full disk", () => {
  it.effect("refuses appends, keeps nothing of them, and heals when there is space", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      const size = disk.bytesOf("/data/t-0/00000000000000000000.log").length
      const sent = () => batch({ producerId: 7, producerEpoch: 0, baseSequence: 0, tag: "again" })
      for (const bytesFree of [0, 1, 30]) {
        disk.fillUp(bytesFree)
        for (const acks of [1, -1] as const) {
          const { errorCode } = yield* storage.append("t", sent(), acks)
          assert.strictEqual(errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
        }
        assert.strictEqual(disk.bytesOf("/data/t-0/00000000000000000000.log").length, size)
      }
      assert.deepStrictEqual(baseOffsets((yield* storage.read("t", 0)).records), [0])
      disk.fillUp(Infinity)
      const stored = yield* storage.append("t", sent())
      assert.deepStrictEqual([stored.errorCode, stored.baseOffset], [0, 1])
      assert.strictEqual(world.said("appends are refused until they can be written").length, 1)
    }))

  it.effect("keeps a partition from being made, until there is space", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      disk.fillUp(0)
      assert.strictEqual((yield* storage.append("other", batch())).errorCode, 56)
      disk.fillUp(Infinity)
      assert.deepStrictEqual(yield* storage.appended("other", batch()), {
        errorCode: 0,
        baseOffset: 0
      })
    }))
})

describe("prepared room", () => {
  const LOG = "/data/t-0/00000000000000000000.log"

  /** Bytes of zeros behind the log's records. */
  const roomBytes = (storage: Storage, disk: World["disk"]): number => {
    const file = disk.bytesOf(LOG)
    const { sizeBytes } = storage.logs.offsets("t", 0)!
    assert.isTrue(file.subarray(sizeBytes).every((byte) => byte === 0))
    return file.length - sizeBytes
  }

  const append = (storage: Storage, acks: Acks = -1) =>
    storage.appended("t", batch({ valueBytes: 3_000 }), acks)

  it.effect("lies behind records that are synced, for those that follow", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      const lengths = new Set<number>()
      for (let i = 1; i <= 60; i++) {
        assert.deepStrictEqual(yield* append(storage), { errorCode: 0, baseOffset: i })
        roomBytes(storage, disk)
        lengths.add(disk.bytesOf(LOG).length)
      }
      assert.isAtMost(lengths.size, 8, "each time it is twice as long")
      assert.strictEqual((yield* storage.readAll("t")).batches.length, 61)
    }))

  it.effect("not where the device is not asked for", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      for (let i = 0; i < 10; i++) yield* append(storage, 1)
      assert.strictEqual(roomBytes(storage, disk), 0)
      const lazy = yield* begin({}, { durability: "os" })
      for (let i = 0; i < 10; i++) yield* append(lazy.storage)
      assert.strictEqual(roomBytes(lazy.storage, lazy.disk), 0)
    }))

  it.effect("is cut off when the segment is rolled", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin({ "segment.bytes": "1048576" })
      for (let i = 0; i < 10; i++) yield* append(storage)
      assert.isAbove(roomBytes(storage, disk), 0)
      const { sizeBytes } = storage.logs.offsets("t", 0)!
      yield* storage.append("t", batch({ valueBytes: 1_040_000 }))
      assert.strictEqual(disk.bytesOf(LOG).length, sizeBytes)
      assert.strictEqual((yield* storage.readAll("t")).batches.length, 12)
    }))

  it.effect("that cannot be cut takes the partition offline", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin({ "segment.bytes": "1048576" })
      for (let i = 0; i < 10; i++) yield* append(storage)
      disk.failNext("truncate", /t-0/)
      const { errorCode } = yield* storage.append("t", batch({ valueBytes: 1_040_000 }))
      assert.strictEqual(errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
      assert.strictEqual(world.said("t-0 goes offline until a restart").length, 1)
      const again = yield* world.restart(storage)
      assert.strictEqual((yield* again.readAll("t")).batches.length, 11)
    }))

  it.effect("is given up where the disk is too full for it", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      for (let i = 0; i < 3; i++) yield* append(storage)
      disk.fillUp(roomBytes(storage, disk) + 5_000)
      const codes: Array<number> = []
      for (let i = 0; i < 4; i++) codes.push((yield* append(storage)).errorCode)
      assert.deepStrictEqual(codes.filter((code) => code !== 0).length, 1, codes.join())
      disk.fillUp(Infinity)
      assert.strictEqual((yield* append(storage)).errorCode, 0)
      assert.strictEqual((yield* storage.readAll("t")).batches.length, 8)
    }))
})

describe("a failing disk", () => {
  const failures = [
    ["write", 2, "a write that fails, and fails again,"],
    ["sync", 1, "a sync that fails"]
  ] as const
  for (const [operation, times, what] of failures) {
    it.effect(`${what} is not acknowledged; the partition goes offline, others live`, () =>
      Effect.gen(function*() {
        const { disk, storage, world } = yield* begin()
        disk.failNext(operation, /t-0\/\d+\.log/, { times })
        assert.strictEqual((yield* storage.append("t", batch())).errorCode, 56)
        assert.strictEqual((yield* storage.append("t", batch(), 1)).errorCode, 56)
        assert.strictEqual((yield* storage.read("t", 0)).errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
        assert.strictEqual((yield* storage.append("other", batch())).errorCode, ErrorCode.NONE)
        assert.strictEqual(world.said(/t-0 goes offline until a restart/).length, 1)
        const again = yield* world.restartAfterKill(storage)
        assert.strictEqual((yield* again.append("t", batch())).errorCode, ErrorCode.NONE)
        assert.strictEqual((yield* again.readAll("t")).errorCode, ErrorCode.NONE)
      }))
  }

  it.effect("a sync that fails in the background lets no later one acknowledge", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      yield* storage.append("t", batch(), 1)
      disk.failNext("sync", /t-0\/\d+\.log/)
      const release = disk.hold("sync")
      yield* world.advance(120_000)
      const { sync } = disk.counts
      const late = yield* send(storage, -1)
      yield* settle
      assert.strictEqual(disk.counts.sync, sync, "the background's sync is under way")
      release()
      assert.strictEqual((yield* Deferred.await(late))[0]!.errorCode, 56)
      assert.strictEqual(disk.counts.sync, sync + 1, "no other was tried")
      assert.strictEqual(highWatermark(storage), 2)
    }))

  it.effect("a file that cannot be opened now may be opened later", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      yield* storage.topic("late")
      disk.failNext("open", /late-0/)
      assert.strictEqual((yield* storage.append("late", batch())).errorCode, 56)
      assert.strictEqual((yield* storage.append("late", batch())).errorCode, 0)
    }))
})

describe("rolling", () => {
  it.effect("leaves a segment when it is full, and reads across segments", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin({ "segment.bytes": "1048576" })
      for (let i = 0; i < 8; i++) yield* storage.append("t", batch({ valueBytes: 400_000 }))
      const logs = (yield* disk.service.list("/data/t-0"))
        .map(({ name }) => name).filter((name) => name.endsWith(".log"))
      assert.deepStrictEqual(logs, [0, 3, 5, 7].map((it) => `${String(it).padStart(20, "0")}.log`))
      const { batches } = yield* storage.readAll("t")
      assert.strictEqual(batches.length, 9)
    }))

  it.effect("does not roll for records whose time is long past", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin({ "segment.ms": "1000" })
      for (let i = 0; i < 5; i++) yield* storage.append("t", batch({ timestamp: 1_500 + i }))
      const names = yield* disk.service.list("/data/t-0")
      assert.strictEqual(names.filter(({ name }) => name.endsWith(".log")).length, 1)
      yield* storage.append("t", batch({ timestamp: 2_001 }))
      const after = yield* disk.service.list("/data/t-0")
      assert.strictEqual(after.filter(({ name }) => name.endsWith(".log")).length, 2)
    }))

  it.effect("a topic's new limit takes effect at once", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      yield* Effect.orDie(
        storage.metadata.updateConfigs("t", () => ({ "max.message.bytes": "90" }))
      )
      const { errorCode } = yield* storage.append("t", batch({ valueBytes: 100 }))
      assert.strictEqual(errorCode, ErrorCode.MESSAGE_TOO_LARGE)
    }))
})

describe("a deletion", () => {
  it.effect("waits for the write under way, and refuses what waits", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      const release = disk.hold("sync")
      const writing = yield* send(storage)
      yield* settle
      const waiting = yield* send(storage)
      const deleting = yield* Effect.forkChild(Effect.orDie(storage.metadata.delete("t")))
      yield* settle
      release()
      yield* Fiber.join(deleting)
      for (const append of [writing, waiting]) {
        const [result] = yield* Deferred.await(append)
        assert.strictEqual(result!.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      }
      yield* storage.topic("t")
      assert.strictEqual((yield* storage.append("t", batch())).baseOffset, 0)
    }))

  it.effect("waits for a partition that is just being made", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      yield* storage.topic("fresh")
      const release = disk.hold("open")
      yield* storage.logs.append([{ topic: "fresh", partition: 0, records: batch() }], 1)
      yield* settle
      const deleting = yield* Effect.forkChild(Effect.orDie(storage.metadata.delete("fresh")))
      yield* settle
      release()
      yield* Fiber.join(deleting)
      yield* settle
      assert.isUndefined(yield* disk.service.stat("/data/fresh-0"))
    }))
})

describe("a defect of our own", () => {
  const failing = (storage: Storage, sends: Effect.Effect<ReadonlyArray<Answer>>) =>
    Effect.gen(function*() {
      const spy = vi.spyOn(Segment.prototype, "noteBatch").mockImplementation(() => {
        throw new Error("a defect")
      })
      const answers = yield* Effect.ensuring(sends, Effect.sync(() => spy.mockRestore()))
      const results = yield* Effect.forEach(answers, Deferred.await)
      assert.deepStrictEqual(
        results.map(([result]) => result!.errorCode),
        answers.map(() => ErrorCode.KAFKA_STORAGE_ERROR)
      )
      const { errorCode } = yield* storage.append("t", batch())
      assert.strictEqual(errorCode, ErrorCode.KAFKA_STORAGE_ERROR, "the partition is offline")
      assert.strictEqual((yield* storage.append("other", batch())).errorCode, ErrorCode.NONE)
    })

  it.effect("leaves nobody waiting when records are written on the stack", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin({}, { durability: "os" })
      const sends = Effect.all([send(storage, 1), send(storage, -1)])
      yield* failing(storage, Effect.tap(sends, settle))
    }))

  it.effect("leaves nobody waiting when they are written behind a sync", () =>
    Effect.gen(function*() {
      const { disk, storage } = yield* begin()
      const release = disk.hold("sync")
      const before = yield* send(storage)
      yield* settle
      yield* failing(
        storage,
        Effect.gen(function*() {
          const behind = yield* send(storage)
          yield* settle
          release()
          return [before, behind]
        })
      )
    }))
})
