// What the client allocates for each record of 250 B, by V8's sampling allocation profiler, objects that were
// collected meanwhile among them: on `push` with a callback, by batches, by record views with and without their
// values, and by polls. An Effect, a Promise or a closure for each record would show as some 50 to 500 B. `TOP=15` names
// the places that allocate most.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Session } from "node:inspector/promises"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import * as Client from "../../../src/runtime/client/Client.ts"
import type { Cluster } from "../../../src/runtime/client/Cluster.ts"
import * as Consumer from "../../../src/runtime/client/Consumer.ts"
import type { ConsumerBatch } from "../../../src/runtime/client/ConsumerBatch.ts"
import * as Producer from "../../../src/runtime/client/Producer.ts"
import * as Bench from "../../Bench.ts"
import * as Programs from "../../versus/Programs.ts"

const RECORDS = Bench.parameter("RECORDS", 5000, 500_000)
const TOP = Bench.parameter("TOP", 0, 0)
const INTERVAL_BYTES = 8192
const TOPIC = "bench"
const VALUE = Buffer.alloc(250, "the quick brown fox jumps over the lazy dog ")

type Needs = Cluster | Compression
type Reading = (consumer: Consumer.Consumer["Service"]) => Effect.Effect<unknown, unknown>

let called = 0
const callback = (error: unknown) => {
  if (error !== undefined) throw error
  called++
}

const push = Effect.scoped(Effect.gen(function*() {
  const producer = yield* Producer.make()
  const record = { topic: TOPIC, partition: 0, value: VALUE }
  for (let i = 0; i < RECORDS; i++) {
    if (!producer.push(record, callback)) yield* producer.drained
  }
  yield* producer.flush
}))

let touched = 0

const batches = (touch: (batch: ConsumerBatch) => void): Reading => (consumer) => {
  let left = RECORDS
  return consumer.batches.pipe(
    Stream.map((batch) => {
      touch(batch)
      left -= batch.records.length
      return left
    }),
    Stream.takeUntil((left) => left <= 0),
    Stream.runDrain
  )
}

const polls: Reading = Effect.fnUntraced(function*(consumer) {
  for (let left = RECORDS; left > 0;) left -= (yield* consumer.poll(500, "10 seconds")).length
})

const reading = (read: Reading): Effect.Effect<unknown, unknown, Needs> =>
  Effect.scoped(Effect.gen(function*() {
    const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
    yield* consumer.assign([{ topic: TOPIC, partition: 0 }])
    yield* read(consumer)
  }))

const paths: ReadonlyArray<readonly [string, Effect.Effect<unknown, unknown, Needs>]> = [
  ["push, one callback for all", push],
  [
    "batches, records not touched",
    reading(batches((batch) => {
      touched += batch.lastOffset
    }))
  ],
  [
    "batches, offset and length of each record",
    reading(batches(({ records }) => {
      for (const { offset, valueBytes } of records) touched += offset + valueBytes
    }))
  ],
  [
    "batches, value of each record",
    reading(batches(({ records }) => {
      for (const { value } of records) touched += value![0]!
    }))
  ],
  ["poll of 500", reading(polls)]
]

interface Frame {
  readonly callFrame: {
    readonly functionName: string
    readonly url: string
    readonly lineNumber: number
  }
  readonly selfSize: number
  readonly children: ReadonlyArray<Frame>
}

const sizes = (frame: Frame, into = new Map<string, number>()): ReadonlyMap<string, number> => {
  const { functionName, lineNumber, url } = frame.callFrame
  const file = url.split("/").slice(-2).join("/")
  const name = `${functionName === "" ? "(anonymous)" : functionName} ${file}:${lineNumber + 1}`
  into.set(name, (into.get(name) ?? 0) + frame.selfSize)
  for (const child of frame.children) sizes(child, into)
  return into
}

const session = new Session()
session.connect()

const sampled = async (run: () => Promise<unknown>): Promise<ReadonlyMap<string, number>> => {
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true
  } as never)
  await run()
  const { profile } = await session.post("HeapProfiler.stopSampling")
  return sizes(profile.head as Frame)
}

const program = await Programs.broker({
  "auto.create.topics.enable": "true",
  "num.partitions": "1"
})
const layer = Layer.merge(
  Client.layer({ bootstrapServers: `127.0.0.1:${program.port}` }),
  Compression.layer
)
const rows: Array<Readonly<Record<string, string | number>>> = []
const tops: Array<string> = []
for (const [name, effect] of paths) {
  const run = () => Effect.runPromise(Effect.provide(effect, layer))
  await run() // once unmeasured, for the compilers' sake
  const found = [...await sampled(run)].sort(([, a], [, b]) => b - a)
  const total = found.reduce((sum, [, bytes]) => sum + bytes, 0)
  rows.push({
    path: name,
    "heap B/record": total / RECORDS,
    "most by": found[0] === undefined ? "" : found[0][0]
  })
  tops.push(
    `\n${name}:`,
    ...found.slice(0, TOP).map(([place, bytes]) =>
      `  ${(bytes / RECORDS).toFixed(2).padStart(8)} B/record  ${place}`
    )
  )
}
session.disconnect()
await program.stop()
if (called === 0 || touched === 0) throw new Error("nothing was sent or read")
console.log(Bench.table(rows))
if (TOP > 0) console.log(tops.join("\n"))
