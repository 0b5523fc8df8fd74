// Sending: every acks and codec, what a record can hold, where keys go, sizes, and the ways to send. What was
// written is read back by our own consumer; others read it in client-interop.test.ts.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"
import type { ProducerRecord } from "../../../src/runtime/client/producer/ProducerRecord.ts"
import * as Case from "./Case.ts"

const MODES = [
  { acks: 0 },
  { acks: 1 },
  { acks: "all", enableIdempotence: false },
  { acks: "all", enableIdempotence: true }
] as const

const modes = MODES.map((mode) =>
  Case.of(
    `produces with ${Object.entries(mode).map((pair) => pair.join(" ")).join(", ")}`,
    Effect.gen(function*() {
      const topic = yield* Case.topic()
      const producer = yield* Case.producer(mode)
      const texts = Case.numbered(500)
      const metadata = yield* producer.sendAll(Case.records(topic, texts))
      assert.deepStrictEqual(
        metadata.map(({ offset }) => offset),
        texts.map((_, index) => mode.acks === 0 ? -1 : index)
      )
      const records = yield* Case.read(yield* Case.assigned(topic), texts.length)
      assert.deepStrictEqual(Case.values(records), texts)
    })
  )
)

const codecs = (["none", "gzip", "snappy", "lz4", "zstd"] as const).map((compression) =>
  Case.of(
    `writes and reads ${compression}`,
    Effect.gen(function*() {
      const topic = yield* Case.topic()
      const producer = yield* Case.producer({ compression, lingerMs: 20 })
      const texts = Case.numbered(2000).map((text) => `${text} ${"abcdefgh".repeat(12)}`)
      yield* producer.sendAll(Case.records(topic, texts))
      const records = yield* Case.read(yield* Case.assigned(topic), texts.length)
      assert.deepStrictEqual(Case.values(records), texts)
      assert.deepStrictEqual(records.map(({ offset }) => offset), texts.map((_, index) => index))
    })
  )
)

const parts = Case.of(
  "keeps keys, values, headers and times, null and empty apart",
  Effect.gen(function*() {
    const topic = yield* Case.topic()
    const producer = yield* Case.producer()
    const given: ReadonlyArray<Omit<ProducerRecord, "topic">> = [
      { key: "k", value: "v", timestampMs: 1_700_000_000_000 },
      { key: null, value: "no key", timestampMs: 1_600_000_000_000 },
      { key: "", value: "", timestampMs: 1_700_000_000_001 },
      { key: "tombstone", value: null, timestampMs: 0 },
      {
        key: Buffer.from([0, 255]),
        value: Buffer.from([1, 2, 3]),
        headers: [["a", Buffer.from("1")], ["a", null], ["größe", Buffer.alloc(0)]],
        timestampMs: 1_700_000_000_002
      }
    ]
    yield* producer.sendAll(given.map((record) => ({ ...record, topic, partition: 0 })))
    const records = yield* Case.read(yield* Case.assigned(topic), given.length)
    const bytes = (part: Uint8Array | string | null | undefined) =>
      part === null || part === undefined ? null : Buffer.from(part as string)
    assert.deepStrictEqual(
      records.map(({ headers, key, timestampMs, value }) => ({ headers, key, timestampMs, value })),
      given.map(({ headers = [], key, timestampMs, value }) => ({
        headers: headers.map(([name, of]) => ({ key: name, value: bytes(of) })),
        key: bytes(key),
        timestampMs: timestampMs!,
        value: bytes(value)
      }))
    )
  })
)

/** Of 12 partitions; toPositive(murmur2(key)) % 12, as Java's BuiltInPartitioner has it. */
export const JAVA_PARTITIONS: ReadonlyArray<readonly [key: string, partition: number]> = [
  ["21", 0],
  ["foobar", 6],
  ["a-little-bit-long-string", 8],
  ["a-little-bit-longer-string", 11],
  ["lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", 5],
  ["abc", 3],
  ["", 9],
  ["grüße 🦊", 6]
]

const keys = Case.of(
  "puts keys on Java's partitions",
  Effect.gen(function*() {
    const topic = yield* Case.topic(12)
    const producer = yield* Case.producer()
    const metadata = yield* producer.sendAll(
      JAVA_PARTITIONS.map(([key]) => ({ topic, key, value: key }))
    )
    assert.deepStrictEqual(
      metadata.map(({ partition }, index) => [JAVA_PARTITIONS[index]![0], partition]),
      JAVA_PARTITIONS.map((pair) => [...pair])
    )
  })
)

const appendTime = Case.of(
  "tells the broker's time where the topic keeps that",
  Effect.gen(function*() {
    const topic = yield* Case.topic(1, { "message.timestamp.type": "LogAppendTime" })
    const producer = yield* Case.producer()
    const { timestampMs } = yield* producer.send({ topic, value: "v", timestampMs: 1000 })
    assert.isAbove(timestampMs, 1_600_000_000_000)
    const [record] = yield* Case.read(yield* Case.assigned(topic), 1)
    assert.strictEqual(record!.timestampMs, timestampMs)
  })
)

const large = Case.of(
  "carries records of 900 kB and of 3 MB",
  Effect.gen(function*() {
    const topic = yield* Case.topic(1, { "max.message.bytes": "4000000" })
    const producer = yield* Case.producer({ requestBytesMax: 4_000_000 })
    const sizes = [900_000, 3_000_000, 1]
    yield* producer.sendAll(
      sizes.map((size, index) => ({ topic, partition: 0, value: Buffer.alloc(size, index + 1) }))
    )
    const records = yield* Case.read(yield* Case.assigned(topic), sizes.length)
    for (const [index, size] of sizes.entries()) {
      assert.isTrue(records[index]!.value!.equals(Buffer.alloc(size, index + 1)))
    }
  })
)

const tooLarge = Case.of(
  "refuses records that are too large, here and at the broker",
  Effect.gen(function*() {
    const topic = yield* Case.topic(1, { "max.message.bytes": "2000" })
    const producer = yield* Case.producer()
    const fail = (size: number) =>
      Effect.flip(producer.send({ topic, partition: 0, value: Buffer.alloc(size, 1) }))
    assert.strictEqual(Case.reasonOf(yield* fail(1_100_000)), "RecordTooLarge")
    const refused = yield* fail(5000)
    assert.strictEqual(Case.reasonOf(refused), "BrokerRefused MESSAGE_TOO_LARGE")
    const { offset } = yield* producer.send({ topic, partition: 0, value: "goes on" })
    assert.strictEqual(offset, 0)
    return refused.message
  })
)

const callbacks = Case.of(
  "calls back once for each pushed record, in order, with its offset",
  Effect.gen(function*() {
    const topic = yield* Case.topic(3)
    const producer = yield* Case.producer({ batchBytesMax: 16_384 })
    const count = 30_000
    const offsets: Array<Array<number>> = [[], [], []]
    const failures: Array<unknown> = []
    const callback = (error: unknown, partition: number, offset: number) => {
      if (error === undefined) offsets[partition]!.push(offset)
      else failures.push(error)
    }
    for (let index = 0; index < count; index++) {
      const record = { topic, partition: index % 3, value: `v${index}` }
      if (!producer.push(record, callback)) yield* producer.drained
    }
    yield* producer.flush
    assert.deepStrictEqual(failures, [])
    const expected = Array.from({ length: count / 3 }, (_, index) => index)
    for (const one of offsets) assert.deepStrictEqual(one, expected)
    const consumer = yield* Case.assigned(topic, [0, 1, 2])
    for (const record of yield* Case.read(consumer, count)) {
      const { offset, partition, value } = record
      assert.strictEqual(value!.toString(), `v${offset * 3 + partition}`)
    }
  })
)

const streams = Case.of(
  "sends by sendAll, by a sink and through a stream",
  Effect.gen(function*() {
    const topic = yield* Case.topic()
    const producer = yield* Case.producer()
    const all = Case.records(topic, Case.numbered(3000))
    const first = yield* producer.sendAll(all.slice(0, 1000))
    assert.strictEqual(first.at(-1)!.offset, 999)
    const summary = yield* Stream.run(Stream.fromIterable(all.slice(1000, 2000)), producer.sink)
    assert.deepStrictEqual([summary.count, summary.last?.offset], [1000, 1999])
    const passed = yield* Stream.runCollect(
      producer.through(Stream.fromIterable(all.slice(2000)))
    )
    assert.deepStrictEqual(
      passed.map(({ offset }) => offset),
      all.slice(0, 1000).map((_, i) => 2000 + i)
    )
    const records = yield* Case.read(yield* Case.assigned(topic), all.length)
    assert.deepStrictEqual(Case.values(records), Case.numbered(3000))
  })
)

const badPartition = Case.of(
  "refuses a partition that the topic does not have",
  Effect.gen(function*() {
    const topic = yield* Case.topic(2)
    const producer = yield* Case.producer({ blockMsMax: 3000, deliveryTimeoutMs: 3000 })
    const error = yield* Effect.flip(producer.send({ topic, partition: 7, value: "v" }))
    assert.strictEqual(Case.reasonOf(error), "InvalidArgument")
    return error.message
  })
)

export const cases: ReadonlyArray<Case.Case> = [
  ...modes,
  ...codecs,
  parts,
  keys,
  appendTime,
  large,
  tooLarge,
  callbacks,
  streams,
  badPartition
]
