// What docs/client/consume.md shows, as one program.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
// #region records
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #endregion
import * as Layer from "effect/Layer"
// #region records
import * as Stream from "effect/Stream"
// #endregion
import { Admin } from "mymq/Admin"
import * as Client from "mymq/Client"
// #region records
import { Consumer } from "mymq/Consumer"

const readRecords = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.records.pipe(
    Stream.take(3),
    Stream.runForEach(({ key, offset, value }) => Console.log(`${offset}: ${key} = ${value}`))
  )
})
// #endregion
import { Producer } from "mymq/Producer"

// #region batches
const readBatches = Effect.gen(function*() {
  const consumer = yield* Consumer
  let bytes = 0
  yield* consumer.batches.pipe(
    Stream.takeUntil(({ lastOffset }) => lastOffset >= 999),
    Stream.runForEach(({ records }) =>
      Effect.sync(() => {
        for (const record of records) bytes += record.valueBytes
      })
    )
  )
  yield* Console.log(`${bytes} bytes of values`)
})
// #endregion

// #region poll
const readByPolls = Effect.gen(function*() {
  const consumer = yield* Consumer
  let count = 0
  while (count < 1000) {
    const records = yield* consumer.poll(200, "2 seconds")
    count += records.length
  }
  yield* Console.log(`${count} records in polls of at most 200`)
})
// #endregion

// #region assign
const readByHand = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.assign([{ topic: "readings", partition: 0 }])
  yield* consumer.seek({ topic: "readings", partition: 0 }, 500)
  const [record] = yield* consumer.poll(1)
  yield* Console.log(`begins with ${record?.value}`)
})
// #endregion

// #region seek
const moveAbout = Effect.gen(function*() {
  const consumer = yield* Consumer
  const partitions = yield* consumer.partitionsOf("readings")
  yield* consumer.assign(partitions)

  yield* consumer.seekToEnd()
  yield* Console.log(`ends at ${yield* consumer.position(partitions[0]!)}`)

  yield* consumer.seekToBeginning(partitions)
  yield* Console.log(`begins at ${yield* consumer.position(partitions[0]!)}`)

  yield* consumer.seekToTime(Date.UTC(2026, 0, 1, 0, 10))
  const [record] = yield* consumer.poll(1)
  yield* Console.log(`ten minutes into 2026: ${record?.value}`)
})
// #endregion

// #region pause
const waitABit = Effect.gen(function*() {
  const consumer = yield* Consumer
  const busy = { topic: "readings", partition: 0 }
  yield* consumer.pause([busy])
  const none = yield* consumer.poll(10, "100 millis")
  yield* consumer.resume([busy])
  const some = yield* consumer.poll(10)
  yield* Console.log(`paused ${none.length}, resumed ${some.length}, ${consumer.lag(busy)} to go`)
})
// #endregion

// #region questions
const ask = Effect.gen(function*() {
  const consumer = yield* Consumer
  const partitions = yield* consumer.partitionsOf("readings")
  const ends = yield* consumer.endOffsets(partitions)
  const at = yield* consumer.offsetsForTimes([
    { topic: "readings", partition: 0, timestampMs: Date.UTC(2026, 0, 1, 0, 10) }
  ])
  yield* Console.log(`end ${ends.get("readings-0")}, at ten past ${at.get("readings-0")?.offset}`)
})
// #endregion

// #region options
const reader = Consumer.layer({ autoOffsetReset: "earliest" })
const member = Consumer.layer({
  groupId: "dashboard",
  topics: /^readings(-.*)?$/,
  autoOffsetReset: { byDurationMs: 3_600_000 },
  isolationLevel: "read_committed"
})
// #endregion

const write = Effect.gen(function*() {
  const admin = yield* Admin
  const producer = yield* Producer
  yield* Admin.orFail(admin.createTopics([{ topic: "readings", partitions: 1 }]))
  const start = Date.UTC(2026, 0, 1)
  yield* producer.sendAll(Array.from({ length: 1000 }, (_, minute) => ({
    topic: "readings",
    key: "kitchen",
    value: `reading ${minute}`,
    timestampMs: start + minute * 60_000
  })))
})

const assigned = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.assign(yield* consumer.partitionsOf("readings"))
})

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })

Effect.gen(function*() {
  yield* write
  for (const read of [readRecords, readBatches, readByPolls]) {
    yield* Effect.provide(Effect.andThen(assigned, read), reader)
  }
  for (const read of [readByHand, moveAbout, ask]) yield* Effect.provide(read, reader)
  yield* Effect.provide(Effect.andThen(assigned, waitABit), reader)
  yield* Effect.provide(Effect.asVoid(Consumer), member)
}).pipe(
  Effect.provide(Layer.mergeAll(Producer.layer(), Admin.layer).pipe(Layer.provideMerge(kafka))),
  NodeRuntime.runMain
)
