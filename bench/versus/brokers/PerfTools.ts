// Kafka's own performance tools against both brokers: ProducerPerformance, whose first quarter warms its JVM up and
// is not counted, and ConsumerPerformance, from when it has its partition. Their CPU is that of their whole life,
// the start of the JVM included.
import * as Bench from "../../Bench.ts"
import type * as Programs from "../Programs.ts"
import * as Contestants from "./Contestants.ts"
import * as KafkaBroker from "./KafkaBroker.ts"
import * as Load from "./Load.ts"
import * as Topics from "./Topics.ts"
import * as Verdict from "./Verdict.ts"

const RECORDS = Bench.parameter("TOOL_RECORDS", 2000, 2_000_000)
/** Bytes of a batch, the tool's default and ten records, and records: enough for its JVM to be warm. */
const SYNCED = [
  [16_384, Bench.parameter("TOOL_SYNCED_RECORDS", 2000, 3_000_000)],
  [2_600, Bench.parameter("TOOL_SMALL_RECORDS", 2000, 300_000)]
] as const

interface Sample {
  readonly produced: Load.Sample
  /** Of a record from its send to its acknowledgement, with the producer's buffer full. */
  readonly p99Ms: number
  readonly consumed: Load.Sample
}

const part = (pattern: RegExp, output: string): number => {
  const found = pattern.exec(output)
  if (found === null) throw new Error(`no ${pattern} in what the tool printed:\n${output}`)
  return Number(found[1])
}

/** "1500000 steady state records sent, 512000.0 records/sec (122.0 MB/sec), 3.1 ms avg ... 9 ms 99th". */
const STEADY_RATE = /steady state records sent, ([\d.]+) records\/sec/
const STEADY_P99 = /steady state.* (\d+) ms 99th/

const produce = async (
  program: Programs.Program,
  topic: string,
  acks: string,
  records = RECORDS,
  ...properties: ReadonlyArray<string>
): Promise<Pick<Sample, "produced" | "p99Ms">> => {
  let p99Ms = 0
  Bench.rest(program.directory, Load.memoryBytes(records))
  const whole = await Load.measure(program.pid, records, async () => {
    const { cpuSeconds, output } = await KafkaBroker.tool(
      "org.apache.kafka.tools.ProducerPerformance",
      {
        "bootstrap-server": `127.0.0.1:${program.port}`,
        topic,
        "num-records": records,
        "record-size": Load.VALUE_BYTES,
        throughput: -1,
        "warmup-records": Math.floor(records / 4),
        "command-property": [`acks=${acks}`, `enable.idempotence=${acks === "all"}`, ...properties]
      }
    )
    p99Ms = part(STEADY_P99, output)
    return { cpuSeconds, seconds: records / part(STEADY_RATE, output) }
  })
  return { produced: whole, p99Ms }
}

/** "start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s". */
const FETCHED_PER_S = /(?:[^,\n]+,){9} *([\d.]+) *$/m

const consume = ({ program }: Contestants.Contestant, topic: string): Promise<Load.Sample> =>
  Load.measure(program.pid, RECORDS, async () => {
    const { cpuSeconds, output } = await KafkaBroker.tool(
      "org.apache.kafka.tools.ConsumerPerformance",
      {
        "bootstrap-server": `127.0.0.1:${program.port}`,
        topic,
        "num-records": RECORDS,
        "hide-header": []
      }
    )
    return { cpuSeconds, seconds: RECORDS / part(FETCHED_PER_S, output) }
  })

const run = (contestant: Contestants.Contestant, acks: string): Promise<Sample> =>
  Topics.during(contestant.program, 1, {}, async (topic) => ({
    ...await produce(contestant.program, topic, acks),
    consumed: await consume(contestant, topic)
  }))

export const measure = async ({ kafka, mymq, mymqOs }: Contestants.Contestants): Promise<void> => {
  const rows: Array<Load.Row> = []
  for (const acks of ["1", "all"]) {
    const ours = acks === "1" ? mymq : mymqOs
    const others = acks === "1" ? [kafka] : [mymq, kafka]
    const samples = await Contestants.inTurns(
      Contestants.present(ours, ...others),
      (contestant) => run(contestant, acks)
    )
    for (const way of acks === "1" ? ["produced", "consumed"] as const : ["produced"] as const) {
      const what = way === "produced" ? `producer-perf, acks=${acks}` : "consumer-perf"
      rows.push(...Load.rows(samples, what, (sample) => sample[way]))
      if (kafka === undefined) continue
      const rate = (sample: Sample) => sample[way].msgPerS
      Verdict.add(`${what}, msg/s`, Contestants.ratio(samples, ours, kafka, rate), ">= 1")
      const cpu = (sample: Sample) => sample[way].brokerMicros
      Verdict.add(`${what}, broker CPU`, Contestants.ratio(samples, ours, kafka, cpu), "<= 1")
    }
  }
  console.log(`Kafka's tools, ${RECORDS} records of ${Load.VALUE_BYTES} B, one partition\n`)
  console.log(`${Bench.table(rows)}\n`)
}

/** Each batch on the device before it is answered. */
export const measureSynced = async (contestants: Contestants.Contestants): Promise<void> => {
  const { kafka, mymq } = contestants
  const rows: Array<Load.Row> = []
  for (const [batchBytes, records] of SYNCED) {
    const samples = await Contestants.inTurns(
      Contestants.present(mymq, kafka),
      (one) =>
        Topics.during(
          one.program,
          1,
          Contestants.syncing(contestants, one),
          (topic) => produce(one.program, topic, "all", records, `batch.size=${batchBytes}`)
        )
    )
    const what = `producer-perf, batches of ${batchBytes} B, fsync`
    for (const [i, row] of Load.rows(samples, what, ({ produced }) => produced).entries()) {
      const one = [...samples.keys()][i]!
      const p99Ms = Contestants.medianOf(samples, one, ({ p99Ms }) => p99Ms)
      rows.push({ ...row, "answer p99 ms": p99Ms })
    }
    if (kafka === undefined) continue
    const rate = Contestants.ratio(samples, mymq, kafka, ({ produced }) => produced.msgPerS)
    Verdict.add(`${what}, msg/s`, rate, ">= 3")
    const p99 = Contestants.ratio(samples, mymq, kafka, ({ p99Ms }) => p99Ms)
    Verdict.add(`${what}, p99`, p99, "<= 1")
  }
  console.log("Kafka's producer tool, acks=all on the device, five batches in flight\n")
  console.log(`${Bench.table(rows)}\n`)
}
