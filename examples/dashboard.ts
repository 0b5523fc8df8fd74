// A live dashboard: how many records of each key came within the last second, the busiest first.
//
//     node examples/dashboard.ts [TOPIC]      with MYMQ_BOOTSTRAP (127.0.0.1:9092); "clicks" without TOPIC
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schedule from "effect/Schedule"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as Client from "mymq/Client"
import { Consumer, type ConsumerRecord } from "mymq/Consumer"

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env
const [topic = "clicks"] = process.argv.slice(2)
const ROWS_MAX = 10
const BAR_COLUMNS = 40
const CLEAR = process.stdout.isTTY ? "\u001b[H\u001b[J" : ""

/** Counts by key, until the second is over: what it holds is the counts, however many records come. */
const countByKey = Sink.reduceArray(
  () => new Map<string, number>(),
  (counts, records: ReadonlyArray<ConsumerRecord>) => {
    for (const { key } of records) {
      const name = key?.toString() ?? "(none)"
      counts.set(name, (counts.get(name) ?? 0) + 1)
    }
    return counts
  }
)

const chart = (counts: ReadonlyMap<string, number>): string => {
  const rows = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, ROWS_MAX)
  const [, most] = rows[0]!
  return rows.map(([key, count]) => {
    const bar = "█".repeat(Math.ceil(count / most * BAR_COLUMNS))
    return `${key.padEnd(16)} ${String(count).padStart(7)}/s ${bar}`
  }).join("\n")
}

const dashboard = Effect.gen(function*() {
  const consumer = yield* Consumer
  yield* consumer.assign(yield* consumer.partitionsOf(topic))
  yield* Console.log(`${CLEAR}waiting for records of ${topic}`)
  yield* consumer.records.pipe(
    Stream.aggregateWithin(countByKey, Schedule.spaced("1 second")),
    Stream.runForEach((counts) => Console.log(CLEAR + chart(counts)))
  )
})

dashboard.pipe(
  Effect.provide(
    Consumer.layer().pipe(Layer.provide(Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })))
  ),
  NodeRuntime.runMain
)
