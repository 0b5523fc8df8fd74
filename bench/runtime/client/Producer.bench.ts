// Records of 250 B with a callback each to one partition of the broker as a program of its own: our `push`
// beside kafkajs and @platformatic/kafka (which take arrays and answer by array), beside librdkafka (through
// python3-confluent-kafka) and Java's client (Kafka's own tool) where these are, and beside the floor, a bare
// node:net client that encodes the same batches and runs the same callbacks over no protocol at all. One run, in
// turns; CPU is that of each process. `SHAPES=1` also measures what the Effect ways to send cost.
import { ProduceAcks, Producer as PlatformaticProducer } from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import { Kafka, logLevel } from "kafkajs"
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import * as ClientConfig from "../../../src/layers/config/ClientConfig.ts"
import * as NodeTransport from "../../../src/layers/transport/NodeTransport.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../../src/runtime/client/producer/ProducerOptions.ts"
import { hasConfluent } from "../../../test/interop/BrokerProcess.ts"
import * as Bench from "../../Bench.ts"
import * as JavaClient from "../../versus/brokers/JavaClient.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
const RECORDS = Bench.parameter("RECORDS", 2000, 1_000_000)
/** Slower ones get fewer, so that a round takes seconds. */
const RECORDS_OF_OTHERS = Bench.parameter("RECORDS_OF_OTHERS", 2000, 200_000)
const BATCH_KILOBYTES = Bench.parameter("BATCH_KILOBYTES", 128, 128)
const SHAPES = Bench.parameter("SHAPES", 1, 0) === 1
const IN_FLIGHT = 5
const ARRAY = 500
const TOPIC = "bench"
const VALUE = Buffer.alloc(250, "the quick brown fox jumps over the lazy dog ")

interface Sample {
  readonly perSecond: number
  readonly clientMicros: number
  readonly serverMicros: number
}

/** Twice unmeasured, for the compilers' sake. */
const measure = async (
  program: Programs.Program,
  count: number,
  run: (count: number) => Promise<void>
): Promise<Sample> => {
  for (let i = 0; i < 2; i++) await run(count)
  Bench.warmPages(program.directory, 300 * count)
  const server = Bench.cpuSeconds(program.pid)
  const client = process.cpuUsage()
  const start = performance.now()
  await run(count)
  const seconds = (performance.now() - start) / 1000
  const { system, user } = process.cpuUsage(client)
  return {
    perSecond: count / seconds,
    clientMicros: (user + system) / count,
    serverMicros: (Bench.cpuSeconds(program.pid) - server) * 1e6 / count
  }
}

const brokerFor = () =>
  Programs.broker({ "auto.create.topics.enable": "true", "num.partitions": "1" })

/** Encodes batch after batch into a few frames in turn, as a client does, and counts callbacks. */
const floor = async (): Promise<Sample> => {
  const program = await Programs.floor()
  const client = (await RawClient.connect(program.port)).answersOf(8)
  const bytesMax = BATCH_KILOBYTES * 1024
  const slots = Array.from({ length: IN_FLIGHT + 1 }, () => ({
    builder: new RecordBatchBuilder({ bytesMax }),
    callbacks: [] as Array<() => void>
  }))
  const perBatch = Math.floor(bytesMax / 262)
  let called = 0
  const callback = () => {
    called++
  }
  const encode = (index: number): Buffer => {
    const { builder, callbacks } = slots[index % slots.length]!
    for (let i = 0; i < callbacks.length; i++) callbacks[i]!()
    builder.reset()
    callbacks.length = 0
    const now = Date.now()
    for (let i = 0; i < perBatch && builder.append(now, null, VALUE); i++) callbacks.push(callback)
    const batch = builder.seal({})
    // The floor's own length and kind go where a batch's offset is, which is all zero.
    batch.writeInt32BE(batch.length - 4, 0)
    batch[4] = 1
    return batch
  }
  const run = (count: number) => client.run(Math.ceil(count / perBatch), IN_FLIGHT, encode)
  const sample = await measure(program, RECORDS, run)
  client.close()
  await program.stop()
  if (called === 0) throw new Error("no callback ran")
  return sample
}

type Way = (producer: Producer["Service"], count: number) => Effect.Effect<void, unknown>

/** Every callback once, without an error, with the next offset: or the figure is worth nothing. */
const push: Way = (producer, count) =>
  Effect.gen(function*() {
    const from = producer.counters.records
    let called = 0
    let wrong = 0
    const callback = (error: unknown, _partition: number, offset: number) => {
      if (error !== undefined || offset !== from + called) wrong++
      called++
    }
    const record = { topic: TOPIC, value: VALUE }
    for (let i = 0; i < count; i++) {
      if (!producer.push(record, callback)) yield* producer.drained
    }
    yield* producer.flush
    if (called !== count || wrong > 0) {
      throw new Error(`${called} callbacks of ${count}, ${wrong} of them wrong`)
    }
  })

const sendAll: Way = (producer, count) => {
  const records = Array.from({ length: ARRAY }, () => ({ topic: TOPIC, value: VALUE }))
  const arrays = Array.from({ length: Math.ceil(count / ARRAY) }, () => producer.sendAll(records))
  return Effect.all(arrays, { concurrency: 40, discard: true })
}

const send: Way = (producer, count) =>
  Effect.forEach(
    Array.from({ length: count }, () => ({ topic: TOPIC, value: VALUE })),
    producer.send,
    { concurrency: 4000, discard: true }
  )

const ours = async (options: ProducerOptions, count: number, way: Way): Promise<Sample> => {
  const program = await brokerFor()
  const runtime = ManagedRuntime.make(
    Producer.layer({ batchBytesMax: BATCH_KILOBYTES * 1024, ...options }).pipe(
      Layer.provide(Cluster.layer),
      Layer.provide(ClientConfig.layer({ bootstrapServers: `127.0.0.1:${program.port}` })),
      Layer.provide(NodeTransport.layer)
    )
  )
  const producer = await runtime.runPromise(Producer)
  const sample = await measure(program, count, (n) => runtime.runPromise(way(producer, n)))
  await runtime.dispose()
  await program.stop()
  return sample
}

/** Arrays of records, so many at once. */
const arrays = async (count: number, sendArray: () => Promise<unknown>): Promise<void> => {
  let left = Math.ceil(count / ARRAY)
  const lane = async () => {
    while (left-- > 0) await sendArray()
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane))
}

const kafkajs = async (acks: number): Promise<Sample> => {
  const program = await brokerFor()
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${program.port}`],
    logLevel: logLevel.NOTHING
  })
  const producer = kafka.producer({ maxInFlightRequests: IN_FLIGHT })
  await producer.connect()
  const messages = Array.from({ length: ARRAY }, () => ({ value: VALUE }))
  const sample = await measure(
    program,
    RECORDS_OF_OTHERS,
    (count) => arrays(count, () => producer.send({ topic: TOPIC, acks, messages }))
  )
  await producer.disconnect()
  await program.stop()
  return sample
}

const platformatic = async (acks: number): Promise<Sample> => {
  const program = await brokerFor()
  const producer = new PlatformaticProducer({
    clientId: "bench",
    bootstrapBrokers: [`127.0.0.1:${program.port}`],
    autocreateTopics: true,
    acks: acks === 1 ? ProduceAcks.LEADER : ProduceAcks.ALL
  })
  const messages = Array.from({ length: ARRAY }, () => ({ topic: TOPIC, value: VALUE }))
  await producer.send({ messages: messages.slice(0, 1) })
  const sample = await measure(
    program,
    RECORDS_OF_OTHERS,
    (count) => arrays(count, () => producer.send({ messages }))
  )
  await producer.close()
  await program.stop()
  return sample
}

/** In a process of its own, where librdkafka has threads of its own. */
const confluent = async (acks: number, isIdempotent: boolean): Promise<Sample> => {
  const program = await brokerFor()
  const server = Bench.cpuSeconds(program.pid)
  const { stdout } = await promisify(execFile)("/usr/bin/python3", [
    path.join(import.meta.dirname, "confluent.py"),
    "produce",
    ...[program.port, TOPIC, RECORDS, acks, isIdempotent, BATCH_KILOBYTES * 1024].map(String)
  ])
  const told = JSON.parse(stdout) as Readonly<Record<"seconds" | "cpuSeconds", number>>
  const serverSeconds = Bench.cpuSeconds(program.pid) - server
  await program.stop()
  return {
    perSecond: RECORDS / told.seconds,
    clientMicros: told.cpuSeconds * 1e6 / RECORDS,
    // Of the warm-up too, which is as long.
    serverMicros: serverSeconds * 1e6 / (2 * RECORDS)
  }
}

/** Kafka's ProducerPerformance, whose CPU is that of its whole life. */
const java = async (acks: string): Promise<Sample> => {
  const program = await brokerFor()
  const { produced } = await JavaClient.produce(program, TOPIC, RECORDS, [
    `acks=${acks}`,
    `batch.size=${BATCH_KILOBYTES * 1024}`
  ])
  await program.stop()
  return {
    perSecond: produced.msgPerS,
    clientMicros: produced.clientMicros,
    serverMicros: produced.brokerMicros
  }
}

const contestants: Array<readonly [name: string, run: () => Promise<Sample>]> = [
  ["floor (no protocol)", floor],
  ["mymq push, acks 1", () => ours({ acks: 1 }, RECORDS, push)],
  ["mymq push, acks all, idempotent", () => ours({}, RECORDS, push)],
  ["kafkajs, acks 1", () => kafkajs(1)],
  ["kafkajs, acks all", () => kafkajs(-1)],
  ["@platformatic/kafka, acks 1", () => platformatic(1)],
  ["@platformatic/kafka, acks all", () => platformatic(-1)]
]
if (hasConfluent) {
  contestants.push(
    ["confluent-kafka, acks 1", () => confluent(1, false)],
    ["confluent-kafka, acks all", () => confluent(-1, false)],
    ["confluent-kafka, acks all, idempotent", () => confluent(-1, true)]
  )
}
if (JavaClient.isMeasured()) {
  contestants.push(
    ["Java's, acks 1", () => java("1")],
    ["Java's, acks all, idempotent", () => java("all")]
  )
}
if (SHAPES) {
  contestants.push(
    ["mymq sendAll of 500, acks 1", () => ours({ acks: 1 }, RECORDS, sendAll)],
    ["mymq send, 4000 fibers, acks 1", () => ours({ acks: 1 }, RECORDS_OF_OTHERS, send)],
    ["mymq push, acks 1, zstd", () => ours({ acks: 1, compression: "zstd" }, RECORDS, push)],
    ["mymq push, acks 1, lz4", () => ours({ acks: 1, compression: "lz4" }, RECORDS, push)]
  )
}

const ONLY = process.env["ONLY"]
const chosen = contestants.filter(([name]) => ONLY === undefined || name.includes(ONLY))
const samples = new Map(chosen.map(([name]) => [name, [] as Array<Sample>]))
for (let round = 0; round < ROUNDS; round++) {
  for (const [name, run] of chosen) samples.get(name)!.push(await run())
}
console.log(Bench.table(chosen.map(([name]) => {
  const of = (key: keyof Sample) => Bench.median(samples.get(name)!.map((sample) => sample[key]))
  return {
    producer: name,
    "M records/s": of("perSecond") / 1e6,
    "client CPU us/record": of("clientMicros"),
    "server CPU us/record": of("serverMicros")
  }
})))
