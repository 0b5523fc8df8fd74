// Records of 250 B through librdkafka: by its own performance tool at full speed, and by producers that wait for
// each ten of theirs (rdkafka.py), for which it has none.
import { execFile, spawnSync } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import * as Bench from "../../Bench.ts"
import type * as Programs from "../Programs.ts"
import * as Contestants from "./Contestants.ts"
import * as FullSpeed from "./FullSpeed.ts"
import * as Load from "./Load.ts"
import * as RdkafkaPerformance from "./RdkafkaPerformance.ts"
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
  program: Programs.Program,
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

export const measure = (contestants: Contestants.Contestants): Promise<void> =>
  FullSpeed.measure({
    title: `librdkafka ${RdkafkaPerformance.version()}, its performance tool, ${RECORDS} records`,
    prefix: "librdkafka, ",
    producer: "produce",
    consumer: "consume",
    produce: (program, topic, acks) => RdkafkaPerformance.produce(program, topic, RECORDS, acks),
    consume: (program, topic) => RdkafkaPerformance.consume(program, topic, RECORDS)
  }, contestants)

/** Each answer on the device: many producers that wait for ten records each, and one that waits for none. */
export const measureSynced = async (contestants: Contestants.Contestants): Promise<void> => {
  const { kafka, mymq } = contestants
  const rows: Array<Load.Row> = []
  const against = async (
    what: string,
    run: (program: Programs.Program, topic: string) => Promise<Load.Sample>
  ): Promise<void> => {
    const samples = await Contestants.inTurnsSynced(contestants, 1, run)
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
      (program, topic) =>
        Load.measure(program.pid, WAITING_RECORDS, () => waiting(program, topic, producers))
    )
  }
  const performanceLacking = RdkafkaPerformance.lacking()
  if (performanceLacking !== undefined) console.log(`${performanceLacking}\n`)
  else {
    await against(
      "one producer, all in flight",
      (program, topic) => RdkafkaPerformance.produce(program, topic, RECORDS, "all")
    )
  }
  console.log("librdkafka, acks=all on the device\n")
  console.log(`${Bench.table(rows)}\n`)
}
