// Kafka's own performance tools against both brokers, at full speed and with each answer on the device.
import * as Bench from "../../Bench.ts"
import * as Contestants from "./Contestants.ts"
import * as FullSpeed from "./FullSpeed.ts"
import * as JavaClient from "./JavaClient.ts"
import * as Load from "./Load.ts"
import * as Verdict from "./Verdict.ts"

const RECORDS = Bench.parameter("TOOL_RECORDS", 2000, 2_000_000)
/** Bytes of a batch, the tool's default and ten records, and records: enough for its JVM to be warm. */
const SYNCED = [
  [16_384, Bench.parameter("TOOL_SYNCED_RECORDS", 2000, 3_000_000)],
  [2_600, Bench.parameter("TOOL_SMALL_RECORDS", 2000, 300_000)]
] as const

export const measure = (contestants: Contestants.Contestants): Promise<void> =>
  FullSpeed.measure({
    title: `Kafka's tools, ${RECORDS} records`,
    prefix: "",
    producer: "producer-perf",
    consumer: "consumer-perf",
    produce: async (program, topic, acks) =>
      (await JavaClient.produce(program, topic, RECORDS, [`acks=${acks}`])).produced,
    consume: (program, topic) => JavaClient.consume(program, topic, RECORDS)
  }, contestants)

/** Each batch on the device before it is answered. */
export const measureSynced = async (contestants: Contestants.Contestants): Promise<void> => {
  const { kafka, mymq } = contestants
  const rows: Array<Load.Row> = []
  for (const [batchBytes, records] of SYNCED) {
    const samples = await Contestants.inTurnsSynced(
      contestants,
      1,
      (program, topic) =>
        JavaClient.produce(program, topic, records, ["acks=all", `batch.size=${batchBytes}`])
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
