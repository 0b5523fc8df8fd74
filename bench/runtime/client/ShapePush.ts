// Our client's push in the shape that the environment says, as a program: PARTITIONS, PRODUCERS (all in this
// process, each with connections of its own; records go to them in turn), KEYED=1 (a key with each record,
// which says where it goes; without one batches go round), and what HeadlineLoad and HeadlineClient read.
// Each record has a callback, and each producer sees its offsets grow in every partition.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import * as Bench from "../../Bench.ts"
import * as Load from "../../versus/HeadlineLoad.ts"
import * as HeadlineClient from "./HeadlineClient.ts"

const PRODUCERS = Bench.parameter("PRODUCERS", 1, 1)
const KEYS = 10_000
/** What a producer has by default; many share it, as long as each has some batches. */
const MEMORY_BYTES = 32 * 1024 * 1024
const MEMORY_BYTES_MIN = 1024 * 1024

const values = Load.values()
const keys = process.env["KEYED"] === "1"
  ? Array.from({ length: KEYS }, (_, i) => Buffer.from(`user-${i}`))
  : [null]
let called = 0
let wrong = 0

const callbackOf = () => {
  const last: Array<number> = []
  return (error: unknown, partition: number, offset: number): void => {
    if (error !== undefined || offset <= (last[partition] ?? -1)) wrong++
    last[partition] = offset
    called++
  }
}

const lines = Effect.gen(function*() {
  const layer = Producer.layer({
    acks: HeadlineClient.acks,
    batchBytesMax: Load.BATCH_BYTES,
    inFlightRequestsMax: Load.IN_FLIGHT,
    bufferMemoryBytes: Math.max(MEMORY_BYTES_MIN, Math.floor(MEMORY_BYTES / PRODUCERS)),
    compression: HeadlineClient.codec,
    compressionLevel: HeadlineClient.level
  })
  const fresh = Layer.fresh(Layer.provide(layer, HeadlineClient.layer))
  return yield* Effect.forEach(
    Array.from({ length: PRODUCERS }, () => fresh),
    (layer) =>
      Effect.map(Layer.build(layer), (context) => ({
        producer: Context.get(context, Producer),
        callback: callbackOf()
      }))
  )
})

type Lines = Effect.Success<typeof lines>

const push = Effect.fnUntraced(function*(all: Lines, from: number, to: number) {
  const record = { topic: Load.TOPIC, key: keys[0]!, value: values[0]! }
  for (let i = from; i < to; i++) {
    const { callback, producer } = all[i % all.length]!
    record.value = values[i % values.length]!
    record.key = keys[i % keys.length]!
    if (!producer.push(record, callback)) yield* producer.drained
  }
  yield* Effect.forEach(all, ({ producer }) => producer.flush, { concurrency: "unbounded" })
})

const program = Effect.gen(function*() {
  const all = yield* lines
  const count = Load.WARM + Load.RECORDS
  yield* push(all, 0, Load.WARM - Load.RUN_UP)
  Load.rest()
  yield* push(all, Load.WARM - Load.RUN_UP, Load.WARM)
  const end = Load.measure()
  yield* push(all, Load.WARM, count)
  end()
  if (called !== count || wrong > 0) {
    throw new Error(`${called} callbacks of ${count}, ${wrong} of them wrong`)
  }
})

await Effect.runPromise(Effect.scoped(program))
