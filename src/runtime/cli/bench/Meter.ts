// What a run costs: wall time and this program's CPU, from one moment to another, and both as people and
// programs are told of them.
import type * as Table from "../Table.ts"
import type { Histogram } from "./Histogram.ts"

export interface Figures {
  readonly records: number
  /** Of values. */
  readonly bytes: number
  readonly seconds: number
  readonly recordsPerS: number
  /** Millions of bytes. */
  readonly megabytesPerS: number
  /** User and system time of all threads. */
  readonly clientCpuMicrosPerRecord: number
}

/** Starts when it is made. */
export class Meter {
  private readonly startMs = performance.now()
  private readonly cpu = process.cpuUsage()

  figures(records: number, bytes: number): Figures {
    const seconds = (performance.now() - this.startMs) / 1000
    const { system, user } = process.cpuUsage(this.cpu)
    return {
      records,
      bytes,
      seconds,
      recordsPerS: records / seconds,
      megabytesPerS: bytes / 1e6 / seconds,
      clientCpuMicrosPerRecord: records === 0 ? 0 : (system + user) / records
    }
  }
}

export interface Percentiles {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** Milliseconds, of a histogram of microseconds. */
export const percentiles = (histogram: Histogram): Percentiles => ({
  p50: histogram.percentile(0.5) / 1000,
  p99: histogram.percentile(0.99) / 1000,
  p999: histogram.percentile(0.999) / 1000,
  max: histogram.max / 1000
})

/** Columns and the one row of a run; `latency` says of what the milliseconds are. */
export const table = (
  figures: Figures,
  latency: string,
  { max, p50, p99, p999 }: Percentiles
): readonly [ReadonlyArray<Table.Column>, ReadonlyArray<ReadonlyArray<Table.Cell>>] => {
  const cells: ReadonlyArray<readonly [string, string]> = [
    ["RECORDS/S", String(Math.round(figures.recordsPerS))],
    ["MB/S", figures.megabytesPerS.toFixed(1)],
    ["CPU US/RECORD", figures.clientCpuMicrosPerRecord.toFixed(2)],
    [`${latency} P50 MS`, p50.toFixed(2)],
    ["P99", p99.toFixed(2)],
    ["P99.9", p999.toFixed(2)],
    ["MAX", max.toFixed(2)]
  ]
  return [
    cells.map(([name]) => ({ name, align: "right" })),
    [cells.map(([, value]) => value)]
  ]
}
