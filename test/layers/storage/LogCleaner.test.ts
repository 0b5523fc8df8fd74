// Retention frees the disk, as far as it may, and what is kept stays readable.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { batch, World } from "./StorageWorld.ts"

const MINUTE_MS = 60_000

/** Segments of two batches each, 400 KB a batch, one batch a minute from time 0 on. */
const begin = Effect.fnUntraced(function*(configs: Record<string, string>, batches = 6) {
  const world = new World()
  const storage = yield* world.start
  yield* storage.topic("t", { "segment.bytes": "1048576", ...configs })
  for (let i = 0; i < batches; i++) {
    yield* storage.append("t", batch({ valueBytes: 400_000, timestamp: i * MINUTE_MS }))
  }
  const files = Effect.map(
    world.disk.service.list("/data/t-0"),
    (entries) => entries.map(({ name }) => name)
  )
  const start = () => storage.logs.offsets("t", 0)!.logStartOffset
  return { world, storage, files, start }
})

describe("retention.ms", () => {
  it.effect("lets old segments go, and their files after file.delete.delay.ms", () =>
    Effect.gen(function*() {
      const { files, start, storage, world } = yield* begin({ "retention.ms": "239999" })
      yield* world.advance(5 * MINUTE_MS)
      assert.strictEqual(start(), 2)
      assert.strictEqual((yield* storage.read("t", 0)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
      assert.strictEqual((yield* storage.readAll("t", 2)).batches.length, 4)
      assert.include(yield* files, "00000000000000000000.log.deleted")
      yield* world.advance(MINUTE_MS + 1_000)
      assert.isFalse((yield* files).some((name) => name.startsWith("00000000000000000000.")))
    }))

  it.effect("lets the last segment go too, and offsets go on", () =>
    Effect.gen(function*() {
      const { start, storage, world } = yield* begin({ "retention.ms": "1000" })
      yield* world.advance(10 * MINUTE_MS)
      assert.strictEqual(start(), 6)
      assert.strictEqual(storage.logs.offsets("t", 0)!.sizeBytes, 0)
      assert.strictEqual(
        (yield* storage.append("t", batch({ timestamp: 999_999_999 }))).baseOffset,
        6
      )
      assert.strictEqual((yield* storage.readAll("t", 6)).batches.length, 1)
    }))

  it.effect("takes effect at once when it is changed", () =>
    Effect.gen(function*() {
      const { start, storage, world } = yield* begin({})
      yield* world.advance(5 * MINUTE_MS)
      assert.strictEqual(start(), 0)
      yield* Effect.orDie(storage.metadata.updateConfigs("t", () => ({ "retention.ms": "1" })))
      yield* world.advance(5 * MINUTE_MS)
      assert.strictEqual(start(), 6)
    }))

  it.effect("knows the age of segments that were there at start", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin({ "retention.ms": "239999" })
      const again = yield* world.restart(storage)
      yield* world.advance(5 * MINUTE_MS)
      assert.strictEqual(again.logs.offsets("t", 0)!.logStartOffset, 2)
    }))
})

describe("retention.bytes", () => {
  it.effect("keeps at least so many bytes", () =>
    Effect.gen(function*() {
      const { start, world } = yield* begin({ "retention.bytes": "1000000" })
      yield* world.advance(5 * MINUTE_MS)
      assert.strictEqual(start(), 2)
    }))
})

describe("DeleteRecords", () => {
  it.effect("moves the start at once, durably, and frees whole segments later", () =>
    Effect.gen(function*() {
      const { files, storage, world } = yield* begin({})
      const answer = yield* storage.logs.deleteBefore("t", 0, 3)
      assert.deepStrictEqual(answer, { errorCode: ErrorCode.NONE, logStartOffset: 3 })
      assert.strictEqual((yield* storage.read("t", 2)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
      yield* world.advance(7 * MINUTE_MS)
      const logs = (yield* files).filter((name) => name.endsWith(".log"))
      assert.deepStrictEqual(logs, ["00000000000000000002.log", "00000000000000000004.log"])
      const again = yield* world.restartAfterCrash(storage)
      assert.strictEqual(again.logs.offsets("t", 0)!.logStartOffset, 3)
      assert.strictEqual((yield* again.readAll("t", 3)).batches.length, 3)
    }))

  it.effect("to the high watermark empties the log; beyond it or before 0 is refused", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin({})
      const code = (offset: number) =>
        Effect.map(storage.logs.deleteBefore("t", 0, offset), (answer) => answer.errorCode)
      assert.strictEqual(yield* code(7), ErrorCode.OFFSET_OUT_OF_RANGE)
      assert.strictEqual(yield* code(-2), ErrorCode.OFFSET_OUT_OF_RANGE)
      assert.strictEqual(yield* code(-1), ErrorCode.NONE)
      assert.strictEqual(storage.logs.offsets("t", 0)!.logStartOffset, 6)
      assert.strictEqual(yield* code(2), ErrorCode.NONE)
      assert.strictEqual(storage.logs.offsets("t", 0)!.logStartOffset, 6, "a start never goes back")
    }))

  it.effect("is refused by a log that is only compacted", () =>
    Effect.gen(function*() {
      const { start, storage } = yield* begin({ "cleanup.policy": "compact" })
      const refused = yield* storage.logs.deleteBefore("t", 0, 3)
      assert.deepStrictEqual(refused, { errorCode: ErrorCode.POLICY_VIOLATION, logStartOffset: -1 })
      assert.strictEqual(start(), 0)
      const both = (yield* begin({ "cleanup.policy": "compact,delete" })).storage
      assert.strictEqual((yield* both.logs.deleteBefore("t", 0, 3)).errorCode, ErrorCode.NONE)
    }))

  it.effect("changes nothing when it cannot be made durable", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin({})
      world.disk.failNext("write", /log-start-offset/)
      const { errorCode } = yield* storage.logs.deleteBefore("t", 0, 3)
      assert.strictEqual(errorCode, ErrorCode.KAFKA_STORAGE_ERROR)
      assert.strictEqual(storage.logs.offsets("t", 0)!.logStartOffset, 0)
    }))
})

describe("segments that nobody reads", () => {
  it.effect("give back file and indexes, and are read again all the same", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* begin({})
      yield* world.advance(15 * MINUTE_MS)
      const { open } = world.disk.counts
      assert.strictEqual((yield* storage.readAll("t")).batches.length, 6)
      assert.strictEqual(world.disk.counts.open - open, 2, "the active one stayed open")
    }))
})
