// MYMQ beside Apache Kafka under the same clients, in turns in one run: librdkafka and Kafka's own perf tools at full
// speed, start-up and memory, latency end to end at a rate, and acks=all with every answer on the device. Where Kafka
// is not here, and in smoke mode, ours is measured alone. ONLY=start,librdkafka,tools,latency,fsync,librdkafka-fsync,tools-fsync picks parts; KAFKA=0
// leaves Kafka out.
import { VERSION } from "../../../src/runtime/cli/Version.ts"
import * as Bench from "../../Bench.ts"
import * as Contestants from "../../versus/brokers/Contestants.ts"
import * as Fsync from "../../versus/brokers/Fsync.ts"
import * as KafkaBroker from "../../versus/brokers/KafkaBroker.ts"
import * as Latency from "../../versus/brokers/Latency.ts"
import * as PerfTools from "../../versus/brokers/PerfTools.ts"
import * as Rdkafka from "../../versus/brokers/Rdkafka.ts"
import * as RdkafkaPerformance from "../../versus/brokers/RdkafkaPerformance.ts"
import * as StartUp from "../../versus/brokers/StartUp.ts"
import * as Verdict from "../../versus/brokers/Verdict.ts"

const isWanted = (part: string): boolean => process.env["ONLY"]?.split(",").includes(part) ?? true

const isKafkaWanted = (process.env["KAFKA"] ?? (Bench.isSmoke ? "0" : "1")) === "1"
const kafkaVersion = isKafkaWanted ? KafkaBroker.version() : undefined
const hasKafka = kafkaVersion !== undefined
if (!hasKafka) console.log(`${KafkaBroker.HOW_TO_GET}\n`)
console.log(`mymq ${VERSION}, its defaults: acks=all is on the device before it is answered
mymq, os: durability=os, which is what Kafka's defaults promise
kafka: Apache Kafka ${kafkaVersion ?? "(not here)"}, its defaults, the flags of its scripts
medians of ${Contestants.ROUNDS} rounds in turns, after one that is not counted; no compression
`)

const toolsLacking = hasKafka ? undefined : "Kafka's tools are not measured: they come with it."

/** Those that need nothing but what is there. */
const parts: ReadonlyArray<
  readonly [
    name: string,
    lacking: string | undefined,
    measure: (contestants: Contestants.Contestants) => Promise<void>
  ]
> = [
  ["start", undefined, StartUp.measure],
  ["librdkafka", RdkafkaPerformance.lacking(), Rdkafka.measure],
  ["tools", toolsLacking, PerfTools.measure],
  ["latency", undefined, Latency.measure],
  ["fsync", undefined, Fsync.measure],
  ["librdkafka-fsync", Rdkafka.lacking(), Rdkafka.measureSynced],
  ["tools-fsync", toolsLacking, PerfTools.measureSynced]
]

await Contestants.during(hasKafka, async (contestants) => {
  for (const [name, lacking, measure] of parts.filter(([name]) => isWanted(name))) {
    console.log(`### ${name}\n`)
    if (lacking === undefined) await measure(contestants)
    else console.log(`${lacking}\n`)
  }
  StartUp.memory(contestants)
})
if (hasKafka) console.log(Bench.table(Verdict.rows()))
