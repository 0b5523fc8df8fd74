// Produce: what is stored, what is refused, and with which code.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as zlib from "node:zlib"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { Produce } from "../../../../src/domain/protocol/Produce.ts"
import * as RecordBatch from "../../../../src/domain/record/RecordBatch.ts"
import { RecordBatchBuilder } from "../../../../src/domain/record/RecordBatchBuilder.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Requests from "../../../world/Requests.ts"

const { batch } = BrokerWorld

layer(BrokerWorld.layer())("Produce", (it) => {
  const answerTo = Effect.fnUntraced(function*(
    topic: string,
    records: Uint8Array | null,
    options: { readonly acks?: number; readonly partition?: number; readonly version?: number } = {}
  ) {
    const client = yield* BrokerWorld.connect
    yield* Requests.createTopic(client, topic)
    const request = Requests.produce(topic, records, options)
    const { responses } = yield* client.ask(Produce, options.version ?? 9, request)
    return responses[0]!.partitionResponses[0]!
  })

  it.effect("gives the offset of the first record, at every version and acks", () =>
    Effect.gen(function*() {
      let expected = 0
      for (const version of [3, 7, 8, 9, 11]) {
        for (const acks of [1, -1]) {
          const answer = yield* answerTo("offsets", batch(["a", "b"]), { version, acks })
          assert.deepInclude(answer, { errorCode: 0, baseOffset: expected })
          expected += 2
        }
      }
    }))

  const twice = Buffer.concat([batch(["a"]), batch(["b"])])
  const flipped = (at: number, change: number) => {
    const records = batch(["a", "b"])
    records[at]! ^= change
    return records
  }
  const old = Buffer.alloc(40)
  old.writeInt32BE(28, 8)
  old[16] = 1

  const refusals: ReadonlyArray<readonly [string, Buffer | null, number]> = [
    ["no records", null, ErrorCode.INVALID_RECORD],
    ["records of no bytes", Buffer.alloc(0), ErrorCode.INVALID_RECORD],
    ["two batches", twice, ErrorCode.INVALID_RECORD],
    ["the old format", old, ErrorCode.INVALID_RECORD],
    ["a wrong checksum", flipped(17, 1), ErrorCode.CORRUPT_MESSAGE],
    ["a flipped byte in a record", flipped(70, 0x20), ErrorCode.CORRUPT_MESSAGE],
    ["a magic that nobody knows", flipped(16, 0x40), ErrorCode.CORRUPT_MESSAGE],
    ["a batch that is cut off", batch(["a"]).subarray(0, 66), ErrorCode.INVALID_RECORD],
    ["a producer id without a sequence", batch(["a"], { producerId: 5 }), ErrorCode.INVALID_RECORD]
  ]
  for (const [what, records, errorCode] of refusals) {
    it.effect(`refuses ${what}`, () =>
      Effect.gen(function*() {
        const answer = yield* answerTo("refusals", records)
        assert.deepInclude(answer, { errorCode, baseOffset: -1 })
        assert.isNotEmpty(answer.errorMessage)
      }))
  }

  it.effect("refuses topics and partitions that are not there, and acks that do not exist", () =>
    Effect.gen(function*() {
      const partition = yield* answerTo("here", batch(["a"]), { partition: 7 })
      assert.strictEqual(partition.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      const acks = yield* answerTo("here", batch(["a"]), { acks: 2 })
      assert.strictEqual(acks.errorCode, ErrorCode.INVALID_REQUIRED_ACKS)
    }))

  it.effect("answers versions before 3 in their own form: UNSUPPORTED_VERSION", () =>
    Effect.gen(function*() {
      for (const version of [0, 1, 2]) {
        const answer = yield* answerTo("old", batch(["a"]), { version })
        assert.strictEqual(answer.errorCode, ErrorCode.UNSUPPORTED_VERSION)
      }
    }))

  it.effect("stores a repeated batch of an idempotent producer once, and answers it alike", () =>
    Effect.gen(function*() {
      const sealed = (baseSequence: number) =>
        batch(["a", "b"], { producerId: 900, producerEpoch: 0, baseSequence })
      const first = yield* answerTo("idempotent", sealed(0))
      const second = yield* answerTo("idempotent", sealed(2))
      const again = yield* answerTo("idempotent", sealed(0))
      assert.deepStrictEqual(
        [first, second, again].map(({ baseOffset, errorCode }) => [errorCode, baseOffset]),
        [[0, 0], [0, 2], [0, 0]]
      )
      const gap = yield* answerTo("idempotent", sealed(9))
      assert.strictEqual(gap.errorCode, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER)
    }))

  it.effect("answers each partition on its own", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "several", 2)
      const { responses } = yield* client.ask(Produce, 9, {
        ...Requests.produce("several", null),
        topicData: [{
          name: "several",
          partitionData: [
            { index: 0, records: flipped(17, 1) },
            { index: 1, records: batch(["a"]) },
            { index: 2, records: batch(["a"]) }
          ]
        }]
      })
      assert.deepStrictEqual(
        responses[0]!.partitionResponses.map(({ errorCode, index }) => [index, errorCode]),
        [
          [0, ErrorCode.CORRUPT_MESSAGE],
          [1, ErrorCode.NONE],
          [2, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]
        ]
      )
    }))

  it.effect("wants a key of every record of a compacted topic, compressed or not", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      yield* Requests.createTopic(client, "compacted", 1, { "cleanup.policy": "compact" })
      const store = Effect.fnUntraced(
        function*(keys: ReadonlyArray<string | null>, isGzip: boolean) {
          const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
          for (const key of keys) builder.append(0, key === null ? null : Buffer.from(key), null)
          const records = isGzip
            ? builder.sealCompressed(1, zlib.gzipSync(builder.payload), {})
            : builder.seal({})
          const { responses } = yield* client.ask(
            Produce,
            9,
            Requests.produce("compacted", records)
          )
          return responses[0]!.partitionResponses[0]!
        }
      )
      for (const isGzip of [false, true]) {
        const refused = yield* store(["a", null, "b", null], isGzip)
        assert.strictEqual(refused.errorCode, ErrorCode.INVALID_RECORD)
        assert.strictEqual(refused.logStartOffset, 0)
        assert.match(refused.errorMessage!, /without a key/)
        assert.deepStrictEqual(refused.recordErrors.map(({ batchIndex }) => batchIndex), [1, 3])
        assert.match(refused.recordErrors[0]!.batchIndexErrorMessage!, /without a key/)
        const stored = yield* store(["a", ""], isGzip)
        assert.strictEqual(stored.errorCode, ErrorCode.NONE)
      }
    }))

  it.effect("says the broker's time where the topic wants it", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const configs = { "message.timestamp.type": "LogAppendTime" }
      yield* Requests.createTopic(client, "times", 1, configs)
      const records = batch(["a"], {}, 5)
      const answer = yield* client.ask(Produce, 9, Requests.produce("times", records))
      const { logAppendTimeMs } = answer.responses[0]!.partitionResponses[0]!
      assert.strictEqual(logAppendTimeMs, 0) // the test clock's beginning
      assert.isFalse(RecordBatch.isLogAppendTime(records, 0), "the producer's bytes are its own")
    }))
})
