// Damage as an application meets it: a typed error that says where, again and again until it seeks past it,
// after everything sound before it; and committed reads through a whole consumer.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Fetch } from "../../../../src/domain/protocol/Fetch.ts"
import { ListOffsets } from "../../../../src/domain/protocol/ListOffsets.ts"
import * as CompressionType from "../../../../src/domain/record/CompressionType.ts"
import * as RecordBatch from "../../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../../src/domain/record/RecordBatchBuilder.ts"
import { Compression } from "../../../../src/layers/compression/Compression.ts"
import * as Consumer from "../../../../src/runtime/client/Consumer.ts"
import { endMarker } from "../../../domain/record/ControlBatch.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import { values } from "../../../world/ConsumerWorld.ts"
import { layer, ScriptedBroker } from "../../../world/ScriptedBroker.ts"
import * as ScriptedFetch from "../../../world/ScriptedFetch.ts"

const world = layer({ topics: { orders: [1] } }).pipe(Layer.provideMerge(Compression.layer))
const ORDERS = { topic: "orders", partition: 0 }

const at = (offset: number, batch: Buffer): Buffer => {
  RecordBatch.setBaseOffset(batch, 0, offset)
  return batch
}

/** A consumer of a log that is given whole whenever something of it is asked for. */
const readingLog = Effect.fnUntraced(function*(
  log: ReadonlyArray<Buffer>,
  options: Parameters<typeof Consumer.make>[0] = {},
  aborted: ReadonlyArray<{ readonly producerId: number; readonly firstOffset: number }> = []
) {
  const broker = yield* ScriptedBroker
  const records = Buffer.concat(log)
  const end = RecordBatch.nextOffset(log.at(-1)!, 0)
  broker.on(ListOffsets, (asked) => ScriptedFetch.listOffsets(asked))
  broker.on(
    Fetch,
    (asked) =>
      ScriptedFetch.offsetAsked(asked)! >= end ? "silence" : ScriptedFetch.answer("orders", [
        ScriptedFetch.partition(0, { records, abortedTransactions: aborted })
      ])
  )
  const consumer = yield* Consumer.make({ autoOffsetReset: "earliest", ...options })
  yield* consumer.assign([ORDERS])
  return consumer
})

describe("RecordDelivery", () => {
  it.effect("gives what is sound, then fails until the application seeks past the damage", () =>
    Effect.gen(function*() {
      const damaged = at(2, BrokerWorld.batch(["c", "d"]))
      damaged[damaged.length - 2]! ^= 1
      const log = [
        at(0, BrokerWorld.batch(["a", "b"])),
        damaged,
        at(4, BrokerWorld.batch(["e"]))
      ]
      const consumer = yield* readingLog(log)
      assert.deepStrictEqual(values(yield* consumer.poll()), ["a", "b"])
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(consumer.poll())
        assert.deepStrictEqual({ ...error.reason }, {
          _tag: "CorruptRecords",
          ...ORDERS,
          offset: 2,
          detail: "the checksum of the batch is wrong"
        })
      }
      assert.strictEqual(yield* consumer.position(ORDERS), 2)
      yield* consumer.seek(ORDERS, 4)
      assert.deepStrictEqual(values(yield* consumer.poll()), ["e"])
    }).pipe(Effect.provide(world)))

  it.effect("does not look at checksums where that is not wanted", () =>
    Effect.gen(function*() {
      const damaged = at(0, BrokerWorld.batch(["a"]))
      damaged.writeUInt32BE(0, 17)
      const consumer = yield* readingLog([damaged], { checkCrcs: false })
      assert.deepStrictEqual(values(yield* consumer.poll()), ["a"])
    }).pipe(Effect.provide(world)))

  it.effect("fails where a batch cannot be decompressed, or would be too large", () =>
    Effect.gen(function*() {
      const compression = yield* Compression
      const builder = new RecordBatchBuilder({ bytesMax: 1 << 21 })
      for (let i = 0; i < 1000; i++) builder.append(0, null, Buffer.alloc(1000))
      const payload = yield* compression.compress(CompressionType.ZSTD, builder.payload)
      const bomb = builder.sealCompressed(CompressionType.ZSTD, payload, {})
      const consumer = yield* readingLog([at(0, bomb)], { decompressedBytesMax: 10_000 })
      for (const _ of [1, 2]) {
        const error = yield* Effect.flip(consumer.poll())
        assert.strictEqual(error.reason._tag, "CorruptRecords")
        assert.match(error.message, /^orders-0 at offset 0: zstd: /)
      }
    }).pipe(Effect.provide(world)))

  it.effect("gives committed records only, and stands behind the markers in the end", () =>
    Effect.gen(function*() {
      const begun = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true }
      const marker = (offset: number, type: number) =>
        endMarker({ ...begun, offset, type, timestamp: 0, coordinatorEpoch: 0 })
      const log = [
        at(0, BrokerWorld.batch(["aborted"], begun)),
        marker(1, 0),
        at(2, BrokerWorld.batch(["committed"], begun)),
        marker(3, 1)
      ]
      const aborted = [{ producerId: 7, firstOffset: 0 }]
      const options = { isolationLevel: "read_committed" } as const
      const consumer = yield* readingLog(log, options, aborted)
      assert.deepStrictEqual(values(yield* consumer.poll()), ["committed"])
      assert.strictEqual(yield* consumer.position(ORDERS), 4)
      const broker = yield* ScriptedBroker
      const [first] = broker.asked(Fetch)
      assert.strictEqual(first!.request.isolationLevel, 1)
    }).pipe(Effect.provide(world)))
})
