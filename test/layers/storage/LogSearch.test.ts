// Times lead to the first record that is young enough, in plain batches and compressed ones.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as CompressionType from "../../../src/domain/record/CompressionType.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import {
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  MAX_TIMESTAMP
} from "../../../src/layers/storage/PartitionLogs.ts"
import { batch, randomFrom, type Storage, World } from "./StorageWorld.ts"

const at = (storage: Storage, timestamp: number) =>
  Effect.map(
    storage.logs.offsetForTimestamp("t", 0, timestamp, "read_uncommitted"),
    ({ errorCode, offset, timestamp }) => [errorCode, offset, timestamp]
  )

const begin = Effect.fnUntraced(function*(configs: Record<string, string> = {}) {
  const world = new World()
  const storage = yield* world.start
  yield* storage.topic("t", configs)
  return { world, storage }
})

describe("special times", () => {
  it.effect("are the ends of the log and its youngest record", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      assert.deepStrictEqual(yield* at(storage, MAX_TIMESTAMP), [0, -1, -1])
      yield* storage.append("t", batch({ records: 3, timestamp: 500 }))
      yield* storage.append("t", batch({ records: 3, timestamp: 100 }))
      yield* storage.logs.deleteBefore("t", 0, 1)
      assert.deepStrictEqual(yield* at(storage, LATEST_TIMESTAMP), [0, 6, -1])
      assert.deepStrictEqual(yield* at(storage, EARLIEST_TIMESTAMP), [0, 1, -1])
      assert.deepStrictEqual(yield* at(storage, MAX_TIMESTAMP), [0, 2, 502])
    }))
})

describe("a time", () => {
  it.effect("leads to the first record at or after it, as a plain search does", () =>
    Effect.gen(function*() {
      for (let seed = 1; seed <= 8; seed++) {
        const random = randomFrom(seed)
        const { world, ...first } = yield* begin({ "index.interval.bytes": "100" })
        let { storage } = first
        const times: Array<number> = []
        for (let i = 0; i < 40; i++) {
          const timestamp = Math.floor(random() * 1000)
          const records = 1 + Math.floor(random() * 4)
          yield* storage.append("t", batch({ records, timestamp }), 1)
          for (let j = 0; j < records; j++) times.push(timestamp + j)
          if (i === 20) storage = yield* world.restart(storage)
        }
        for (let wanted = 0; wanted <= 1010; wanted += 7) {
          const offset = times.findIndex((time) => time >= wanted)
          assert.deepStrictEqual(
            yield* at(storage, wanted),
            [0, offset, offset < 0 ? -1 : times[offset]!],
            `seed ${seed}, time ${wanted}`
          )
        }
        yield* storage.stop
      }
    }))

  it.effect("leads into compressed batches", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      const compression = yield* Compression
      const builder = new RecordBatchBuilder({ bytesMax: 10_000 })
      for (let i = 0; i < 10; i++) builder.append(100 + 10 * i, null, Buffer.from(`value ${i}`))
      const packed = yield* compression.compress(CompressionType.ZSTD, builder.payload)
      const sealed = builder.sealCompressed(CompressionType.ZSTD, packed, {})
      yield* storage.append("t", Buffer.from(sealed))
      assert.deepStrictEqual(yield* at(storage, 151), [0, 6, 160])
    }).pipe(Effect.provide(Compression.layer)))

  it.effect("is not looked for behind a damaged batch", () =>
    Effect.gen(function*() {
      const { world, ...first } = yield* begin()
      for (let i = 0; i < 3; i++) yield* first.storage.append("t", batch({ timestamp: 100 * i }))
      const storage = yield* world.restart(first.storage)
      const log = world.disk.bytesOf("/data/t-0/00000000000000000000.log")
      log[log.length / 3 + 70]! ^= 1
      assert.deepStrictEqual(yield* at(storage, 0), [0, 0, 0])
      assert.strictEqual((yield* at(storage, 200))[0], ErrorCode.KAFKA_STORAGE_ERROR)
    }))

  it.effect("of a partition that is not there is an error", () =>
    Effect.gen(function*() {
      const { storage } = yield* begin()
      const answer = yield* storage.logs.offsetForTimestamp("no", 0, 0, "read_uncommitted")
      assert.strictEqual(answer.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
    }))
})
