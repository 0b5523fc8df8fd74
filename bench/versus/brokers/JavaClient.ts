// Java's client as its own performance tools run it: ProducerPerformance, whose first quarter warms its JVM up and
// is not counted, and ConsumerPerformance, from when it has its partition. Their CPU is that of their whole life,
// the start of the JVM included.
import * as Bench from "../../Bench.ts"
import type * as Programs from "../Programs.ts"
import * as KafkaBroker from "./KafkaBroker.ts"
import * as Load from "./Load.ts"

/** Where Kafka is; its JVM starts too slowly for smoke mode. */
export const isMeasured = (): boolean => !Bench.isSmoke && KafkaBroker.version() !== undefined

export interface Produced {
  readonly produced: Load.Sample
  /** Of a record from its send to its acknowledgement, with the producer's buffer full. */
  readonly p99Ms: number
}

const part = (pattern: RegExp, output: string): number => {
  const found = pattern.exec(output)
  if (found === null) throw new Error(`no ${pattern} in what the tool printed:\n${output}`)
  return Number(found[1])
}

/** "1500000 steady state records sent, 512000.0 records/sec (122.0 MB/sec), 3.1 ms avg ... 9 ms 99th". */
const STEADY_RATE = /steady state records sent, ([\d.]+) records\/sec/
const STEADY_P99 = /steady state.* (\d+) ms 99th/

/** `properties`: of the producer, as "acks=all", which makes it idempotent. */
export const produce = async (
  program: Programs.Program,
  topic: string,
  records: number,
  properties: ReadonlyArray<string>
): Promise<Produced> => {
  let p99Ms = 0
  Load.rest(program.directory, records)
  const produced = await Load.measure(program.pid, records, async () => {
    const { cpuSeconds, output } = await KafkaBroker.tool(
      "org.apache.kafka.tools.ProducerPerformance",
      {
        "bootstrap-server": `127.0.0.1:${program.port}`,
        topic,
        "num-records": records,
        "record-size": Load.VALUE_BYTES,
        throughput: -1,
        "warmup-records": Math.floor(records / 4),
        "command-property": properties
      }
    )
    p99Ms = part(STEADY_P99, output)
    return { cpuSeconds, seconds: records / part(STEADY_RATE, output) }
  })
  return { produced, p99Ms }
}

/** "start, end, MB, MB/s, records, records/s, rebalance ms, fetch ms, fetch MB/s, fetch records/s". */
const FETCHED_PER_S = /(?:[^,\n]+,){9} *([\d.]+) *$/m

export const consume = (
  program: Programs.Program,
  topic: string,
  records: number
): Promise<Load.Sample> =>
  Load.measure(program.pid, records, async () => {
    const { cpuSeconds, output } = await KafkaBroker.tool(
      "org.apache.kafka.tools.ConsumerPerformance",
      {
        "bootstrap-server": `127.0.0.1:${program.port}`,
        topic,
        "num-records": records,
        "hide-header": []
      }
    )
    return { cpuSeconds, seconds: records / part(FETCHED_PER_S, output) }
  })
