// A plot's data as a file beside it: `bench/plots/NAME.json` is drawn into `NAME.svg`. Files are written by
// benches and by hand, so that a mistake in one is told by its place.
import * as Schema from "effect/Schema"
import * as fs from "node:fs"
import * as path from "node:path"
import * as PlotBars from "../PlotBars.ts"
import * as PlotLines from "../PlotLines.ts"

const sheet = {
  title: Schema.String,
  subtitle: Schema.String,
  caption: Schema.Array(Schema.String)
}

const Amount = Schema.Finite.check(Schema.isGreaterThanOrEqualTo(0))

const Bars = Schema.Struct({
  kind: Schema.Literal("bars"),
  ...sheet,
  panels: Schema.Array(Schema.Struct({
    title: Schema.String,
    unit: Schema.String,
    better: Schema.Literals(["more", "less"]),
    bars: Schema.NonEmptyArray(Schema.Struct({
      label: Schema.String,
      value: Amount,
      is: Schema.optional(Schema.Literals(["ours", "floor", "other"]))
    }))
  }))
})

const Lines = Schema.Struct({
  kind: Schema.Literal("lines"),
  ...sheet,
  times: Schema.Array(Amount),
  panels: Schema.Array(Schema.Struct({
    title: Schema.String,
    unit: Schema.String,
    series: Schema.Array(Schema.Struct({
      name: Schema.String,
      values: Schema.Array(Schema.NullOr(Amount))
    }))
  }))
})

const PlotData = Schema.Union([Bars, Lines])
export type PlotData = typeof PlotData.Type

/** Throws where the text is no plot. */
export const parse = (json: string): PlotData =>
  Schema.decodeUnknownSync(PlotData)(JSON.parse(json), { onExcessProperty: "error" })

export const draw = (data: PlotData): string =>
  data.kind === "bars" ? PlotBars.draw(data) : PlotLines.draw(data)

export const svgOf = (file: string): string => file.replace(/\.json$/, ".svg")

/** Data files of a directory, with their paths. */
export const filesOf = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync(directory).filter((name) => name.endsWith(".json")).sort()
    .map((name) => path.join(directory, name))
