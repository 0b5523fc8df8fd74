// librdkafka's own performance tool (rdkafka-performance.sh): all of its records in flight at once, and read from the
// first on. It tells the time from its first record to its last acknowledgement, or to the last record it read.
import { spawnSync } from "node:child_process"
import * as path from "node:path"
import * as Bench from "../../Bench.ts"
import type * as Programs from "../Programs.ts"
import type * as FullSpeed from "./FullSpeed.ts"
import * as Load from "./Load.ts"
import * as Script from "./Script.ts"

const script = path.join(import.meta.dirname, "rdkafka-performance.sh")

/** librdkafka's version; undefined where the tool is not built, and in smoke mode, for which its runs are long. */
export const version = (): string | undefined => {
  if (Bench.isSmoke) return undefined
  const { status, stdout } = spawnSync("bash", [script, "here"], { encoding: "utf8" })
  return status === 0 ? stdout.trim() : undefined
}

/** Undefined where it is built. */
export const lacking = (): string | undefined => {
  if (version() !== undefined) return undefined
  return "librdkafka's performance tool is not measured: " +
    "`bash bench/versus/brokers/rdkafka-performance.sh fetch` builds it (it needs npm, gcc and make)."
}

/** librdkafka's default; the tool's own of a second would be most of a run. */
const LINGER_MS = 5
/** The tool reports once, when it ends. */
const REPORT_MS = 600_000
/** The last of them; a consumer says at first that it has read nothing yet. */
const TOOK =
  /(\d+) (?:delivered \(offset \d+, 0 failed\)|messages \(\d+ bytes\) consumed) in (\d+)ms/g

const run = (
  program: Programs.Program,
  topic: string,
  records: number,
  words: ReadonlyArray<string | number>
): Promise<Load.Sample> =>
  Load.measure(program.pid, records, async () => {
    const what = ["-t", topic, "-p", 0, "-c", records, "-i", REPORT_MS]
    const { cpuSeconds, output } = await Script.run(
      script,
      ["run", ...words, ...what, "-b", `127.0.0.1:${program.port}`].map(String)
    )
    const [, done, tookMs] = [...output.matchAll(TOOK)].at(-1) ?? []
    if (Number(done) !== records) throw new Error(`not all ${records} records:\n${output}`)
    return { cpuSeconds, seconds: Number(tookMs) / 1000 }
  })

export const produce = (
  program: Programs.Program,
  topic: string,
  records: number,
  acks: FullSpeed.Acks
): Promise<Load.Sample> => {
  Load.rest(program.directory, records)
  const settings = ["-X", `linger.ms=${LINGER_MS}`]
  return run(program, topic, records, [
    "-P",
    "-s",
    Load.VALUE_BYTES,
    "-a",
    acks === "all" ? -1 : 1,
    ...settings
  ])
}

/** With a queue for all of them: one that is full makes librdkafka wait a second until it fetches again. */
export const consume = (
  program: Programs.Program,
  topic: string,
  records: number
): Promise<Load.Sample> => {
  const settings = ["queued.min.messages=10000000", "queued.max.messages.kbytes=2000000"]
  const words = settings.flatMap((setting) => ["-X", setting])
  return run(program, topic, records, ["-C", "-o", "beginning", ...words])
}
