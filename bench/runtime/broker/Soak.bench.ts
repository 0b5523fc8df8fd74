// Half an hour of mixed load at 70 % of the maximum: whether memory stays flat, descriptors come back, latency
// stays where it is, and nothing is lost. The broker is the built one; the load is our own client in one other
// process (bench/soak): four producers (acks 1 and all; none, lz4, zstd), a stream and a group that read it all,
// members, topics, groups and connections that come and go, retention that removes what was written.
//
// The environment says, beside the sizes of SoakSettings: OUT=FILE.csv or .json for the samples, PLOT=FILE.svg for
// a plot, HEAP=DIR for heap snapshots of both processes after the first window and at the end (each stops its
// process for a while).
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { VERSION } from "../../../src/runtime/cli/Version.ts"
import * as Bench from "../../Bench.ts"
import { SoakLoad } from "../../soak/SoakLoad.ts"
import type { LoadEnd } from "../../soak/SoakMessages.ts"
import { SoakProbe, type SoakSample } from "../../soak/SoakProbe.ts"
import * as SoakReport from "../../soak/SoakReport.ts"
import * as Settings from "../../soak/SoakSettings.ts"
import * as SoakVerdict from "../../soak/SoakVerdict.ts"
import * as Programs from "../../versus/Programs.ts"

const heap = process.env["HEAP"]
const heapArguments = heap === undefined
  ? []
  : ["--heapsnapshot-signal=SIGUSR2", `--diagnostic-dir=${path.resolve(heap)}`]

interface Soaked {
  readonly maximum: number | undefined
  readonly rate: number
  readonly samples: ReadonlyArray<SoakSample>
  readonly end: LoadEnd
  readonly brokerErrors: ReadonlyArray<string>
}

const soak = async (beside: string): Promise<Soaked> => {
  const memoryReport = path.join(beside, "memory.json")
  const log = path.join(beside, "broker.log")
  const broker = await Programs.broker(Settings.BROKER_CONFIGS, {
    environment: { MEMORY_REPORT: memoryReport },
    nodeArguments: [
      "--import",
      path.join(import.meta.dirname, "..", "..", "soak", "MemoryReport.ts"),
      ...heapArguments
    ],
    log
  })
  const load = new SoakLoad(broker.port, heapArguments)
  const snapshotHeaps = (): void => {
    if (heap === undefined) return
    load.snapshotHeap()
    process.kill(broker.pid, "SIGUSR2")
  }
  try {
    const { maximum, rate } = await load.paced()
    const samples = await sampled(
      await SoakProbe.make({
        brokerPid: broker.pid,
        loadPid: load.pid,
        memoryReport,
        directory: broker.directory,
        sampleLoad: () => load.sample()
      }),
      snapshotHeaps
    )
    const end = await load.stop()
    const brokerErrors = fs.readFileSync(log, "utf8").split("\n")
      .filter((line) => /level=(ERROR|FATAL)/i.test(line))
    return { maximum, rate, samples, end, brokerErrors }
  } finally {
    load.kill()
    await broker.stop()
  }
}

const sampled = async (
  probe: SoakProbe,
  snapshotHeaps: () => void
): Promise<ReadonlyArray<SoakSample>> => {
  const count = Math.max(3, Math.round(Settings.MINUTES * 60 / Settings.SAMPLE_S))
  const samples: Array<SoakSample> = []
  const startMs = performance.now()
  for (let i = 1; i <= count; i++) {
    await sleep(Math.max(0, startMs + i * Settings.SAMPLE_S * 1000 - performance.now()))
    samples.push(await probe.sample())
    if (i === Math.round(count / 3)) snapshotHeaps()
  }
  snapshotHeaps()
  return samples
}

const beside = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-soak-"))
const { brokerErrors, end, maximum, rate, samples } = await soak(beside).finally(() =>
  fs.rmSync(beside, { recursive: true })
)

const thousands = (value: number): string => Math.round(value).toLocaleString("en-US")
const short = (value: number, digits = 3): number =>
  Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(digits))
const minutes = samples.at(-1)!.seconds / 60
const pace = maximum === undefined
  ? `${thousands(rate)} messages/s, as told`
  : `${thousands(rate)} messages/s, ${Math.round(100 * rate / maximum)} % of ${thousands(maximum)}`
const mix = Settings.LANES
  .map(({ acks, compression, share }) => `${100 * share} % acks=${acks} ${compression}`).join(", ")
const window = SoakVerdict.windowOf(samples)
console.log(
  `mymq ${VERSION}, ${minutes.toFixed(1)} minutes at ${pace}; log lines of 200 to 300 B, ${mix}; ` +
    `durability=commit, retention.bytes ${thousands(Settings.RETENTION_BYTES)} a partition.\n` +
    `Medians of the first and last ${
      Math.round(window)
    } s; slopes by least squares after the first.\n`
)
const rows = SoakVerdict.rowsOf(samples)
console.log(Bench.table(rows.map(({ error, figure, first, last, perMinute }) => ({
  "": figure,
  first: short(first),
  last: short(last),
  "slope a minute": `${short(perMinute, 2)} +- ${short(error, 2)}`
}))))
const { problems, ...counts } = end
console.log(`\n${Bench.table([counts])}`)

const out = process.env["OUT"]
if (out !== undefined) SoakReport.write(out, samples)
const plotFile = process.env["PLOT"]
if (plotFile !== undefined) {
  const caption = [
    `${mix}; each record read by a stream and a group; topics, members and connections that come and go.`,
    `${Bench.machine()}, mymq ${VERSION}, ${new Date().toISOString().slice(0, 10)}`
  ]
  SoakReport.plot(
    plotFile,
    SoakReport.plotOf(samples, `${minutes.toFixed(0)} minutes at ${pace}`, caption)
  )
}
Bench.tell({ machine: Bench.machine(), version: VERSION, maximum, rate, minutes, rows, ...end })

const wrong = [...problems, ...brokerErrors]
if (wrong.length > 0) throw new Error(`the soak found:\n${wrong.slice(0, 20).join("\n")}`)
