// Records of 250 B through librdkafka (rdkafka.py): produced to the last acknowledgement, then all read, with its
// default linger and with one that fills batches, acks=1 and acks=all.
import { execFile, spawnSync } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import * as Bench from "../../Bench.ts"
import * as Contestants from "./Contestants.ts"
import * as Load from "./Load.ts"
import * as Topics from "./Topics.ts"
import * as Verdict from "./Verdict.ts"

const PYTHON = "/usr/bin/python3"
const RECORDS = Bench.parameter("RECORDS", 2000, 1_000_000)
/** Of producers that wait for each ten of them. */
const WAITING_RECORDS = Bench.parameter("WAITING_RECORDS", 1000, 100_000)
const WAITING_PRODUCERS = [10, 50]
const RECORDS_A_TURN = 10
/** librdkafka's default, and one under which batches are full. */
const LINGERS_MS = [5, 100]

/** Undefined where it is here. */
export const lacking = (): string | undefined => {
  const found = spawnSync(PYTHON, ["-c", "import ctypes; ctypes.CDLL('librdkafka.so.1')"])
  if (found.status === 0) return undefined
  return "librdkafka is not measured: `apt-get install python3-confluent-kafka` brings it."
}

const client = async (args: ReadonlyArray<string | number>): Promise<Load.Client> => {
  const { stdout } = await promisify(execFile)(
    PYTHON,
    [path.join(import.meta.dirname, "rdkafka.py"), ...args.map(String)]
  )
  return JSON.parse(stdout) as Load.Client
}

interface Sample {
  readonly produced: Load.Sample
  readonly consumed: Load.Sample
}

const run = (
  { program }: Contestants.Contestant,
  acks: number,
  lingerMs: number,
  configs: Readonly<Record<string, string>> = {}
): Promise<Sample> =>
  Topics.during(program, 1, configs, async (topic) => {
    const what = [program.port, topic, RECORDS, Load.VALUE_BYTES]
    Load.rest(program.directory, RECORDS)
    const produced = await Load.measure(
      program.pid,
      RECORDS,
      () => client(["produce", ...what, acks, lingerMs])
    )
    const consumed = await Load.measure(program.pid, RECORDS, () => client(["consume", ...what]))
    return { produced, consumed }
  })

export const measure = async ({ kafka, mymq, mymqOs }: Contestants.Contestants): Promise<void> => {
  const rows: Array<Load.Row> = []
  for (const acks of [1, -1]) {
    const ours = acks === 1 ? mymq : mymqOs
    const others = acks === 1 ? [kafka] : [mymq, kafka]
    const contestants = Contestants.present(ours, ...others)
    for (const lingerMs of LINGERS_MS) {
      const shape = `acks=${acks === 1 ? "1" : "all"}, linger ${lingerMs}`
      const samples = await Contestants.inTurns(
        contestants,
        (contestant) => run(contestant, acks, lingerMs)
      )
      const ways = acks === 1 ? ["produced", "consumed"] as const : ["produced"] as const
      for (const way of ways) {
        const what = way === "produced" ? `produce, ${shape}` : `consume, linger ${lingerMs}`
        rows.push(...Load.rows(samples, what, (sample) => sample[way]))
        if (kafka === undefined) continue
        const rate = (sample: Sample) => sample[way].msgPerS
        const cpu = (sample: Sample) => sample[way].brokerMicros
        Verdict.add(
          `librdkafka, ${what}, msg/s`,
          Contestants.ratio(samples, ours, kafka, rate),
          ">= 1"
        )
        Verdict.add(
          `librdkafka, ${what}, broker CPU`,
          Contestants.ratio(samples, ours, kafka, cpu),
          "<= 1"
        )
      }
    }
  }
  console.log(`librdkafka, ${RECORDS} records of ${Load.VALUE_BYTES} B, one partition\n`)
  console.log(`${Bench.table(rows)}\n`)
}

/** Each answer on the device: as fast as one producer goes, and many that wait for ten records each. */
export const measureSynced = async (contestants: Contestants.Contestants): Promise<void> => {
  const { kafka, mymq } = contestants
  const both = Contestants.present(mymq, kafka)
  const configs = (one: Contestants.Contestant) => Contestants.syncing(contestants, one)
  const rows: Array<Load.Row> = []
  const note = (what: string, samples: Contestants.Samples<Load.Sample>): void => {
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
    const samples = await Contestants.inTurns(
      both,
      (one) =>
        Topics.during(one.program, 1, configs(one), (topic) => {
          const what = [one.program.port, topic, WAITING_RECORDS, Load.VALUE_BYTES]
          return Load.measure(
            one.program.pid,
            WAITING_RECORDS,
            () => client(["turns", ...what, producers, RECORDS_A_TURN])
          )
        })
    )
    note(`${producers} producers that wait for ${RECORDS_A_TURN} records`, samples)
  }
  const samples = await Contestants.inTurns(
    both,
    async (one) => (await run(one, -1, 5, configs(one))).produced
  )
  note("one producer, all in flight", samples)
  console.log("librdkafka, acks=all on the device\n")
  console.log(`${Bench.table(rows)}\n`)
}
