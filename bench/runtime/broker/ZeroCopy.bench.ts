// What fetching costs by the three ways from the page cache to a socket: read into a pooled buffer and
// written, the same but read once for all consumers (tail.cache.bytes, the default), and by sendfile
// (zero.copy.fetch.min.bytes): CPU per GB of the broker, and of the clients for information, with 1 and 10
// consumers, at slices of 64 KB, 256 KB and 1 MB. One partition, batches of 64 KB of records of 250 B,
// uncompressed, plain TCP on one machine, durability=os. Consumers are raw sockets that throw away what
// they get; they go on in step, as consumers that keep up do, each with one request in flight.
//
// The ways take turns, each on a broker of its own with all cells on it; medians of the rounds.
import * as Effect from "effect/Effect"
import * as Sendfile from "../../../src/layers/transport/Sendfile.ts"
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"
import * as SampleBatch from "../../versus/SampleBatch.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
/** Fetched in a cell, by all consumers together. */
const MEGABYTES = Bench.parameter("MEGABYTES", 4, 400)
/** Of the log; a reader that comes to its end begins anew. */
const LOG_MEGABYTES = Bench.parameter("LOG_MEGABYTES", 4, 100)
const CONSUMERS = [1, 10]
const SLICES_KB = [64, 256, 1024]
const BATCH_BYTES = 64 * 1024
const TOPIC = "bench"

const hasSendfile = await Effect.runPromise(Sendfile.make(1)) !== undefined
const WAYS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "pooled read": { "tail.cache.bytes": "0" },
  "tail cache": { "tail.cache.bytes": String(16 << 20) },
  ...(hasSendfile && {
    "sendfile": { "tail.cache.bytes": "0", "zero.copy.fetch.min.bytes": "1" }
  })
}
if (!hasSendfile) console.log("sendfile is left out\n")

const { bytes: batch, records: recordsOfBatch } = SampleBatch.make(BATCH_BYTES)
const batches = Math.max(16, Math.round(LOG_MEGABYTES * 1e6 / batch.length))

interface Cell {
  readonly broker: number
  readonly clients: number
}

/** Every consumer fetches slice after slice; none goes on before all have theirs. */
const fetchInStep = async (
  clients: ReadonlyArray<RawClient>,
  sliceBatches: number,
  bytes: number
): Promise<void> => {
  const bytesMax = sliceBatches * batch.length
  const slices = Math.floor(batches / sliceBatches)
  const frames = Array.from(
    { length: slices },
    (_, i) => KafkaFrames.fetch(TOPIC, 0, i * sliceBatches * recordsOfBatch, bytesMax)
  )
  const steps = Math.max(1, Math.round(bytes / (bytesMax * clients.length)))
  for (let i = 0; i < steps; i++) {
    await Promise.all(clients.map((client) => client.run(1, 1, () => frames[i % slices]!)))
  }
}

const cell = async (
  { pid, port }: Programs.Program,
  consumers: number,
  sliceBatches: number
): Promise<Cell> => {
  const clients = await Promise.all(
    Array.from({ length: consumers }, () => RawClient.connect(port))
  )
  const bytes = MEGABYTES * 1e6
  await fetchInStep(clients, sliceBatches, bytes / 2)
  const [broker, own] = [Bench.cpuSeconds(pid), Bench.cpuSeconds(process.pid)]
  await fetchInStep(clients, sliceBatches, bytes)
  const result = {
    broker: (Bench.cpuSeconds(pid) - broker) / (bytes / 1e9),
    clients: (Bench.cpuSeconds(process.pid) - own) / (bytes / 1e9)
  }
  for (const client of clients) client.close()
  return result
}

const round = async (configs: Readonly<Record<string, string>>) => {
  const cells = new Map<string, Cell>()
  const program = await Programs.broker({ "num.partitions": "1", durability: "os", ...configs })
  try {
    const writer = await RawClient.connect(program.port)
    await writer.request(KafkaFrames.metadata(TOPIC))
    await writer.run(batches, 5, () => KafkaFrames.produce(TOPIC, 0, batch, 1))
    writer.close()
    for (const consumers of CONSUMERS) {
      for (const kilobytes of SLICES_KB) {
        const sliceBatches = kilobytes * 1024 / BATCH_BYTES
        cells.set(`${consumers}/${kilobytes}`, await cell(program, consumers, sliceBatches))
      }
    }
  } finally {
    await program.stop()
  }
  return cells
}

const rounds = new Map<string, Array<Map<string, Cell>>>()
for (let i = 0; i < ROUNDS; i++) {
  for (const [way, configs] of Object.entries(WAYS)) {
    rounds.set(way, [...rounds.get(way) ?? [], await round(configs)])
  }
}

const rows = CONSUMERS.flatMap((consumers) =>
  SLICES_KB.map((kilobytes) => {
    const row: Record<string, string | number> = { consumers, "slice KB": kilobytes }
    for (const side of ["broker", "clients"] as const) {
      for (const [way, of] of rounds) {
        const values = of.map((cells) => cells.get(`${consumers}/${kilobytes}`)![side])
        row[`${way}: ${side} CPU s/GB`] = Bench.median(values)
      }
    }
    return row
  })
)
console.log(Bench.table(rows))
