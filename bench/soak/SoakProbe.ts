// One look at both processes from outside, each interval: memory, descriptors, CPU, the disk that the logs
// take, and what the load says of the interval. Linux only, as all that reads /proc.
import * as fs from "node:fs"
import * as path from "node:path"
import * as Bench from "../Bench.ts"
import type { LoadSample } from "./SoakMessages.ts"

/** Megabytes are 10^6 bytes. */
export interface SoakSample {
  /** Since the soak began. */
  readonly seconds: number
  readonly brokerRss: number
  readonly brokerHeap: number
  /** What Buffers hold outside of the heap. */
  readonly brokerBuffers: number
  readonly brokerDescriptors: number
  readonly brokerCpuPercent: number
  readonly loadRss: number
  readonly loadHeap: number
  readonly loadDescriptors: number
  readonly loadCpuPercent: number
  readonly diskMegabytes: number
  readonly messagesPerS: number
  /** Of what is acknowledged from the page cache, and of what is acknowledged from the device. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly syncedP50Ms: number
  readonly syncedP99Ms: number
  readonly lateMs: number
  /** The longest that the event loop was held up. */
  readonly brokerStallMs: number
  readonly loadStallMs: number
}

export interface Probed {
  readonly brokerPid: number
  readonly loadPid: number
  /** What MemoryReport.ts writes. */
  readonly memoryReport: string
  readonly directory: string
  readonly sampleLoad: () => Promise<LoadSample>
}

interface Look {
  readonly atMs: number
  readonly brokerCpu: number
  readonly loadCpu: number
  readonly load: LoadSample
}

export class SoakProbe {
  private readonly probed: Probed
  private readonly startMs = performance.now()
  private last: Look

  private constructor(probed: Probed, first: Look) {
    this.probed = probed
    this.last = first
  }

  /** Intervals begin here. */
  static async make(probed: Probed): Promise<SoakProbe> {
    return new SoakProbe(probed, await look(probed))
  }

  async sample(): Promise<SoakSample> {
    const { brokerPid, directory, loadPid, memoryReport } = this.probed
    const now = await look(this.probed)
    const { last } = this
    this.last = now
    const seconds = (now.atMs - last.atMs) / 1000
    const loadSeconds = (now.load.atMs - last.load.atMs) / 1000
    const report = JSON.parse(fs.readFileSync(memoryReport, "utf8")) as Readonly<
      Record<"heapUsed" | "arrayBuffers" | "stallMs", number>
    >
    return {
      seconds: (now.atMs - this.startMs) / 1000,
      brokerRss: Bench.residentMegabytes(brokerPid),
      brokerHeap: report.heapUsed / 1e6,
      brokerBuffers: report.arrayBuffers / 1e6,
      brokerDescriptors: descriptors(brokerPid),
      brokerCpuPercent: 100 * (now.brokerCpu - last.brokerCpu) / seconds,
      loadRss: Bench.residentMegabytes(loadPid),
      loadHeap: now.load.heapMegabytes,
      loadDescriptors: descriptors(loadPid),
      loadCpuPercent: 100 * (now.loadCpu - last.loadCpu) / seconds,
      diskMegabytes: directoryBytes(directory) / 1e6,
      messagesPerS: (now.load.acked - last.load.acked) / loadSeconds,
      p50Ms: now.load.latency.p50Ms,
      p99Ms: now.load.latency.p99Ms,
      syncedP50Ms: now.load.syncedLatency.p50Ms,
      syncedP99Ms: now.load.syncedLatency.p99Ms,
      lateMs: now.load.lateMs,
      brokerStallMs: report.stallMs,
      loadStallMs: now.load.stallMs
    }
  }
}

const look = async ({ brokerPid, loadPid, sampleLoad }: Probed): Promise<Look> => {
  const load = await sampleLoad()
  return {
    atMs: performance.now(),
    brokerCpu: Bench.cpuSeconds(brokerPid),
    loadCpu: Bench.cpuSeconds(loadPid),
    load
  }
}

const descriptors = (pid: number): number => fs.readdirSync(`/proc/${pid}/fd`).length

/** Partitions and files that go while they are counted count nothing. */
const directoryBytes = (directory: string): number => {
  let bytes = 0
  for (const partition of fs.readdirSync(directory)) {
    for (const name of namesIn(path.join(directory, partition))) {
      const stat = fs.statSync(path.join(directory, partition, name), { throwIfNoEntry: false })
      // Blocks, because indexes are longer than what they hold.
      if (stat?.isFile() === true) bytes += stat.blocks * 512
    }
  }
  return bytes
}

const namesIn = (directory: string): ReadonlyArray<string> => {
  try {
    return fs.readdirSync(directory)
  } catch {
    // It is gone, or it is a file: those beside the partitions are small.
    return []
  }
}
