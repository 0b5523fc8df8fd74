// What is read is whole, sound, and no more than there is to read; what is not sound is never given.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { baseOffsets, batch, randomFrom, World } from "./StorageWorld.ts"

const LOG = "/data/t-0/00000000000000000000.log"

/** Ten batches of three records, read by another process than wrote them. */
const restarted = Effect.fnUntraced(function*() {
  const world = new World()
  const first = yield* world.start
  yield* first.topic("t")
  for (let i = 0; i < 10; i++) yield* first.append("t", batch({ records: 3, tag: `batch ${i}` }))
  const storage = yield* world.restart(first)
  const size = world.disk.bytesOf(LOG).length / 10
  return { world, storage, size }
})

describe("a damaged batch", () => {
  it.effect("is not served; what lies before it is, and the log says where it is", () =>
    Effect.gen(function*() {
      const { size, storage, world } = yield* restarted()
      world.disk.bytesOf(LOG)[4 * size + 80]! ^= 0x40
      assert.deepStrictEqual(baseOffsets((yield* storage.read("t", 0)).records), [0, 3, 6, 9])
      const damaged = yield* Effect.provide(storage.read("t", 12), world.logging)
      assert.strictEqual(damaged.errorCode, ErrorCode.CORRUPT_MESSAGE)
      assert.strictEqual(damaged.records.length, 0)
      const beyond = yield* storage.read("t", 15)
      assert.deepStrictEqual([beyond.errorCode, baseOffsets(beyond.records)[0]], [0, 15])
      assert.strictEqual((yield* storage.append("t", batch())).errorCode, ErrorCode.NONE)
      const lines = world.said(`${LOG} is damaged at byte ${4 * size}, nothing there is served`)
      assert.isAtLeast(lines.length, 1)
    }))

  it.effect("is not served whichever byte of it is wrong", () =>
    Effect.gen(function*() {
      const { size, world, ...first } = yield* restarted()
      yield* first.storage.stop
      for (let at = 4 * size; at < 5 * size; at++) {
        const storage = yield* world.start
        world.disk.bytesOf(LOG)[at]! ^= 0x81
        for (const offset of [0, 12, 13, 14]) {
          const { records } = yield* storage.read("t", offset)
          assert.isFalse(baseOffsets(records).includes(12), `byte ${at}, offset ${offset}`)
        }
        world.disk.bytesOf(LOG)[at]! ^= 0x81
        yield* storage.stop
      }
    }))
})

describe("a file that is not what it was", () => {
  it.effect("is a storage error when it was cut, not an end without records", () =>
    Effect.gen(function*() {
      const { size, storage, world } = yield* restarted()
      assert.strictEqual((yield* storage.read("t", 0)).errorCode, ErrorCode.NONE)
      const file = yield* world.disk.service.open(LOG, { create: false })
      yield* file.truncate(4 * size + 20)
      assert.strictEqual((yield* storage.read("t", 12)).errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
    }))

  it.effect("is a storage error when it is gone", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* restarted()
      yield* world.disk.service.remove(LOG)
      assert.strictEqual((yield* storage.read("t", 0)).errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
      assert.isUndefined(yield* world.disk.service.stat(LOG))
    }))

  it.effect("is a storage error when the disk fails to read it", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* restarted()
      world.disk.failNext("read", /\.log$/, { times: 2 })
      assert.strictEqual((yield* storage.read("t", 0)).errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
      assert.strictEqual((yield* storage.read("t", 0)).errorCode, ErrorCode.NONE)
    }))
})

describe("a read whose segment goes while its index is loaded", () => {
  it.effect("is out of range; nothing is read of a segment whose index is not loaded", () =>
    Effect.gen(function*() {
      const world = new World()
      const first = yield* world.start
      yield* first.topic("t", { "segment.bytes": "1048576" })
      for (let i = 0; i < 9; i++) {
        yield* first.append("t", batch({ records: 1, valueBytes: 400_000 }))
      }
      const storage = yield* world.restart(first)
      const goOn = world.disk.hold("read")
      const reading = yield* Effect.forkChild(storage.read("t", 0))
      yield* Effect.yieldNow
      yield* storage.logs.deleteBefore("t", 0, 4)
      goOn()
      const { errorCode, records } = yield* Fiber.join(reading)
      assert.deepStrictEqual([errorCode, records.length], [ErrorCode.OFFSET_OUT_OF_RANGE, 0])
      assert.deepStrictEqual(baseOffsets((yield* storage.read("t", 4)).records), [4, 5])
    }))
})

describe("any read", () => {
  it.effect("gives what lies there, whatever offset, budget and history it has", () =>
    Effect.gen(function*() {
      for (let seed = 1; seed <= 15; seed++) {
        const random = randomFrom(seed)
        const upTo = (limit: number) => Math.floor(random() * limit)
        // Half of them with slices kept for other readers: what is kept is what would be read.
        const world = new World({ "tail.cache.bytes": seed % 2 === 0 ? "1000000" : "0" })
        let storage = yield* world.start
        yield* storage.topic("t", { "segment.bytes": "1048576", "index.interval.bytes": "5000" })
        const batches: Array<Buffer> = []
        const starts: Array<number> = []
        let end = 0
        for (let i = 0; i < 60; i++) {
          const records = batch({ records: 1 + upTo(5), valueBytes: 100 + upTo(20_000) })
          yield* storage.append("t", records, 1)
          batches.push(records)
          starts.push(end)
          end = storage.logs.offsets("t", 0)!.logEndOffset
          if (random() < 0.05) storage = yield* world.restart(storage)
          if (random() < 0.05) storage = yield* world.restartAfterKill(storage)
          const offset = upTo(end)
          const bytesMax = upTo(200_000)
          const atLeastOne = random() < 0.5
          if (random() < 0.5) yield* storage.read("t", offset, { bytesMax })
          if (random() < 0.5) yield* storage.read("t", offset, { bytesMax })
          const { records: read } = yield* storage.read("t", offset, { bytesMax, atLeastOne })
          const from = starts.findLastIndex((start) => start <= offset)
          const given = baseOffsets(read).length
          const expected = Buffer.concat(batches.slice(from, from + given))
          assert.isTrue(read.equals(expected), `seed ${seed}, read ${i}`)
          assert.isTrue(given > 0 || !atLeastOne, `seed ${seed}, read ${i}`)
          assert.isTrue(read.length <= bytesMax || (given === 1 && atLeastOne))
        }
        assert.strictEqual((yield* storage.readAll("t")).batches.length, 60)
        yield* storage.stop
      }
    }))
})
