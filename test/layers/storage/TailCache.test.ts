// A slice that several consumers read is read once; none of them gets what it would not have read itself,
// and no memory is used again while somebody still looks at it.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { cut } from "../../../src/domain/log/LogSlice.ts"
import * as ReadBuffers from "../../../src/layers/disk/ReadBuffers.ts"
import type { ReadOptions } from "../../../src/layers/storage/PartitionLogs.ts"
import { type LogTail, TailCache } from "../../../src/layers/storage/TailCache.ts"
import { baseOffsets, batch, type Storage, World } from "./StorageWorld.ts"

const asked = (offset: number, options: Partial<ReadOptions> = {}): ReadOptions => ({
  offset,
  bytesMax: 1 << 20,
  atLeastOne: true,
  isolation: "read_uncommitted",
  currentLeaderEpoch: -1,
  ...options
})

/** Reads, and does not give back. */
const held = (storage: Storage, offset: number, options: Partial<ReadOptions> = {}) =>
  storage.logs.read("t", 0, asked(offset, options))

const started = Effect.fnUntraced(function*() {
  const world = new World({ "tail.cache.bytes": "1000000" })
  const storage = yield* world.start
  yield* storage.topic("t")
  for (let i = 0; i < 4; i++) yield* storage.append("t", batch({ valueBytes: 3000 }), 1)
  return { world, storage }
})

describe("a second reader", () => {
  it.effect("is known when it asks for what was read before; a third needs no read", () =>
    Effect.gen(function*() {
      const { storage, world } = yield* started()
      const [one, two] = [yield* held(storage, 0), yield* held(storage, 0)]
      assert.notStrictEqual(one.records.buffer, two.records.buffer)
      world.disk.failNext("read", /\.log$/, { times: 100 })
      const three = yield* held(storage, 0)
      assert.strictEqual(three.records.buffer, two.records.buffer)
      assert.deepStrictEqual(baseOffsets(Buffer.from(three.records)), [0, 1, 2, 3])
    }))

  it.effect("with another budget reads for itself", () =>
    Effect.gen(function*() {
      const { storage } = yield* started()
      for (let i = 0; i < 2; i++) (yield* held(storage, 0)).release()
      const { records } = yield* storage.read("t", 0, { bytesMax: 7000 })
      assert.deepStrictEqual(baseOffsets(records), [0, 1])
    }))

  it.effect("gets what was appended since", () =>
    Effect.gen(function*() {
      const { storage } = yield* started()
      for (let i = 0; i < 3; i++) (yield* held(storage, 0)).release()
      yield* storage.append("t", batch(), 1)
      const { records } = yield* storage.read("t", 0)
      assert.deepStrictEqual(baseOffsets(records), [0, 1, 2, 3, 4])
    }))

  it.effect("gets nothing from below the start of the log", () =>
    Effect.gen(function*() {
      const { storage } = yield* started()
      for (let i = 0; i < 3; i++) (yield* held(storage, 1)).release()
      yield* storage.logs.deleteBefore("t", 0, 2)
      assert.strictEqual((yield* held(storage, 1)).errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
    }))
})

/** As a log's reader would read it: batches of 1000 records each, from the offset on. */
const read = (tail: LogTail, offset: number, limit: number, options: Partial<ReadOptions> = {}) => {
  const wanted = asked(offset, options)
  const buffer = ReadBuffers.take(1)
  const records = batch({ records: 10 })
  records.writeBigInt64BE(BigInt(offset), 0)
  records.copy(buffer)
  return tail.share(wanted, limit, cut(buffer, records.length, 0, wanted, limit, true))
}

describe("what is kept", () => {
  it("is nothing while there is one reader", () => {
    const cache = new TailCache(1 << 20)
    const tail = cache.tail()
    for (let offset = 0; offset < 1000; offset += 10) read(tail, offset, 1000).release()
    assert.strictEqual(cache.keptBytes, 0)
  })

  it("is bounded over all logs, and what was used longest ago goes first", () => {
    const cache = new TailCache(4 * 65536)
    const tails = [cache.tail(), cache.tail()]
    for (let offset = 0; offset < 100; offset += 10) {
      for (const tail of [...tails, ...tails]) read(tail, offset, 1000).release()
      assert.isAtMost(cache.keptBytes, 4 * 65536)
    }
    assert.isDefined(tails[1]!.take(asked(90), 1000))
    assert.isUndefined(tails[1]!.take(asked(0), 1000))
  })

  it("is not given to who may read less far", () => {
    const tail = new TailCache(1 << 20).tail()
    for (let i = 0; i < 2; i++) read(tail, 0, 1000).release()
    assert.isDefined(tail.take(asked(0), 1000))
    assert.isUndefined(tail.take(asked(0), 9))
  })

  it("is not given, when it is over the budget, to who takes nothing beyond it", () => {
    const tail = new TailCache(1 << 20).tail()
    for (let i = 0; i < 2; i++) read(tail, 0, 1000, { bytesMax: 5 }).release()
    assert.isDefined(tail.take(asked(0, { bytesMax: 5 }), 1000))
    assert.isUndefined(tail.take(asked(0, { bytesMax: 5, atLeastOne: false }), 1000))
  })

  it("lends its memory to nobody else before the last one has given it back", () => {
    const tail = new TailCache(1 << 20).tail()
    read(tail, 0, 1000).release()
    const [first, second] = [read(tail, 0, 1000), tail.take(asked(0), 1000)!]
    const { buffer } = first.records
    const isFree = (): boolean =>
      Array.from({ length: 8 }, () => ReadBuffers.take(1)).some((other) => other.buffer === buffer)
    first.release()
    tail.forget()
    assert.isUndefined(tail.take(asked(0), 1000))
    assert.isFalse(isFree())
    second.release()
    assert.isTrue(isFree())
  })
})
