// Records of 250 B through librdkafka: by its own performance tool at full speed, and by producers that wait for
// each ten of theirs (rdkafka.py), for which it has none.
import { execFile, spawnSync } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import * as Bench from "../../Bench.ts"
import * as Contestants from "./Contestants.ts"
import * as Load from "./Load.ts"
import * as RdkafkaPerformance from "./RdkafkaPerformance.ts"
import * as Topics from "./Topics.ts"
import * as Verdict from "./Verdict.ts"

const PYTHON = "/usr/bin/python3"
const RECORDS = Bench.parameter("RECORDS", 2000, 4_000_000)
/** Of producers that wait for each ten of them. */
const WAITING_RECORDS = Bench.parameter("WAITING_RECORDS", 1000, 100_000)
const WAITING_PRODUCERS = [10, 50]
const RECORDS_A_TURN = 10

/** Undefined where it is here. */
export const lacking = (): string | undefined => {
  const found = spawnSync(PYTHON, ["-c", "import ctypes; ctypes.CDLL('librdkafka.so.1')"])
  if (found.status === 0) return undefined
  return "librdkafka is not measured: `apt-get install python3-confluent-kafka` brings it."
}

const waiting = async (
  { program }: Contestants.Contestant,
  topic: string,
  producers: number
): Promise<Load.Client> => {
  const what = [program.port, topic, WAITING_RECORDS, Load.VALUE_BYTES, producers, RECORDS_A_TURN]
  const { stdout } = await promisify(execFile)(
    PYTHON,
    [path.join(import.meta.dirname, "rdkafka.py"), ...what.map(String)]
  )
  return JSON.parse(stdout) as Load.Client
}

interface Sample {
  readonly produced: Load.Sample
  readonly consumed: Load.Sample
}

const run = ({ program }: Contestants.Contestant, acks: number): Promise<Sample> =>
  Topics.during(program, 1, {}, async (topic) => ({
    produced: await RdkafkaPerformance.produce(program, topic, RECORDS, acks),
    consumed: await RdkafkaPerformance.consume(program, topic, RECORDS)
  }))

export const measure = async ({ kafka, mymq, mymqOs }: Contestants.Contestants): Promise<void> => {
  const rows: Array<Load.Row> = []
  for (const acks of [1, -1]) {
    const ours = acks === 1 ? mymq : mymqOs
    const others = acks === 1 ? [kafka] : [mymq, kafka]
    const samples = await Contestants.inTurns(
      Contestants.present(ours, ...others),
      (contestant) => run(contestant, acks)
    )
    for (const way of acks === 1 ? ["produced", "consumed"] as const : ["produced"] as const) {
      const what = way === "produced" ? `produce, acks=${acks === 1 ? "1" : "all"}` : "consume"
      rows.push(...Load.rows(samples, what, (sample) => sample[way]))
      if (kafka === undefined) continue
      const rate = (sample: Sample) => sample[way].msgPerS
      const cpu = (sample: Sample) => sample[way].brokerMicros
      const name = `librdkafka, ${what}`
      Verdict.add(`${name}, msg/s`, Contestants.ratio(samples, ours, kafka, rate), ">= 1")
      Verdict.add(`${name}, broker CPU`, Contestants.ratio(samples, ours, kafka, cpu), "<= 1")
    }
  }
  console.log(
    `librdkafka ${RdkafkaPerformance.version()}, its performance tool, ` +
      `${RECORDS} records of ${Load.VALUE_BYTES} B, one partition\n`
  )
  console.log(`${Bench.table(rows)}\n`)
}

/** Each answer on the device: many producers that wait for ten records each, and one that waits for none. */
export const measureSynced = async (contestants: Contestants.Contestants): Promise<void> => {
  const { kafka, mymq } = contestants
  const rows: Array<Load.Row> = []
  const against = async (
    what: string,
    run: (one: Contestants.Contestant, topic: string) => Promise<Load.Sample>
  ): Promise<void> => {
    const samples = await Contestants.inTurns(
      Contestants.present(mymq, kafka),
      (one) =>
        Topics.during(
          one.program,
          1,
          Contestants.syncing(contestants, one),
          (topic) => run(one, topic)
        )
    )
    rows.push(...Load.rows(samples, what, (sample) => sample))
    if (kafka === undefined) return
    const rate = (sample: Load.Sample) => sample.msgPerS
    Verdict.add(
      `librdkafka, ${what}, fsync, msg/s`,
      Contestants.ratio(samples, mymq, kafka, rate),
      ">= 3"
    )
  }
  for (const producers of WAITING_PRODUCERS) {
    await against(
      `${producers} producers that wait for ${RECORDS_A_TURN} records`,
      (one, topic) =>
        Load.measure(one.program.pid, WAITING_RECORDS, () => waiting(one, topic, producers))
    )
  }
  if (RdkafkaPerformance.version() === undefined) console.log(`${RdkafkaPerformance.HOW_TO_GET}\n`)
  else {
    await against(
      "one producer, all in flight",
      ({ program }, topic) => RdkafkaPerformance.produce(program, topic, RECORDS, -1)
    )
  }
  console.log("librdkafka, acks=all on the device\n")
  console.log(`${Bench.table(rows)}\n`)
}
