// What `mymq produce` does: sends what comes in on stdin, a record a line, as fast as it comes or at a rate,
// and ends when all of it is acknowledged. The first record that fails stops the reading; what was read
// before it is still sent.
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Stdio from "effect/Stdio"
import * as Stream from "effect/Stream"
import type * as CompressionType from "../../../domain/record/CompressionType.ts"
import { Admin } from "../../client/Admin.ts"
import { Producer } from "../../client/Producer.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import { NotWell } from "../ExitCode.ts"
import * as Output from "../Output.ts"
import * as PartitionChoice from "../PartitionChoice.ts"
import * as Quantity from "../Quantity.ts"
import * as Refusal from "../Refusal.ts"
import { LineFeed } from "./LineFeed.ts"
import * as RecordFormat from "./RecordFormat.ts"
import { Tally } from "./Tally.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly topic: string
  readonly format: "lines" | "json"
  readonly key: Option.Option<string>
  readonly keySeparator: Option.Option<string>
  readonly headers: Readonly<Record<string, string>>
  readonly partition: Option.Option<number>
  readonly emptyIsNull: boolean
  readonly rate: Option.Option<number>
  readonly compression: CompressionType.Name
  readonly acks: "0" | "1" | "all"
  readonly create: boolean
  readonly json: boolean
}

export const produce = Effect.fnUntraced(function*(given: Given) {
  yield* findTopic(given)
  const producer = yield* Producer
  const { stdin } = yield* Stdio.Stdio
  const tally = new Tally()
  const feed = new LineFeed({
    parse: formatOf(given),
    producer,
    tally,
    rate: Option.getOrUndefined(given.rate)
  })
  const read = stdin.pipe(
    Stream.runForEachArray((chunks) => Effect.forEach(chunks, feed.chunk, { discard: true })),
    Effect.andThen(feed.end)
  )
  // What was read is sent, whatever ended the reading.
  const ended = yield* Effect.result(read)
  yield* producer.flush
  const { error, failed } = tally
  const unread = Result.isFailure(ended) ? ended.failure.message : undefined
  const wrong = error === undefined
    ? unread
    : `${Quantity.count(failed, "record")} not written: ${error.message}`
  yield* told(given, tally, wrong)
})

const findTopic = Effect.fnUntraced(function*({ create, partition, topic }: Given) {
  const admin = yield* Admin
  if (create) {
    const there = (yield* admin.listTopics()).some((known) => known.topic === topic)
    const made = there ? Effect.void : Admin.orFail(admin.createTopics([{ topic }]))
    yield* Refusal.named("topic", topic)(Effect.asVoid(made))
  }
  yield* PartitionChoice.of(topic, Option.toArray(partition))
})

const formatOf = (given: Given): RecordFormat.Parse => {
  const options: RecordFormat.LineOptions = {
    topic: given.topic,
    partition: Option.getOrUndefined(given.partition),
    key: Option.getOrUndefined(given.key),
    keySeparator: Option.getOrUndefined(given.keySeparator),
    headers: Object.entries(given.headers).map(([name, value]) => [name, Buffer.from(value)]),
    emptyIsNull: given.emptyIsNull
  }
  return given.format === "json" ? RecordFormat.json(options) : RecordFormat.lines(options)
}

const told = Effect.fnUntraced(
  function*({ json, topic }: Given, tally: Tally, wrong: string | undefined) {
    const { failed, records } = tally
    const partitions = tally.byPartition
    if (json) {
      const error = wrong === undefined ? {} : { error: wrong }
      yield* Output.document({ topic, records, failed, partitions, ...error })
      if (wrong === undefined) return
      yield* Console.error(`mymq: ${wrong}`)
      return yield* new NotWell()
    }
    const places = Quantity.count(partitions.length, "partition")
    const where = partitions.length === 0 ? "" : `, in ${places}`
    yield* Output.line(`${Quantity.count(records, "record")} produced to "${topic}"${where}`)
    if (wrong !== undefined) return yield* new Refusal.Refusal({ detail: wrong })
  }
)

export const run = (given: Given) => {
  const acks = given.acks === "all" ? "all" : given.acks === "1" ? 1 : 0
  const producer = Producer.layer({ compression: given.compression, acks, autoCreateTopics: false })
  const cluster = ClusterAccess.layer(given.broker)
  return Effect.provide(produce(given), Layer.provideMerge(producer, cluster))
}
