// What `mymq bench consume` does: reads the records of a topic by polls or as a stream, commits them, and tells
// what that took. It reads as nobody's fellow: partitions are assigned by hand, and the group under whose
// name it commits is forgotten afterwards.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import type { TopicPartition } from "../../../domain/Topic.ts"
import { Compression } from "../../../layers/compression/Compression.ts"
import { Admin } from "../../client/Admin.ts"
import * as ConsumerModule from "../../client/Consumer.ts"
import type { ConsumerRecord } from "../../client/consumer/ConsumerRecord.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Quantity from "../Quantity.ts"
import * as BenchTopic from "./BenchTopic.ts"
import { Histogram } from "./Histogram.ts"
import * as Meter from "./Meter.ts"
import * as ProgressBar from "./ProgressBar.ts"
import { RecordFeed } from "./RecordFeed.ts"
import * as SampleValues from "./SampleValues.ts"

export interface Given extends BenchTopic.Sending {
  readonly broker: BrokerFlags.Given
  readonly records: number
  readonly by: "poll" | "stream"
  readonly pollRecords: number
  readonly fetchBytes: number
  readonly json: boolean
}

type Consumer = ConsumerModule.Consumer["Service"]

/** Of the producer that fills the topic, which is not measured. */
const LINGER_MS = 5

/** What was read so far. */
class Reading {
  records = 0
  bytes = 0
  chunks = 0
  /** From a chunk's being read to its being committed, in microseconds. */
  readonly commits = new Histogram()

  take(records: ReadonlyArray<ConsumerRecord>): void {
    for (const { value } of records) this.bytes += value?.length ?? 0
    this.records += records.length
    this.chunks++
  }
}

const consume = Effect.fnUntraced(function*(given: Given) {
  const { partitions, topic } = yield* BenchTopic.use(given)
  if (Option.isNone(given.topic)) yield* fill(given, topic)
  const consumer = yield* makeConsumer(given)
  yield* consumer.assign(partitions)
  const ends = [...(yield* consumer.endOffsets(partitions)).values()]
  const starts = [...(yield* consumer.beginningOffsets(partitions)).values()]
  const sum = (offsets: ReadonlyArray<number>) => offsets.reduce((all, each) => all + each, 0)
  const total = Math.min(given.records, sum(ends) - sum(starts))
  const reading = new Reading()
  const meter = new Meter.Meter()
  yield* ProgressBar.shown(
    given.by === "poll"
      ? polls(consumer, reading, total, given.pollRecords, partitions)
      : stream(consumer, reading, total),
    { doing: "reading", total, done: () => reading.records },
    !given.json
  )
  yield* told(given, topic, partitions.length, meter, reading)
})

const makeConsumer = Effect.fnUntraced(function*(given: Given) {
  const admin = yield* Admin
  const groupId = BenchTopic.name()
  // Behind the consumer's own end, so that nothing is committed any more.
  yield* Effect.addFinalizer(() => Effect.ignore(admin.deleteGroups([groupId])))
  return yield* ConsumerModule.make({
    groupId,
    autoCommit: false,
    autoOffsetReset: "earliest",
    partitionBytesMax: given.fetchBytes
  })
})

const fill = (given: Given, topic: string) =>
  Effect.scoped(Effect.gen(function*() {
    const values = SampleValues.make(given.size, given.content)
    const feed = new RecordFeed({
      producer: yield* BenchTopic.producer(given, LINGER_MS),
      count: given.records,
      rate: undefined,
      recordOf: (index) => ({ topic, value: values[index % values.length]! })
    })
    const progress = { doing: "filling", total: given.records, done: () => feed.answered }
    yield* ProgressBar.shown(feed.run(), progress, !given.json)
  }))

const polls = Effect.fnUntraced(function*(
  consumer: Consumer,
  reading: Reading,
  total: number,
  recordsMax: number,
  partitions: ReadonlyArray<TopicPartition>
) {
  while (reading.records < total) {
    const records = yield* consumer.poll(Math.min(recordsMax, total - reading.records))
    if (records.length === 0 && (yield* isAtEnd(consumer, partitions))) return
    if (records.length === 0) continue
    reading.take(records)
    const startMs = performance.now()
    yield* consumer.commitSync()
    reading.commits.record((performance.now() - startMs) * 1000)
  }
})

/** Offsets may have holes: then fewer records come than the offsets tell. */
const isAtEnd = (consumer: Consumer, partitions: ReadonlyArray<TopicPartition>) =>
  Effect.sync(() => partitions.every((partition) => consumer.lag(partition) === 0))

const stream = (consumer: Consumer, reading: Reading, total: number) =>
  consumer.records.pipe(
    Stream.chunks,
    Stream.mapEffect((records) => {
      reading.take(records)
      const startMs = performance.now()
      return Effect.map(
        consumer.acknowledge(records),
        () => reading.commits.record((performance.now() - startMs) * 1000)
      )
    }),
    Stream.takeUntil(() => reading.records >= total),
    Stream.runDrain
  )

const told = Effect.fnUntraced(function*(
  given: Given,
  topic: string,
  partitions: number,
  meter: Meter.Meter,
  reading: Reading
) {
  const figures = meter.figures(reading.records, reading.bytes)
  const commitMs = Meter.percentiles(reading.commits)
  const { by } = given
  if (given.json) {
    const { chunks } = reading
    return yield* Output.document({ topic, partitions, by, chunks, ...figures, commitMs })
  }
  const what = `${Quantity.count(figures.records, "record")} read in ${
    figures.seconds.toFixed(2)
  } s`
  const where = BenchTopic.described(given, topic, partitions)
  const noun = by === "poll" ? "poll" : "chunk"
  const how = `${Quantity.count(reading.chunks, noun)}, each committed`
  yield* Output.line(`${what} from ${where}, by ${how}\n`)
  yield* Output.table(...Meter.table(figures, "COMMIT", commitMs))
})

export const run = (given: Given) =>
  Effect.scoped(consume(given)).pipe(
    Effect.provide(Layer.mergeAll(ClusterAccess.layer(given.broker), Compression.layer))
  )
