// What `mymq bench latency` does: sends records at a rate and reads them in the same program, whose one clock
// tells how long each was on its way. The time at which a record was sent stands in its first bytes, and
// after it a mark of this run, because somebody else may write into the topic too.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import type { TopicPartition } from "../../../domain/Topic.ts"
import { Compression } from "../../../layers/compression/Compression.ts"
import * as ConsumerModule from "../../client/Consumer.ts"
import type { ConsumerRecord } from "../../client/consumer/ConsumerRecord.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import { UsageError } from "../ExitCode.ts"
import * as Output from "../Output.ts"
import * as Quantity from "../Quantity.ts"
import * as Refusal from "../Refusal.ts"
import * as BenchTopic from "./BenchTopic.ts"
import { Histogram } from "./Histogram.ts"
import * as HistogramText from "./HistogramText.ts"
import * as Meter from "./Meter.ts"
import * as ProgressBar from "./ProgressBar.ts"
import { RecordFeed } from "./RecordFeed.ts"
import * as SampleValues from "./SampleValues.ts"

export interface Given extends BenchTopic.Sending {
  readonly broker: BrokerFlags.Given
  readonly records: number
  readonly rate: number
  readonly lingerMs: number
  readonly json: boolean
}

/** Time and mark. */
const STAMP_BYTES = 12
/** A sender that is later than its timer is late by its own fault, which the record has to bear. */
const TIMER_MS = 3
/** For the last records to come, once all are acknowledged. */
const REST_WAIT = "30 seconds"

class Stamps {
  readonly latency = new Histogram()
  received = 0
  private readonly mark = Math.floor(Math.random() * 2 ** 32)
  private readonly warm: number

  constructor(count: number) {
    this.warm = Math.floor(count / 10)
  }

  stamp(value: Buffer, dueMs: number): void {
    const nowMs = performance.now()
    value.writeDoubleBE(nowMs - dueMs > TIMER_MS ? dueMs : nowMs, 0)
    value.writeUInt32BE(this.mark, 8)
  }

  read(records: ReadonlyArray<ConsumerRecord>): void {
    const nowMs = performance.now()
    for (const { value } of records) {
      if (value === null || value.length < STAMP_BYTES) continue
      if (value.readUInt32BE(8) !== this.mark) continue
      if (this.received++ < this.warm) continue
      this.latency.record((nowMs - value.readDoubleBE(0)) * 1000)
    }
  }
}

const latency = Effect.fnUntraced(function*(given: Given) {
  if (given.size < STAMP_BYTES) {
    const detail = `--size is at least ${STAMP_BYTES} here: a record holds when it was sent`
    return yield* new UsageError({ detail })
  }
  const { partitions, topic } = yield* BenchTopic.use(given)
  const stamps = new Stamps(given.records)
  const consumer = yield* atEnd(partitions)
  const reader = yield* Effect.forkScoped(read(consumer, stamps, given.records))
  const values = SampleValues.make(given.size, given.content)
  const record = { topic, value: values[0]! }
  const feed = new RecordFeed({
    producer: yield* BenchTopic.producer(given, given.lingerMs),
    count: given.records,
    rate: given.rate,
    recordOf: (index, dueMs) => {
      record.value = values[index % values.length]!
      stamps.stamp(record.value, dueMs)
      return record
    }
  })
  const rest = Effect.timeoutOrElse(Fiber.join(reader), {
    duration: REST_WAIT,
    orElse: () => new Refusal.Refusal({ detail: missing(given.records - stamps.received) })
  })
  const meter = new Meter.Meter()
  yield* ProgressBar.shown(
    Effect.andThen(feed.run(), rest),
    { doing: "on the way", total: given.records, done: () => stamps.received },
    !given.json
  )
  const figures = meter.figures(stamps.received, stamps.received * given.size)
  yield* told(given, topic, partitions.length, figures, stamps.latency)
})

const missing = (count: number): string =>
  `${Quantity.count(count, "acknowledged record")} did not come back within ${REST_WAIT}`

/** A consumer that stands at the end of each partition. */
const atEnd = Effect.fnUntraced(function*(partitions: ReadonlyArray<TopicPartition>) {
  const consumer = yield* ConsumerModule.make({ autoOffsetReset: "latest" })
  yield* consumer.assign(partitions)
  yield* consumer.seekToEnd()
  yield* Effect.forEach(partitions, consumer.position, { concurrency: "unbounded" })
  return consumer
})

const read = (consumer: ConsumerModule.Consumer["Service"], stamps: Stamps, count: number) =>
  Effect.whileLoop({
    while: () => stamps.received < count,
    body: () => consumer.pollBatches(),
    step: (batches) => {
      for (const { records } of batches) stamps.read(records)
    }
  })

const told = Effect.fnUntraced(function*(
  given: Given,
  topic: string,
  partitions: number,
  figures: Meter.Figures,
  latency: Histogram
) {
  const { acks, compression, lingerMs, rate, size } = given
  const percentiles = Meter.percentiles(latency)
  if (given.json) {
    const settings = { rate, acks, compression, valueBytes: size, lingerMs }
    return yield* Output.document({
      topic,
      partitions,
      ...settings,
      ...figures,
      latencyMs: percentiles
    })
  }
  const what = `${Quantity.count(figures.records, "record")} of ${size} bytes at ${rate}/s`
  yield* Output.line(`${what} through ${BenchTopic.described(given, topic, partitions)}\n`)
  yield* Output.table(...Meter.table(figures, "END TO END", percentiles))
  yield* Output.line(`\n${HistogramText.format(latency).trimEnd()}`)
})

export const run = (given: Given) =>
  Effect.scoped(latency(given)).pipe(
    Effect.provide(Layer.mergeAll(ClusterAccess.layer(given.broker), Compression.layer))
  )
