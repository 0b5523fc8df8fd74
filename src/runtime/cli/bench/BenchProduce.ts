// What `mymq bench produce` does: sends records by `push` with a callback each, and tells what that took.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { Compression } from "../../../layers/compression/Compression.ts"
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
  readonly lingerMs: number
  readonly rate: Option.Option<number>
  readonly json: boolean
}

/** Of so many the time to their acknowledgement is taken: it costs a closure each. */
const SAMPLES = 10_000

const produce = Effect.fnUntraced(function*(given: Given) {
  const { partitions, topic } = yield* BenchTopic.use(given)
  const producer = yield* BenchTopic.producer(given, given.lingerMs)
  const values = SampleValues.make(given.size, given.content)
  const latency = new Histogram()
  const every = Math.ceil(given.records / SAMPLES)
  const pushedMs = new Float64Array(Math.ceil(given.records / every))
  const record = { topic, value: values[0]! }
  const feed = new RecordFeed({
    producer,
    count: given.records,
    rate: Option.getOrUndefined(given.rate),
    recordOf: (index) => {
      if (index % every === 0) pushedMs[index / every] = performance.now()
      record.value = values[index % values.length]!
      return record
    },
    answerEvery: every,
    onAnswer: (index) => latency.record((performance.now() - pushedMs[index / every]!) * 1000)
  })
  const meter = new Meter.Meter()
  yield* ProgressBar.shown(
    feed.run(),
    { doing: "sending", total: given.records, done: () => feed.answered },
    !given.json
  )
  const figures = meter.figures(feed.answered, feed.answered * given.size)
  yield* told(given, topic, partitions.length, figures, Meter.percentiles(latency))
})

const told = Effect.fnUntraced(function*(
  given: Given,
  topic: string,
  partitions: number,
  figures: Meter.Figures,
  ackMs: Meter.Percentiles
) {
  const { acks, batchBytes, compression, lingerMs, size } = given
  if (given.json) {
    const settings = { acks, compression, valueBytes: size, batchBytesMax: batchBytes, lingerMs }
    return yield* Output.document({ topic, partitions, ...settings, ...figures, ackMs })
  }
  const what = `${Quantity.count(figures.records, "record")} of ${size} bytes`
  const where = BenchTopic.described(given, topic, partitions)
  const seconds = figures.seconds.toFixed(2)
  const codec = compression === "none" ? "" : `, ${compression}`
  yield* Output.line(`${what} sent in ${seconds} s to ${where}, acks ${acks}${codec}\n`)
  yield* Output.table(...Meter.table(figures, "ACK", ackMs))
})

export const run = (given: Given) =>
  Effect.scoped(produce(given)).pipe(
    Effect.provide(Layer.mergeAll(ClusterAccess.layer(given.broker), Compression.layer))
  )
