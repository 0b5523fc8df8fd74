// Reading partitions that are assigned by hand: where it begins, moving about, the ways to take records, and
// what happens at offsets that the log does not have.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Stream from "effect/Stream"
import { Admin } from "../../../src/runtime/client/Admin.ts"
import * as Case from "./Case.ts"

/** Ten records, a batch each, a second apart. */
const ten = Effect.gen(function*() {
  const topic = yield* Case.topic()
  const producer = yield* Case.producer()
  for (let index = 0; index < 10; index++) {
    const timestampMs = 1_700_000_000_000 + index * 1000
    yield* producer.send({ topic, partition: 0, value: `v${index}`, timestampMs })
  }
  return { topic, producer }
})

const begin = Case.of(
  "begins at the start, the end, an offset and a time",
  Effect.gen(function*() {
    const { producer, topic } = yield* ten
    const consumer = yield* Case.assigned(topic)
    const next = Effect.map(Case.read(consumer, 1), ([record]) => record!.offset)
    assert.strictEqual(yield* next, 0)
    yield* consumer.seek(Case.at(topic), 6)
    assert.strictEqual(yield* next, 6)
    yield* consumer.seekToBeginning()
    assert.strictEqual(yield* next, 0)
    yield* consumer.seekToTime(1_700_000_003_500)
    assert.strictEqual(yield* next, 4)
    yield* consumer.seekToEnd()
    assert.strictEqual(yield* consumer.position(Case.at(topic)), 10)
    yield* producer.send({ topic, partition: 0, value: "new" })
    assert.strictEqual(yield* next, 10)

    const latest = yield* Case.assigned(topic, [0], { autoOffsetReset: "latest" })
    assert.strictEqual(yield* latest.position(Case.at(topic)), 11)
    yield* producer.send({ topic, partition: 0, value: "newer" })
    assert.deepStrictEqual(Case.values(yield* Case.read(latest, 1)), ["newer"])
  })
)

const questions = Case.of(
  "tells ends of the log, offsets of times, positions and lag",
  Effect.gen(function*() {
    const { topic } = yield* ten
    const key = `${topic}-0`
    const consumer = yield* Case.assigned(topic)
    assert.strictEqual((yield* consumer.beginningOffsets([Case.at(topic)])).get(key), 0)
    assert.strictEqual((yield* consumer.endOffsets([Case.at(topic)])).get(key), 10)
    const times = yield* consumer.offsetsForTimes([
      { ...Case.at(topic), timestampMs: 1_700_000_008_001 }
    ])
    assert.deepInclude(times.get(key), { offset: 9, timestampMs: 1_700_000_009_000 })
    yield* Case.read(consumer, 4)
    assert.strictEqual(yield* consumer.position(Case.at(topic)), 4)
    assert.strictEqual(consumer.lag(Case.at(topic)), 6)
  })
)

const pause = Case.of(
  "pauses and resumes",
  Effect.gen(function*() {
    const topic = yield* Case.topic(2)
    const producer = yield* Case.producer()
    yield* producer.sendAll([0, 1].flatMap((p) => Case.records(topic, Case.numbered(5), p)))
    const consumer = yield* Case.assigned(topic, [0, 1])
    yield* consumer.pause([Case.at(topic, 1)])
    const first = yield* Case.read(consumer, 5)
    assert.deepStrictEqual(first.map(({ partition }) => partition), [0, 0, 0, 0, 0])
    assert.deepStrictEqual(yield* consumer.poll(10, "200 millis"), [])
    yield* consumer.resume([Case.at(topic, 1)])
    const second = yield* Case.read(consumer, 5)
    assert.deepStrictEqual(second.map(({ partition }) => partition), [1, 1, 1, 1, 1])
  })
)

const polls = Case.of(
  "polls at most so many, and nothing when time is over",
  Effect.gen(function*() {
    const topic = yield* Case.topic()
    const producer = yield* Case.producer({ lingerMs: 50 })
    yield* producer.sendAll(Case.records(topic, Case.numbered(100)))
    const consumer = yield* Case.assigned(topic)
    const offsets: Array<number> = []
    while (offsets.length < 100) {
      const records = yield* consumer.poll(7, "5 seconds")
      assert.isAtMost(records.length, 7)
      offsets.push(...records.map(({ offset }) => offset))
    }
    assert.deepStrictEqual(offsets, Array.from({ length: 100 }, (_, index) => index))
    const start = performance.now()
    assert.deepStrictEqual(yield* consumer.poll(7, "300 millis"), [])
    assert.isAtLeast(performance.now() - start, 250)
  })
)

const longPoll = Case.of(
  "waits at the broker, and wakes with an append",
  Effect.gen(function*() {
    const topic = yield* Case.topic()
    const producer = yield* Case.producer({ lingerMs: 0 })
    yield* producer.send({ topic, partition: 0, value: "first" })
    // A broker that answered empty fetches at once would be asked some thousand times a second.
    const consumer = yield* Case.assigned(topic, [0], { fetchWaitMsMax: 20_000 })
    yield* Case.read(consumer, 1)
    const waiting = yield* Effect.forkChild(consumer.poll(1, "20 seconds"))
    yield* Effect.sleep("500 millis")
    const start = performance.now()
    yield* producer.send({ topic, partition: 0, value: "second" })
    assert.deepStrictEqual(Case.values(yield* Fiber.join(waiting)), ["second"])
    const ms = performance.now() - start
    assert.isBelow(ms, 10_000, "the fetch waited on though a record had come")
    return `${ms.toFixed(1)} ms from send to record`
  })
)

const streams = Case.of(
  "gives streams of records and of batches, whole and from inside a batch",
  Effect.gen(function*() {
    const topic = yield* Case.topic()
    const producer = yield* Case.producer({ lingerMs: 100 })
    for (let round = 0; round < 3; round++) {
      yield* producer.sendAll(Case.records(topic, Case.numbered(100, round * 100)))
    }
    const records = (yield* Case.assigned(topic)).records.pipe(Stream.take(300))
    assert.deepStrictEqual(Case.values(yield* Stream.runCollect(records)), Case.numbered(300))
    const consumer = yield* Case.assigned(topic)
    yield* consumer.seek(Case.at(topic), 30)
    const batches = yield* consumer.batches.pipe(
      Stream.takeUntil(({ lastOffset }) => lastOffset >= 299),
      Stream.runCollect
    )
    assert.strictEqual(batches[0]!.records[0].offset, 30)
    let next = 30
    for (const { lastOffset, records } of batches) {
      for (const { offset } of records) assert.strictEqual(offset, next++)
      assert.strictEqual(lastOffset, next - 1)
    }
    assert.strictEqual(next, 300)
    const polled = yield* Case.assigned(topic)
    const first = yield* Effect.repeat(polled.pollBatches(1, "5 seconds"), {
      until: (found) => found.length > 0
    })
    assert.strictEqual(first.length, 1)
    return `${batches.length} batches`
  })
)

/** Offsets 0 to 4 are deleted, and there are none from 10 on. */
const outOfRange = (["earliest", "latest", "none"] as const).map((autoOffsetReset) =>
  Case.of(
    `goes by the policy where an offset is out of range: ${autoOffsetReset}`,
    Effect.gen(function*() {
      const { topic } = yield* ten
      const admin = yield* Admin
      yield* Admin.orFail(admin.deleteRecords([{ ...Case.at(topic), before: 5 }]))
      for (const offset of [2, 1000]) {
        const consumer = yield* Case.assigned(topic, [0], { autoOffsetReset })
        yield* consumer.seek(Case.at(topic), offset)
        if (autoOffsetReset === "earliest") {
          assert.strictEqual((yield* Case.read(consumer, 1))[0]!.offset, 5)
        } else if (autoOffsetReset === "latest") {
          assert.deepStrictEqual(yield* consumer.poll(10, "700 millis"), [])
          assert.strictEqual(yield* consumer.position(Case.at(topic)), 10)
        } else {
          const error = yield* Effect.flip(consumer.poll(10, "10 seconds"))
          assert.strictEqual(Case.reasonOf(error), "NoOffset")
        }
      }
    })
  )
)

const fetchSizes = Case.of(
  "reads on where a batch is larger than what a fetch may bring",
  Effect.gen(function*() {
    const topic = yield* Case.topic(2)
    const producer = yield* Case.producer({ batchBytesMax: 200_000, lingerMs: 50 })
    const values = Array.from({ length: 12 }, (_, index) => Buffer.alloc(50_000, index))
    const all = [0, 1].flatMap((partition) => values.map((value) => ({ topic, partition, value })))
    yield* producer.sendAll(all)
    const options = { fetchBytesMax: 1000, partitionBytesMax: 1000, prefetchBytesMax: 300_000 }
    const consumer = yield* Case.assigned(topic, [0, 1], options)
    const records = yield* Case.read(consumer, all.length)
    for (const { offset, value } of records) assert.strictEqual(value![0], offset)
  })
)

const nonsense = Case.of(
  "refuses what makes no sense",
  Effect.gen(function*() {
    const consumer = yield* Case.consumer()
    const named = yield* Effect.flip(consumer.assign([{ topic: "no/name", partition: 0 }]))
    const sought = yield* Effect.flip(consumer.seek(Case.at("not-assigned"), 1))
    const commit = yield* Effect.flip(consumer.commitSync())
    assert.deepStrictEqual(
      [named, sought, commit].map(Case.reasonOf),
      ["InvalidArgument", "InvalidArgument", "InvalidArgument"]
    )
  })
)

export const cases: ReadonlyArray<Case.Case> = [
  begin,
  questions,
  pause,
  polls,
  longPoll,
  streams,
  ...outOfRange,
  fetchSizes,
  nonsense
]
