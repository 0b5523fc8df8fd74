// What it costs the broker to send one partition to many: consumers that read what lies in the page cache, each
// from another place on and around, and consumers that follow the tail of a live producer. CPU of the broker's
// process by GB sent; the producer's share of it is measured alone, in the same round, and taken off. The
// consumers are raw connections in this process, which only count bytes (versus/RawReader.ts), one fetch at a
// time each. acks=1, records of 250 B, no compression. The broker has written all that is read itself, so that
// no checksum is looked at on the way out.
//
// The environment says: ROUNDS, MEGABYTES (read by each consumer), TAIL_MEGABYTES and TAIL_RATE (MB and MB/s of the
// live producer), BATCH and FETCH (bytes), CONSUMERS (with commas), and VARIANTS: settings of the broker that are
// compared in turns, as "NAME=VALUE NAME=VALUE | NAME=VALUE"; an empty one is the broker as it is.
import { setTimeout as sleep } from "node:timers/promises"
import { VERSION } from "../../../src/runtime/cli/Version.ts"
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"
import { RawReader } from "../../versus/RawReader.ts"
import * as SampleBatch from "../../versus/SampleBatch.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
const MEGABYTES = Bench.parameter("MEGABYTES", 4, 400)
const TAIL_MEGABYTES = Bench.parameter("TAIL_MEGABYTES", 2, 150)
const TAIL_RATE = Bench.parameter("TAIL_RATE", 20, 50)
const BATCH = Bench.parameter("BATCH", 65_536, 65_536)
const FETCH = Bench.parameter("FETCH", 1_048_576, 1_048_576)
const CONSUMERS = (process.env["CONSUMERS"] ?? "1,10").split(",").map(Number)
const VARIANTS = (process.env["VARIANTS"] ?? "").split("|").map((text) => text.trim())
const IN_FLIGHT = 5
const TICK_MS = 1

const batch = SampleBatch.make(BATCH)
const countOf = (megabytes: number): number => Math.ceil(megabytes * 1e6 / batch.bytes.length)

interface Sample {
  readonly cpuS: number
  readonly wallS: number
  readonly gigabytes: number
  readonly answers: number
  readonly residentMb: number
}

const readersOf = (count: number, topic: string, port: number): Promise<Array<RawReader>> =>
  Promise.all(Array.from({ length: count }, () =>
    RawReader.open({
      port,
      topic,
      batchBytes: batch.bytes.length,
      batchRecords: batch.records,
      fetchBytes: FETCH
    })))

/** Has the readers read while `beside` goes on, and says what that was to the broker. */
const measure = async (
  { pid }: Programs.Program,
  readers: ReadonlyArray<RawReader>,
  read: (reader: RawReader, index: number) => Promise<void>,
  beside: () => Promise<unknown> = () => Promise.resolve()
): Promise<Sample> => {
  const cpu = Bench.cpuSeconds(pid)
  const start = performance.now()
  await Promise.all([...readers.map(read), beside()])
  const sample = {
    cpuS: Bench.cpuSeconds(pid) - cpu,
    wallS: (performance.now() - start) / 1000,
    gigabytes: readers.reduce((sum, reader) => sum + reader.bytes, 0) / 1e9,
    answers: readers.reduce((sum, reader) => sum + reader.answers, 0),
    residentMb: Bench.residentMegabytes(pid)
  }
  for (const reader of readers) reader.close()
  return sample
}

/** All of the log, by each, beginning at different places. */
const fromCache = async (broker: Programs.Program, consumers: number): Promise<Sample> => {
  const batches = countOf(MEGABYTES)
  const readers = await readersOf(consumers, "cached", broker.port)
  return measure(broker, readers, async (reader, index) => {
    const from = Math.floor(batches * index / consumers)
    await reader.read(from, batches)
    await reader.read(0, from)
  })
}

/** As many batches as are due by the clock, while few enough are unanswered. */
const produceAtRate = async (client: RawClient, topic: string, count: number): Promise<void> => {
  const frame = KafkaFrames.produce(topic, 0, batch.bytes, 1)
  const perMs = TAIL_RATE * 1000 / batch.bytes.length
  const start = performance.now()
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.ceil((performance.now() - start) * perMs))
    if (due > sent) await client.run(due - sent, IN_FLIGHT, () => frame)
    else await sleep(TICK_MS)
    sent = Math.max(sent, due)
  }
}

/** What is written meanwhile, by each. */
const fromTail = async (broker: Programs.Program, consumers: number): Promise<Sample> => {
  const topic = `tail-${consumers}`
  const batches = countOf(TAIL_MEGABYTES)
  const producer = await RawClient.connect(broker.port)
  await producer.request(KafkaFrames.metadata(topic))
  Bench.warmPages(broker.directory, 1.1e6 * TAIL_MEGABYTES)
  const readers = await readersOf(consumers, topic, broker.port)
  const sample = await measure(
    broker,
    readers,
    (reader) => reader.read(0, batches),
    () => produceAtRate(producer, topic, batches)
  )
  producer.close()
  return sample
}

/** Fills the log that is read from the cache, and reads it once for the compilers' sake. */
const prepare = async (broker: Programs.Program): Promise<void> => {
  const client = await RawClient.connect(broker.port)
  await client.request(KafkaFrames.metadata("cached"))
  const frame = KafkaFrames.produce("cached", 0, batch.bytes, 1)
  await client.run(countOf(MEGABYTES), IN_FLIGHT, () => frame)
  client.close()
  await fromCache(broker, 2)
}

interface Round {
  readonly cached: ReadonlyMap<number, Sample>
  readonly tail: ReadonlyMap<number, Sample>
}

const round = async (variant: string): Promise<Round> => {
  const broker = await Programs.broker({
    "auto.create.topics.enable": "true",
    "num.partitions": "1",
    ...Programs.settings(variant)
  })
  try {
    await prepare(broker)
    const cached = new Map<number, Sample>()
    for (const count of CONSUMERS) cached.set(count, await fromCache(broker, count))
    const tail = new Map<number, Sample>()
    for (const count of [0, ...CONSUMERS]) tail.set(count, await fromTail(broker, count))
    return { cached, tail }
  } finally {
    await broker.stop()
  }
}

const rounds = new Map<string, Array<Round>>(VARIANTS.map((variant) => [variant, []]))
for (let i = 0; i < ROUNDS; i++) {
  for (const [variant, done] of rounds) done.push(await round(variant))
}

const row = (variant: string, way: keyof Round, consumers: number) => {
  const median = (of: (sample: Sample, alone: Sample | undefined) => number): number =>
    Bench.median(
      rounds.get(variant)!.map((each) => of(each[way].get(consumers)!, each[way].get(0)))
    )
  return {
    ...(VARIANTS.length > 1 ? { broker: variant === "" ? "as it is" : variant } : {}),
    read: way === "cached" ? "page cache" : `tail at ${TAIL_RATE} MB/s`,
    consumers,
    "CPU s/GB sent": median((it, alone) => (it.cpuS - (alone?.cpuS ?? 0)) / it.gigabytes),
    "broker CPU %": median((it) => 100 * it.cpuS / it.wallS),
    "MB/s sent": Math.round(median((it) => 1000 * it.gigabytes / it.wallS)),
    "KB an answer": Math.round(median((it) => 1e6 * it.gigabytes / it.answers)),
    "RSS MB": Math.round(median((it) => it.residentMb))
  }
}

console.log(
  `mymq ${VERSION}, batches of ${batch.bytes.length} B (${batch.records} records of 250 B, no compression), ` +
    `fetches of at most ${FETCH} B, ${MEGABYTES} MB from the page cache and ${TAIL_MEGABYTES} MB of a live ` +
    `producer (acks=1, ${IN_FLIGHT} in flight) by each consumer, medians of ${ROUNDS}\n`
)
console.log(Bench.table(
  (["cached", "tail"] as const).flatMap((way) =>
    CONSUMERS.flatMap((consumers) => VARIANTS.map((variant) => row(variant, way, consumers)))
  )
))
