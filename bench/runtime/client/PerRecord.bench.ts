// What the client costs for each record of 250 B, on `push` with a callback, by batches, by record views with
// and without their values, and by polls: CPU by V8's profiler, and what is allocated by its sampling allocation
// profiler, objects that were collected meanwhile among them. An Effect, a Promise or a closure for each record
// would show as 50 to 500 B. `TOP=15` names the places that take most.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Session } from "node:inspector/promises"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import * as Client from "../../../src/runtime/client/Client.ts"
import type { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import * as Consumer from "../../../src/runtime/client/Consumer.ts"
import type { ConsumerBatch } from "../../../src/runtime/client/consumer/ConsumerBatch.ts"
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
  // Records of a topic that nobody knows yet are copied, so as to wait for it: the first asks.
  yield* producer.send(record)
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

const nameOf = ({ functionName, lineNumber, url }: Frame["callFrame"], caller: string): string => {
  const own = functionName === "" ? "(anonymous)" : functionName
  // What the engine itself does goes by who called it.
  return url === ""
    ? `${own} for ${caller}`
    : `${own} ${url.split("/").slice(-2).join("/")}:${lineNumber + 1}`
}

const sizes = (
  frame: Frame,
  caller = "",
  into = new Map<string, number>()
): ReadonlyMap<string, number> => {
  const name = nameOf(frame.callFrame, caller)
  into.set(name, (into.get(name) ?? 0) + frame.selfSize)
  for (const child of frame.children) sizes(child, name, into)
  return into
}

const session = new Session()
session.connect()

type Places = ReadonlyArray<readonly [place: string, perRecord: number]>

const perRecord = (found: ReadonlyMap<string, number>): Places =>
  [...found].map(([place, all]) => [place, all / RECORDS] as const).sort(([, a], [, b]) => b - a)

/** Bytes on the heap. */
const allocated = async (run: () => Promise<unknown>): Promise<Places> => {
  await session.post("HeapProfiler.startSampling", {
    samplingInterval: INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true
  } as never)
  await run()
  const { profile } = await session.post("HeapProfiler.stopSampling")
  return perRecord(sizes(profile.head))
}

/** Microseconds of the main thread. */
const busy = async (run: () => Promise<unknown>): Promise<Places> => {
  await session.post("Profiler.enable")
  await session.post("Profiler.setSamplingInterval", { interval: 200 })
  await session.post("Profiler.start")
  await run()
  const { profile } = await session.post("Profiler.stop")
  const nodes = new Map(profile.nodes.map((node) => [node.id, node]))
  const found = new Map<string, number>()
  for (const [index, id] of profile.samples!.entries()) {
    const { callFrame } = nodes.get(id)!
    if (callFrame.functionName === "(idle)") continue
    const name = nameOf(callFrame, "the engine")
    found.set(name, (found.get(name) ?? 0) + profile.timeDeltas![index]!)
  }
  return perRecord(found)
}

const total = (places: Places): number => places.reduce((sum, [, each]) => sum + each, 0)

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
  const cpu = await busy(run)
  const heap = await allocated(run)
  rows.push({
    path: name,
    "CPU us/record": total(cpu),
    "heap B/record": total(heap),
    "most of the heap": heap[0]![0]
  })
  for (const [what, places] of [["CPU us", cpu], ["heap B", heap]] as const) {
    tops.push(`\n${name}, ${what}/record:`)
    for (const [place, each] of places.slice(0, TOP)) {
      tops.push(`  ${each.toFixed(3).padStart(8)}  ${place}`)
    }
  }
}
session.disconnect()
await program.stop()
if (called === 0 || touched === 0) throw new Error("nothing was sent or read")
console.log(Bench.table(rows))
if (TOP > 0) console.log(tops.join("\n"))
