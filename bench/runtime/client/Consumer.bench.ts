// What it costs to read records of 250 B from one partition of `node dist/main.js`, in batches of 64 KB, with
// their values taken and their positions committed: our polls and streams beside kafkajs, @platformatic/kafka
// and, where these are, librdkafka (python3-confluent-kafka) and Java's (Kafka's own tool), one after the other on
// the same broker, each in a process of its own. CPU of client and broker is told by message, because wall time
// means little on a busy machine.
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import { hasConfluent } from "../../../test/interop/BrokerProcess.ts"
import * as Bench from "../../Bench.ts"
import * as JavaClient from "../../versus/brokers/JavaClient.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
const RECORDS = Bench.parameter("RECORDS", 5000, 2_000_000)
const BATCH_BYTES = Bench.parameter("BATCH_BYTES", 16_384, 65_536)
const TOPIC = "bench"
const ALL = "poll500,poll10000,batches,chunks,records,kafkajs,platformatic,confluent,java"
const CLIENTS = (process.env["CLIENTS"] ?? ALL).split(",")
  .filter((client) => client !== "confluent" || hasConfluent)
  .filter((client) => client !== "java" || JavaClient.isMeasured())

const NAMES: Readonly<Record<string, string>> = {
  poll500: "poll of 500 + commitSync",
  poll10000: "poll of 10,000 + commitSync",
  batches: "batches, auto-commit",
  chunks: "records by chunk, auto-commit",
  records: "records one by one, auto-commit",
  kafkajs: "kafkajs eachBatch + commit",
  platformatic: "@platformatic/kafka stream, auto-commit",
  confluent: "confluent-kafka, 10,000 + commit",
  java: "Java's consumer-perf, auto-commit"
}

interface Sample {
  readonly millionPerSecond: number
  readonly clientMicroseconds: number
  readonly brokerMicroseconds: number
}

/** Fills the topic; gives how many records it holds. */
const fill = async ({ port }: Programs.Program): Promise<number> => {
  const client = await RawClient.connect(port)
  await client.request(KafkaFrames.metadata(TOPIC))
  const builder = new RecordBatchBuilder({ bytesMax: BATCH_BYTES })
  const value = Buffer.alloc(250, "the quick brown fox jumps over the lazy dog ")
  while (builder.append(Date.now(), null, value, [])) { /* until full */ }
  const count = Math.ceil(RECORDS / builder.count)
  const records = builder.count * count
  const frame = KafkaFrames.produce(TOPIC, 0, builder.seal({}), 1)
  await client.run(count, 5, () => frame)
  client.close()
  return records
}

const programOf = (
  client: string,
  port: number,
  records: number
): [command: string, args: ReadonlyArray<string>] => {
  const what = [String(port), TOPIC, String(records)]
  const here = import.meta.dirname
  if (client === "confluent") {
    return ["/usr/bin/python3", [path.join(here, "confluent.py"), "consume", ...what]]
  }
  const directory = process.env["PROFILE"]
  const profile = directory === undefined
    ? []
    : ["--cpu-prof", `--cpu-prof-dir=${directory}/${client}`]
  return [process.execPath, [...profile, path.join(here, "Reader.ts"), client, ...what]]
}

/** Kafka's ConsumerPerformance, whose CPU is that of its whole life. */
const java = async (program: Programs.Program, records: number): Promise<Sample> => {
  const told = await JavaClient.consume(program, TOPIC, records)
  return {
    millionPerSecond: told.msgPerS / 1e6,
    clientMicroseconds: told.clientMicros,
    brokerMicroseconds: told.brokerMicros
  }
}

const measure = async (
  client: string,
  program: Programs.Program,
  records: number
): Promise<Sample> => {
  if (client === "java") return java(program, records)
  const { pid, port } = program
  const before = Bench.cpuSeconds(pid)
  const { stdout } = await promisify(execFile)(...programOf(client, port, records))
  const told = JSON.parse(stdout) as Readonly<Record<"seconds" | "cpuSeconds" | "records", number>>
  if (told.records < records * 0.74) {
    throw new Error(`${client} has read ${told.records} of ${records}`)
  }
  return {
    millionPerSecond: told.records / told.seconds / 1e6,
    clientMicroseconds: told.cpuSeconds / told.records * 1e6,
    brokerMicroseconds: (Bench.cpuSeconds(pid) - before) / records * 1e6
  }
}

const broker = await Programs.broker({
  "auto.create.topics.enable": "true",
  "num.partitions": "1",
  "group.initial.rebalance.delay.ms": "0"
})
const samples = new Map<string, Array<Sample>>(CLIENTS.map((client) => [client, []]))
try {
  const records = await fill(broker)
  for (let round = 0; round < ROUNDS; round++) {
    for (const client of CLIENTS) {
      samples.get(client)!.push(await measure(client, broker, records))
    }
  }
} finally {
  await broker.stop()
}
const of = (client: string, key: keyof Sample) =>
  Bench.median(samples.get(client)!.map((sample) => sample[key]))
console.log(Bench.table(CLIENTS.map((client) => ({
  reader: NAMES[client] ?? client,
  "M msg/s": of(client, "millionPerSecond"),
  "best M msg/s": Math.max(...samples.get(client)!.map((sample) => sample.millionPerSecond)),
  "client CPU us/msg": of(client, "clientMicroseconds"),
  "broker CPU us/msg": of(client, "brokerMicroseconds")
}))))
