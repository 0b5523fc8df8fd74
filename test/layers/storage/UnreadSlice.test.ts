// What is given without being read is what a read would have given, or less of it: whole batches from the
// one that was asked for on, nothing beyond the limit, and nothing whose checksum nobody has looked at.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import { FileBytes } from "../../../src/layers/disk/FileBytes.ts"
import * as NodeDisk from "../../../src/layers/disk/NodeDisk.ts"
import { ShardPool } from "../../../src/layers/shards/ShardPool.ts"
import * as LogManager from "../../../src/layers/storage/LogManager.ts"
import * as TopicCatalog from "../../../src/layers/storage/TopicCatalog.ts"
import { batch, randomFrom, Storage } from "./StorageWorld.ts"

/** A storage on the real disk: the simulated one has no descriptors. */
const start = (directory: string) =>
  Effect.gen(function*() {
    const layer = LogManager.layer.pipe(
      Layer.provideMerge(TopicCatalog.layer),
      Layer.provide(ShardPool.layer),
      Layer.provide(Compression.layer),
      Layer.provide(BrokerConfig.layerTest({ "log.dirs": directory })),
      Layer.provide(NodeDisk.layer)
    )
    const scope = yield* Effect.scope
    return new Storage(yield* Layer.buildWithScope(layer, scope), scope as never)
  })

const scratch = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "mymq-unread-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

/** What is given to a connection that takes bytes of files, and whether it was read. */
const given = Effect.fnUntraced(
  function*(storage: Storage, offset: number, bytesMax: number, fileBytesMin: number) {
    const result = yield* storage.logs.read("t", 0, {
      offset,
      bytesMax,
      atLeastOne: true,
      isolation: "read_uncommitted",
      currentLeaderEpoch: -1,
      fileBytesMin
    })
    const { records } = result
    const isUnread = records instanceof FileBytes
    const bytes = Buffer.from(records)
    if (isUnread) records.file.readSyncUnsafe(bytes, 0, bytes.length, records.position)
    result.release()
    return { isUnread, bytes }
  }
)

/** Some hundred batches of random size, in segments of 200 kB. */
const filled = Effect.fnUntraced(function*(storage: Storage, random: () => number) {
  yield* storage.topic("t", { "segment.bytes": "200000", "index.interval.bytes": "4096" })
  let records = 0
  for (let i = 0; i < 300; i++) {
    const count = 1 + Math.floor(random() * 20)
    const valueBytes = Math.floor(random() * 400)
    yield* storage.append("t", batch({ records: count, valueBytes, tag: `${i}` }), 1)
    records += count
  }
  return records
})

describe("a slice that is not read", () => {
  it.live("is what lies in the log from the batch of the offset on, whole and within the budget", () =>
    Effect.gen(function*() {
      const random = randomFrom(7)
      const storage = yield* start(yield* scratch)
      const end = yield* filled(storage, random)
      const { batches } = yield* storage.readAll("t")
      let unread = 0
      for (let i = 0; i < 2_000; i++) {
        const offset = Math.floor(random() * end)
        const bytesMax = Math.floor(random() * 100_000)
        const { bytes, isUnread } = yield* given(storage, offset, bytesMax, 2_000)
        if (isUnread) unread++
        const first = batches.findIndex((batch) => RecordBatch.lastOffset(batch, 0) >= offset)
        let [at, count] = [0, first]
        for (; at < bytes.length; count++) {
          const batch = batches[count]!
          assert.isTrue(bytes.subarray(at, at + batch.length).equals(batch), `offset ${offset}`)
          at += batch.length
        }
        assert.isTrue(at <= bytesMax || count === first + 1, `${bytesMax} bytes from ${offset}`)
        assert.isAbove(count, first)
      }
      assert.isAbove(unread, 1_000)
    }))

  it.live("reaches a reader that goes on from slice to slice to the end, once and in order", () =>
    Effect.gen(function*() {
      const storage = yield* start(yield* scratch)
      const end = yield* filled(storage, randomFrom(8))
      let next = 0
      let unread = 0
      while (next < end) {
        const { bytes, isUnread } = yield* given(storage, next, 30_000, 1_000)
        if (isUnread) unread++
        for (let at = 0; at < bytes.length; at += RecordBatch.sizeBytes(bytes, at)) {
          assert.strictEqual(RecordBatch.baseOffset(bytes, at), next)
          next = RecordBatch.nextOffset(bytes, at)
        }
      }
      assert.strictEqual(next, end)
      assert.isAbove(unread, 10)
    }))

  it.live("after a start is read first, for its checksums", () =>
    Effect.gen(function*() {
      const directory = yield* scratch
      const end = yield* Effect.scoped(
        Effect.flatMap(start(directory), (storage) => filled(storage, randomFrom(9)))
      )
      const storage = yield* start(directory)
      assert.isAbove(end, 0)
      assert.isFalse((yield* given(storage, 0, 50_000, 1_000)).isUnread)
      assert.isTrue((yield* given(storage, 0, 50_000, 1_000)).isUnread)
    }))

  it.live("is not given below the least size, nor to who does not ask for it", () =>
    Effect.gen(function*() {
      const storage = yield* start(yield* scratch)
      yield* filled(storage, randomFrom(10))
      assert.isFalse((yield* given(storage, 0, 50_000, 50_001)).isUnread)
      assert.isTrue((yield* given(storage, 0, 50_000, 20_000)).isUnread)
      const read = yield* storage.read("t", 0)
      assert.isAbove(read.records.length, 0)
      assert.notDeepEqual(read.records.subarray(0, 61), Buffer.alloc(61))
    }))
})
