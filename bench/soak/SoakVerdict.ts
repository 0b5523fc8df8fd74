// What the samples say: the first minutes beside the last, and the slope between, by least squares over what
// comes after the warm-up. A figure that is in no hurry to grow has a slope near 0 beside its own error.
import * as Bench from "../Bench.ts"
import type { SoakSample } from "./SoakProbe.ts"

const WINDOW_S = 300

export interface Slope {
  /** Of the figure's unit. */
  readonly perMinute: number
  /** Its standard error, as if samples did not hang together. */
  readonly error: number
}

/** Of at least three points; else 0, of which nothing is known. */
export const slopeOf = (
  seconds: ReadonlyArray<number>,
  values: ReadonlyArray<number>
): Slope => {
  const count = seconds.length
  if (count < 3) return { perMinute: 0, error: Infinity }
  const mean = (all: ReadonlyArray<number>) => all.reduce((sum, each) => sum + each, 0) / count
  const minutes = seconds.map((each) => each / 60)
  const [middle, level] = [mean(minutes), mean(values)]
  const spread = minutes.reduce((sum, each) => sum + (each - middle) ** 2, 0)
  if (spread === 0) return { perMinute: 0, error: Infinity }
  const together = minutes.reduce((sum, each, i) => sum + (each - middle) * (values[i]! - level), 0)
  const perMinute = together / spread
  const rest = minutes.reduce(
    (sum, each, i) => sum + (values[i]! - level - perMinute * (each - middle)) ** 2,
    0
  )
  return { perMinute, error: Math.sqrt(rest / (count - 2) / spread) }
}

/** Five minutes; of a run that is shorter than three of them, a third. */
export const windowOf = (samples: ReadonlyArray<SoakSample>): number =>
  Math.min(WINDOW_S, (samples.at(-1)?.seconds ?? 0) / 3)

export interface Row {
  readonly figure: string
  readonly first: number
  readonly last: number
  readonly perMinute: number
  readonly error: number
}

const FIGURES: ReadonlyArray<readonly [keyof SoakSample, string]> = [
  ["brokerRss", "broker RSS, MB"],
  ["brokerHeap", "broker heap, MB"],
  ["brokerBuffers", "broker Buffers, MB"],
  ["brokerDescriptors", "broker descriptors"],
  ["brokerCpuPercent", "broker CPU, %"],
  ["loadRss", "load RSS, MB"],
  ["loadHeap", "load heap, MB"],
  ["loadDescriptors", "load descriptors"],
  ["loadCpuPercent", "load CPU, %"],
  ["diskMegabytes", "logs on disk, MB"],
  ["messagesPerS", "messages/s"],
  ["p50Ms", "acks=1, end to end p50, ms"],
  ["p99Ms", "acks=1, end to end p99, ms"],
  ["syncedP50Ms", "acks=all, end to end p50, ms"],
  ["syncedP99Ms", "acks=all, end to end p99, ms"],
  ["lateMs", "load behind its pace, ms"],
  ["brokerStallMs", "broker's longest stall, ms"],
  ["loadStallMs", "load's longest stall, ms"]
]

/** Medians of both windows, and the slope behind the first. */
export const rowsOf = (samples: ReadonlyArray<SoakSample>): ReadonlyArray<Row> => {
  const window = windowOf(samples)
  const end = samples.at(-1)?.seconds ?? 0
  const first = samples.filter(({ seconds }) => seconds <= window)
  const warm = samples.filter(({ seconds }) => seconds > window)
  const last = samples.filter(({ seconds }) => seconds > end - window)
  return FIGURES.map(([key, figure]) => {
    const of = (some: ReadonlyArray<SoakSample>) => some.map((sample) => sample[key])
    const { error, perMinute } = slopeOf(timesOf(warm), of(warm))
    return {
      figure,
      first: Bench.median(of(first)),
      last: Bench.median(of(last)),
      perMinute,
      error
    }
  })
}

const timesOf = (samples: ReadonlyArray<SoakSample>): ReadonlyArray<number> =>
  samples.map(({ seconds }) => seconds)
