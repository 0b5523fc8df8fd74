// Kafka's own performance tools against both brokers, at full speed and with each answer on the device.
import * as Bench from "../../Bench.ts"
import * as Contestants from "./Contestants.ts"
import * as JavaClient from "./JavaClient.ts"
import * as Load from "./Load.ts"
import * as Topics from "./Topics.ts"
import * as Verdict from "./Verdict.ts"

const RECORDS = Bench.parameter("TOOL_RECORDS", 2000, 2_000_000)
/** Bytes of a batch, the tool's default and ten records, and records: enough for its JVM to be warm. */
const SYNCED = [
  [16_384, Bench.parameter("TOOL_SYNCED_RECORDS", 2000, 3_000_000)],
  [2_600, Bench.parameter("TOOL_SMALL_RECORDS", 2000, 300_000)]
] as const

interface Sample extends JavaClient.Produced {
  readonly consumed: Load.Sample
}

const run = ({ program }: Contestants.Contestant, acks: string): Promise<Sample> =>
  Topics.during(program, 1, {}, async (topic) => ({
    ...await JavaClient.produce(program, topic, RECORDS, [`acks=${acks}`]),
    consumed: await JavaClient.consume(program, topic, RECORDS)
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
          (topic) =>
            JavaClient.produce(one.program, topic, records, [
              "acks=all",
              `batch.size=${batchBytes}`
            ])
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
