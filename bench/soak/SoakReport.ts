// The samples of a soak as files: a table of them (CSV or JSON, by the name) and a plot with its data beside it.
import * as fs from "node:fs"
import * as PlotFile from "../plots/PlotFile.ts"
import type { SoakSample } from "./SoakProbe.ts"

type Samples = ReadonlyArray<SoakSample>

export const write = (file: string, samples: Samples): void =>
  fs.writeFileSync(file, file.endsWith(".csv") ? csvOf(samples) : `${JSON.stringify(samples)}\n`)

export const csvOf = (samples: Samples): string => {
  const names = Object.keys(samples[0] ?? {}) as Array<keyof SoakSample>
  const rows = samples.map((sample) => names.map((name) => short(sample[name])).join(","))
  return `${[names.join(","), ...rows].join("\n")}\n`
}

/** Four digits that count: more were never measured. */
const short = (value: number): number => Number(value.toPrecision(4))

export const plotOf = (
  samples: Samples,
  subtitle: string,
  caption: ReadonlyArray<string>
): PlotFile.PlotData => {
  const series = (name: string, key: keyof SoakSample) => ({
    name,
    values: samples.map((sample) => short(sample[key]))
  })
  return {
    kind: "lines",
    title: "Soak: mixed load on one broker",
    subtitle,
    caption,
    times: samples.map(({ seconds }) => Math.round(seconds * 10) / 10),
    panels: [
      {
        title: "Memory of the broker",
        unit: "MB",
        series: [
          series("resident", "brokerRss"),
          series("heap", "brokerHeap"),
          series("Buffers", "brokerBuffers")
        ]
      },
      { title: "Memory of the load", unit: "MB", series: [series("resident", "loadRss")] },
      {
        title: "Open descriptors",
        unit: "count",
        series: [series("broker", "brokerDescriptors"), series("load", "loadDescriptors")]
      },
      { title: "Messages", unit: "a second", series: [series("acknowledged", "messagesPerS")] },
      {
        title: "From due to read, acks=1",
        unit: "ms",
        series: [series("p50", "p50Ms"), series("p99", "p99Ms")]
      },
      {
        title: "From due to read, acks=all",
        unit: "ms",
        series: [series("p50", "syncedP50Ms"), series("p99", "syncedP99Ms")]
      },
      {
        title: "CPU",
        unit: "% of a core",
        series: [series("broker", "brokerCpuPercent"), series("load", "loadCpuPercent")]
      },
      { title: "Logs on disk", unit: "MB", series: [series("all topics", "diskMegabytes")] }
    ]
  }
}

/** Writes `file`, an SVG, and its data as JSON beside it. */
export const plot = (file: string, data: PlotFile.PlotData): void => {
  fs.writeFileSync(file.replace(/\.svg$/, ".json"), `${JSON.stringify(data)}\n`)
  fs.writeFileSync(file, PlotFile.draw(data))
}
