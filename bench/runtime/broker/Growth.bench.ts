// What must not grow with what is stored: the start after a clean stop and a fetch at a random offset, with a log of
// 1 GB and one of 20 GB; and what grows with the number of partitions, by partition: start, memory, creation. The
// logs and topics are made once and measured in turns; all of it is removed at the end, however that comes.
// TMPDIR says on which disk.
//
// The environment says: ROUNDS, MEGABYTES and PARTITIONS (both with commas; "" leaves that half out), REQUESTS, BATCH,
// SEGMENT_MEGABYTES.
import * as fs from "node:fs"
import * as os from "node:os"
import { VERSION } from "../../../src/runtime/cli/Version.ts"
import * as Bench from "../../Bench.ts"
import { LogGrowth, type Sample } from "./LogGrowth.ts"
import { PartitionGrowth } from "./PartitionGrowth.ts"
import * as StartedBroker from "./StartedBroker.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 5)

const list = (name: string, smoke: string, real: string): ReadonlyArray<number> =>
  (process.env[name] ?? (Bench.isSmoke ? smoke : real))
    .split(",").filter((each) => each !== "").map(Number)

const MEGABYTES = list("MEGABYTES", "2", "1000,20000")
const PARTITIONS = list("PARTITIONS", "2,20", "10,10000")

const logRow = (log: LogGrowth) => {
  const start = (which: "warm" | "cold", key: keyof StartedBroker.Start) =>
    StartedBroker.median(log.samples.map((sample) => sample[which]), key)
  return {
    "log GB": log.megabytes / 1000,
    "filled in s": log.fillS,
    "stopped in s": log.stopS,
    "start wall s": start("warm", "wallS"),
    "start CPU s": start("warm", "cpuS"),
    "cold start wall s": start("cold", "wallS"),
    "cold start CPU s": start("cold", "cpuS"),
    "RSS MB": start("warm", "residentMb")
  }
}

const fetchRows = (log: LogGrowth) => {
  const row = (name: string, of: (sample: Sample) => ReadonlyArray<number>) => {
    const at = (fraction: number) =>
      Bench.median(log.samples.map((sample) => Bench.percentile(of(sample), fraction)))
    return {
      "log GB": log.megabytes / 1000,
      "at a random offset": name,
      "p50 ms": at(0.5),
      "p99 ms": at(0.99),
      "max ms": at(1)
    }
  }
  return [
    row("fetch, warm", (sample) => sample.warmMs),
    row("fetch, cold", (sample) => sample.coldMs),
    row("bare read, cold", (sample) => sample.bareMs)
  ]
}

const logs = async (): Promise<void> => {
  const room = fs.statfsSync(os.tmpdir())
  const needed = MEGABYTES.reduce((sum, each) => sum + each, 0) * 1.1e6
  if (room.bavail * room.bsize < needed) {
    console.log(`${os.tmpdir()} has no room for logs of ${MEGABYTES.join(" and ")} MB: left out\n`)
    return
  }
  const grown = MEGABYTES.map((megabytes) => new LogGrowth(megabytes))
  try {
    for (const log of grown) await log.fill()
    for (let round = 0; round < ROUNDS; round++) {
      for (const log of grown) await log.measure()
    }
  } finally {
    for (const log of grown) log.remove()
  }
  const shares = grown.flatMap((log) => log.samples.map(({ cachedShare }) => cachedShare ?? NaN))
  console.log(
    `one partition, batches of 64 KB, durability os; cold: taken out of the page cache before the start, ` +
      `${(100 * Math.max(...shares)).toFixed(1)} % remained at most\n`
  )
  console.log(`${Bench.table(grown.map(logRow))}\n`)
  console.log(`${Bench.table(grown.flatMap(fetchRows))}\n`)
}

const partitionRow = (topic: PartitionGrowth, fewest: PartitionGrowth) => {
  const median = (of: PartitionGrowth, key: keyof StartedBroker.Start) =>
    StartedBroker.median(of.starts, key)
  const more = topic.partitions - fewest.partitions
  const each = (key: keyof StartedBroker.Start, scale: number): number | string =>
    more === 0 ? "" : scale * (median(topic, key) - median(fewest, key)) / more
  return {
    partitions: topic.partitions,
    records: topic.hasRecords ? "in each" : "none",
    "created in s": topic.createS,
    "first written in s": topic.hasRecords ? topic.writeS : "",
    "stopped in s": topic.stopS,
    "start wall s": median(topic, "wallS"),
    "start CPU s": median(topic, "cpuS"),
    "RSS MB": median(topic, "residentMb"),
    "CPU ms each": each("cpuS", 1000),
    "RSS KB each": each("residentMb", 1000)
  }
}

const partitions = async (): Promise<void> => {
  // In smoke mode with records only, as every topic is two processes.
  const topics = (Bench.isSmoke ? [true] : [false, true]).flatMap((hasRecords) =>
    PARTITIONS.map((count) => new PartitionGrowth(count, hasRecords))
  )
  try {
    for (const topic of topics) await topic.fill()
    for (let round = 0; round < ROUNDS; round++) {
      for (const topic of topics) await topic.measure()
    }
  } finally {
    for (const topic of topics) topic.remove()
  }
  const fewestOf = (topic: PartitionGrowth) =>
    topics.find(({ hasRecords }) => hasRecords === topic.hasRecords)!
  console.log(Bench.table(topics.map((topic) => partitionRow(topic, fewestOf(topic)))))
}

console.log(`mymq ${VERSION}, medians of ${ROUNDS}\n`)
if (MEGABYTES.length > 0) await logs()
if (PARTITIONS.length > 0) await partitions()
