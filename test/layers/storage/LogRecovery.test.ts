// After a stop of any kind the log holds the longest valid prefix of what was written, and at least all
// that was acknowledged as durable.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { baseOffsets, batch, randomFrom, World } from "./StorageWorld.ts"

const LOG = "/data/t-0/00000000000000000000.log"

const begin = Effect.fnUntraced(
  function*(configs: Record<string, string> = {}, broker: Record<string, string> = {}) {
    const world = new World(broker)
    const storage = yield* world.start
    yield* storage.topic("t", configs)
    return { world, storage, disk: world.disk }
  }
)

const sequenced = (baseSequence: number, records = 1): Buffer =>
  batch({ records, producerId: 7, producerEpoch: 0, baseSequence })

/** Starts the storage and says how many bytes it read for that. */
const reading = ({ disk, start }: World) =>
  Effect.suspend(() => {
    const before = disk.bytesRead
    return Effect.map(start, (storage) => ({ storage, bytes: disk.bytesRead - before }))
  })

describe("a clean stop", () => {
  it.effect("keeps everything: records, producers, start, indexes", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin()
      for (let i = 0; i < 20; i++) yield* storage.append("t", sequenced(i * 3, 3), 1)
      yield* storage.logs.deleteBefore("t", 0, 6)
      const again = yield* world.restart(storage)
      const offsets = again.logs.offsets("t", 0)!
      assert.deepStrictEqual([offsets.logStartOffset, offsets.logEndOffset], [6, 60])
      assert.strictEqual((yield* again.readAll("t", 6)).batches.length, 18)
      assert.deepStrictEqual(yield* again.appended("t", sequenced(57, 3)), {
        errorCode: 0,
        baseOffset: 57
      })
      assert.strictEqual((yield* again.append("t", sequenced(60))).baseOffset, 60)
      assert.deepStrictEqual(world.said(/cut|made anew/), [])
    }))

  it.effect("spares the next start the reading of the log, whoever wrote it", () =>
    Effect.gen(function*() {
      for (const producerId of [-1, 7]) {
        const { storage, world } = yield* begin()
        for (let i = 0; i < 20; i++) {
          const options = producerId < 0
            ? {}
            : { producerId, producerEpoch: 0, baseSequence: i * 400 }
          yield* storage.append("t", batch({ records: 400, valueBytes: 900, ...options }))
        }
        yield* storage.stop
        const started = yield* reading(world)
        assert.isBelow(started.bytes, 800_000, "of the last segment, what no index entry covers")
        assert.strictEqual(started.storage.logs.offsets("t", 0)!.logEndOffset, 8000)
        yield* started.storage.stop
      }
    }))

  it.effect("leaves one snapshot of producers a segment, and one of the end", () =>
    Effect.gen(function*() {
      const { world, ...first } = yield* begin()
      let { storage } = first
      for (let i = 0; i < 5; i++) {
        yield* storage.append("t", sequenced(i))
        storage = yield* world.restart(storage)
      }
      const names = (yield* world.disk.service.list("/data/t-0")).map(({ name }) => name)
      assert.deepStrictEqual(names.filter((name) => name.endsWith(".snapshot")), [
        "00000000000000000005.snapshot"
      ])
    }))

  it.effect("has to be earned each time", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      yield* storage.append("t", batch())
      yield* storage.stop
      assert.isDefined(yield* disk.service.stat("/data/.kafka_cleanshutdown"))
      const again = yield* world.start
      assert.isUndefined(yield* disk.service.stat("/data/.kafka_cleanshutdown"))
      yield* again.append("t", batch(), 1)
      const third = yield* world.restartAfterKill(again)
      assert.strictEqual(third.logs.offsets("t", 0)!.logEndOffset, 2)
    }))
})

describe("a kill", () => {
  it.effect("loses nothing that was written", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin({ "segment.bytes": "1048576" })
      for (let i = 0; i < 12; i++) {
        const options = { producerId: 7, producerEpoch: 0, baseSequence: i }
        yield* storage.append("t", batch({ valueBytes: 400_000, ...options }), 1)
      }
      const again = yield* world.restartAfterKill(storage)
      assert.strictEqual((yield* again.readAll("t")).batches.length, 12)
      assert.strictEqual((yield* again.append("t", sequenced(12))).baseOffset, 12)
      assert.deepStrictEqual(world.said("cut"), [])
    }))

  it.effect("while a partition is made leaves one that can be used", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      yield* disk.service.makeDirectory("/data/t-0")
      const again = yield* world.restartAfterKill(storage)
      assert.strictEqual((yield* again.append("t", batch())).baseOffset, 0)
      const third = yield* world.restart(again)
      assert.strictEqual(third.logs.offsets("t", 0)!.logEndOffset, 1)
      assert.isDefined(yield* disk.service.stat("/data/t-0/partition.metadata"))
    }))
})

describe("a crash", () => {
  it.effect("keeps what was acknowledged as durable, whatever reached the device of the rest", () =>
    Effect.gen(function*() {
      for (let seed = 1; seed <= 80; seed++) {
        const random = randomFrom(seed)
        // Behind small ones room is prepared, and they are written over it.
        const valueBytesMax = seed % 2 === 0 ? 600_000 : 20_000
        const { world, ...first } = yield* begin({ "segment.bytes": "1048576" })
        let { storage } = first
        let written = 0
        let durable = 0
        for (let life = 0; life < 4; life++) {
          for (let left = Math.floor(random() * 6); left > 0; left--) {
            const acks = random() < 0.4 ? -1 : 1
            const options = { producerId: 7, producerEpoch: 0, baseSequence: written }
            const records = batch({ valueBytes: Math.floor(random() * valueBytesMax), ...options })
            const stored = yield* storage.appended("t", records, acks)
            assert.deepStrictEqual(stored, { errorCode: 0, baseOffset: written }, `seed ${seed}`)
            written++
            if (acks === -1) durable = written
          }
          const isKill = random() < 0.4
          storage = isKill
            ? yield* world.restartAfterKill(storage)
            : yield* world.restartAfterCrash(storage, random() < 0.5 ? undefined : random)
          const { batches, errorCode, nextOffset } = yield* storage.readAll("t")
          assert.strictEqual(errorCode, 0, `seed ${seed}`)
          assert.isAtLeast(nextOffset, isKill ? written : durable, `seed ${seed}`)
          assert.strictEqual(nextOffset, storage.logs.offsets("t", 0)!.logEndOffset)
          const sequences = batches.map((it) => RecordBatch.baseSequence(it, 0))
          assert.deepStrictEqual(sequences, sequences.map((_, i) => i), `seed ${seed}`)
          written = batches.length
          if (!isKill) durable = written
        }
      }
    }))

  it.effect("of the process after everything expired does not begin at 0 again", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin(
        { "retention.ms": "10" },
        { "log.flush.offset.checkpoint.interval.ms": "36000000" }
      )
      yield* storage.append("t", batch({ records: 9, timestamp: 0 }))
      yield* world.advance(600_000)
      assert.strictEqual(storage.logs.offsets("t", 0)!.logStartOffset, 9)
      const again = yield* world.restartAfterKill(storage)
      const offsets = again.logs.offsets("t", 0)!
      assert.deepStrictEqual([offsets.logStartOffset, offsets.logEndOffset], [9, 9])
    }))
})

describe("prepared room", () => {
  /** Twenty batches of 3 KB, each on the device, with zeros behind them. */
  const prepared = Effect.fnUntraced(function*() {
    const { disk, storage, world } = yield* begin()
    for (let i = 0; i < 20; i++) yield* storage.append("t", batch({ valueBytes: 3_000 }))
    const { sizeBytes } = storage.logs.offsets("t", 0)!
    assert.isAbove(disk.bytesOf(LOG).length, sizeBytes)
    return { disk, sizeBytes, storage, world }
  })

  it.effect("is cut off at a clean stop, and by the next start after any other", () =>
    Effect.gen(function*() {
      for (const stop of ["restart", "restartAfterKill", "restartAfterCrash"] as const) {
        const { disk, sizeBytes, storage, world } = yield* prepared()
        if (stop === "restart") {
          yield* storage.stop
          assert.strictEqual(disk.bytesOf(LOG).length, sizeBytes)
        }
        const again = stop === "restart" ? yield* world.start : yield* world[stop](storage)
        assert.strictEqual(disk.bytesOf(LOG).length, sizeBytes, stop)
        assert.deepStrictEqual(world.said("gone"), [], stop)
        assert.strictEqual((yield* again.readAll("t")).batches.length, 20)
        assert.strictEqual((yield* again.append("t", batch())).baseOffset, 20)
      }
    }))

  it.effect("is no excuse for records that were on the device", () =>
    Effect.gen(function*() {
      const { disk, sizeBytes, storage, world } = yield* prepared()
      yield* world.advance(120_000)
      disk.kill()
      yield* storage.stop
      disk.bytesOf(LOG).fill(0, sizeBytes * 19 / 20)
      const again = yield* world.start
      assert.strictEqual(again.logs.offsets("t", 0)!.logEndOffset, 19)
      assert.strictEqual(world.said("records are gone").length, 1)
    }))

  it.effect("with anything else in it is a torn tail", () =>
    Effect.gen(function*() {
      const { disk, sizeBytes, storage, world } = yield* prepared()
      disk.kill()
      yield* storage.stop
      disk.bytesOf(LOG)[sizeBytes + 5_000] = 1
      yield* world.start
      assert.strictEqual(disk.bytesOf(LOG).length, sizeBytes)
      assert.strictEqual(world.said("bytes are gone").length, 1)
    }))
})

describe("a torn tail", () => {
  /** Three batches on disk, killed, their sizes, and an untouched other topic. */
  const prepared = Effect.fnUntraced(function*() {
    const { disk, storage, world } = yield* begin()
    yield* storage.topic("other")
    yield* storage.append("other", batch())
    for (const tag of ["a", "b", "c"]) yield* storage.append("t", batch({ records: 2, tag }))
    disk.kill()
    yield* storage.stop
    const bytes = Buffer.from(disk.bytesOf(LOG))
    return { bytes, disk, world, size: bytes.length / 3 }
  })

  it.effect("is cut at any byte: the whole batches before it remain", () =>
    Effect.gen(function*() {
      const { bytes, disk, size, world } = yield* prepared()
      for (let end = size; end <= bytes.length; end++) {
        disk.put(LOG, bytes.subarray(0, end))
        const storage = yield* world.start
        const whole = Math.floor(end / size)
        const { batches, nextOffset } = yield* storage.readAll("t")
        assert.deepStrictEqual([batches.length, nextOffset], [whole, 2 * whole], `cut at ${end}`)
        assert.strictEqual((yield* storage.append("t", batch())).baseOffset, 2 * whole)
        assert.strictEqual((yield* storage.readAll("other")).batches.length, 1)
        disk.kill()
        yield* storage.stop
        const isMidBatch = end % size !== 0
        const lines = world.said(/^t-0: .* cut .*\.log at byte \d+, \d+ bytes are gone/)
        assert.strictEqual(lines.length, isMidBatch ? 1 : 0, `cut at ${end}`)
        world.lines.length = 0
      }
    }))

  it.effect("is never served with a flipped byte", () =>
    Effect.gen(function*() {
      const { bytes, disk, size, world } = yield* prepared()
      for (let at = size; at < bytes.length; at++) {
        const damaged = Buffer.from(bytes)
        damaged[at]! ^= 1 << (at % 8)
        disk.put(LOG, damaged)
        const storage = yield* world.start
        const whole = Math.floor(at / size)
        const { batches, nextOffset } = yield* storage.readAll("t")
        assert.deepStrictEqual([batches.length, nextOffset], [whole, 2 * whole], `flip at ${at}`)
        assert.isTrue(batches.every((it, i) => it.equals(bytes.subarray(i * size, (i + 1) * size))))
        assert.strictEqual((yield* storage.readAll("other")).batches.length, 1)
        disk.kill()
        yield* storage.stop
      }
      assert.strictEqual(world.said(/bytes are gone/).length, 2 * size)
    }))

  it.effect("takes later segments and snapshots of producers with it", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin({ "segment.bytes": "1048576" })
      for (let i = 0; i < 6; i++) {
        const options = { producerId: 7, producerEpoch: 0, baseSequence: i }
        yield* storage.append("t", batch({ valueBytes: 400_000, ...options }), 1)
      }
      disk.kill()
      yield* storage.stop
      disk.bytesOf("/data/t-0/00000000000000000002.log")[100]! ^= 1
      const again = yield* world.start
      assert.strictEqual(again.logs.offsets("t", 0)!.logEndOffset, 2)
      assert.strictEqual(world.said(/with them 1 later segments/).length, 1)
      const names = (yield* disk.service.list("/data/t-0")).map(({ name }) => name)
      assert.isFalse(names.some((name) => name.startsWith("00000000000000000004")), names.join())
      assert.strictEqual((yield* again.append("t", sequenced(2))).baseOffset, 2)
      const refused = yield* again.append("t", sequenced(4))
      assert.strictEqual(refused.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    }))

  it.effect("is looked for only from the recovery point on", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin({ "segment.bytes": "1048576" })
      for (let i = 0; i < 6; i++) yield* storage.append("t", batch({ valueBytes: 400_000 }))
      yield* world.advance(120_000)
      yield* storage.append("t", batch(), 1)
      disk.kill()
      yield* storage.stop
      const started = yield* reading(world)
      assert.isBelow(started.bytes, 900_000, "the last segment")
      assert.strictEqual(started.storage.logs.offsets("t", 0)!.logEndOffset, 7)
    }))
})

describe("a log that was cut short of its start", () => {
  it.effect("begins where records were deleted up to", () =>
    Effect.gen(function*() {
      const { disk, storage, world } = yield* begin()
      yield* storage.append("t", batch({ records: 5 }))
      yield* storage.append("t", batch({ records: 5 }), 1)
      yield* storage.logs.deleteBefore("t", 0, 10)
      disk.crash()
      yield* storage.stop
      const again = yield* world.start
      const offsets = again.logs.offsets("t", 0)!
      assert.deepStrictEqual([offsets.logStartOffset, offsets.logEndOffset], [10, 10])
      assert.strictEqual((yield* again.append("t", batch())).baseOffset, 10)
      assert.deepStrictEqual(baseOffsets((yield* again.read("t", 10)).records), [10])
    }))
})
