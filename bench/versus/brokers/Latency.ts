// How long a record is on its way at a rate, from its send to when it is read: `mymq bench latency` against both
// brokers, a producer (no linger) and a consumer in one process with one clock. The first tenth is not counted, and
// a record that could not be sent in time counts from when it was due.
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import * as Bench from "../../Bench.ts"
import * as Contestants from "./Contestants.ts"
import * as Flags from "./Flags.ts"
import * as Load from "./Load.ts"
import * as Topics from "./Topics.ts"
import * as Verdict from "./Verdict.ts"

const SECONDS = Bench.parameter("LATENCY_SECONDS", 0.2, 10)
const RATES = Bench.isSmoke ? [1000] : [1000, 50_000]
const main = path.join(import.meta.dirname, "..", "..", "..", "dist", "main.js")

interface Sample {
  readonly recordsPerS: number
  readonly cpuSeconds: number
  readonly brokerSeconds: number
  readonly latencyMs: Readonly<Record<"p50" | "p99" | "p999" | "max", number>>
}

const run = ({ program }: Contestants.Contestant, acks: string, rate: number): Promise<Sample> =>
  Topics.during(program, 1, {}, async (topic) => {
    const before = Bench.cpuSeconds(program.pid)
    const { stdout } = await promisify(execFile)(process.execPath, [
      main,
      "bench",
      "latency",
      ...Flags.words({
        bootstrap: `127.0.0.1:${program.port}`,
        topic,
        acks,
        size: Load.VALUE_BYTES,
        rate,
        records: Math.ceil(rate * SECONDS),
        json: []
      })
    ])
    const told = JSON.parse(stdout) as Sample
    return { ...told, brokerSeconds: Bench.cpuSeconds(program.pid) - before }
  })

export const measure = async ({ kafka, mymq, mymqOs }: Contestants.Contestants): Promise<void> => {
  const rows: Array<Load.Row> = []
  for (const acks of ["1", "all"]) {
    const ours = acks === "1" ? mymq : mymqOs
    const others = acks === "1" ? [kafka] : [mymq, kafka]
    for (const rate of RATES) {
      const samples = await Contestants.inTurns(
        Contestants.present(ours, ...others),
        (contestant) => run(contestant, acks, rate)
      )
      for (const [contestant] of samples) {
        const median = (figure: (sample: Sample) => number) =>
          Contestants.medianOf(samples, contestant, figure)
        rows.push({
          "msg/s": rate,
          acks,
          broker: contestant.name,
          "p50 ms": median(({ latencyMs }) => latencyMs.p50),
          "p99 ms": median(({ latencyMs }) => latencyMs.p99),
          "p99.9 ms": median(({ latencyMs }) => latencyMs.p999),
          "max ms": median(({ latencyMs }) => latencyMs.max),
          "broker CPU %": 100 * median(({ brokerSeconds }) => brokerSeconds / SECONDS)
        })
      }
      if (kafka === undefined) continue
      const p99 = Contestants.ratio(samples, ours, kafka, ({ latencyMs }) => latencyMs.p99)
      Verdict.add(`latency p99 at ${rate} msg/s, acks=${acks}`, p99, "<= 1")
    }
  }
  console.log(`end to end at a rate, records of ${Load.VALUE_BYTES} B, one partition, no linger\n`)
  console.log(`${Bench.table(rows)}\n`)
}
