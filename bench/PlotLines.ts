// Figures over time: panels under each other that share one axis of time, each with a scale of its own from
// 0 up, so that what grows is seen beside what it grows with.
import * as Plot from "./Plot.ts"

export interface Series {
  readonly name: string
  /** One for each time; null where nothing was measured, which breaks the line. */
  readonly values: ReadonlyArray<number | null>
}

export interface LinePanel {
  readonly title: string
  readonly unit: string
  readonly series: ReadonlyArray<Series>
}

export interface LinePlot extends Plot.Sheet {
  /** Seconds since the start, in their order. */
  readonly times: ReadonlyArray<number>
  readonly panels: ReadonlyArray<LinePanel>
}

const LEFT = Plot.MARGIN + 52
const RIGHT = Plot.WIDTH - Plot.MARGIN
const HEAD = 18
const PANEL_HEIGHT = 92
const PANEL_GAP = 18
const AXIS_HEIGHT = 30
const TIME_TICKS = 10
const VALUE_TICKS = 3
const MINUTES_FROM_S = 180

export const draw = (plot: LinePlot): string => {
  const body: Array<string> = []
  const axis = timeAxis(plot.times)
  let top = Plot.bodyTop(plot)
  for (const panel of plot.panels) {
    body.push(...drawPanel(panel, plot.times, axis, top))
    top += HEAD + PANEL_HEIGHT + PANEL_GAP
  }
  const bottom = top - PANEL_GAP
  for (const tick of axis.ticks) {
    body.push(
      Plot.text(axis.x(tick * axis.unitSeconds), bottom + 14, Plot.roundFigure(tick), {
        ...SMALL,
        anchor: "middle"
      })
    )
  }
  body.push(Plot.text(RIGHT, bottom + 28, axis.name, { ...SMALL, anchor: "end" }))
  return Plot.sheet(plot, body, bottom + AXIS_HEIGHT)
}

const SMALL = { pixels: 11, fill: Plot.COLOURS.faded } as const

interface TimeAxis {
  readonly x: (seconds: number) => number
  /** In its unit. */
  readonly ticks: ReadonlyArray<number>
  readonly unitSeconds: number
  readonly name: string
}

const timeAxis = (times: ReadonlyArray<number>): TimeAxis => {
  const end = Math.max(times.at(-1) ?? 0, 1)
  const isMinutes = end >= MINUTES_FROM_S
  const unitSeconds = isMinutes ? 60 : 1
  return {
    x: (seconds) => LEFT + (RIGHT - LEFT) * seconds / end,
    ticks: Plot.ticks(end / unitSeconds, TIME_TICKS)
      .filter((tick) => tick * unitSeconds <= end * 1.001),
    unitSeconds,
    name: isMinutes ? "minutes" : "seconds"
  }
}

const drawPanel = (
  { series, title, unit }: LinePanel,
  times: ReadonlyArray<number>,
  axis: TimeAxis,
  top: number
): ReadonlyArray<string> => {
  const bottom = top + HEAD + PANEL_HEIGHT
  const known = series.flatMap(({ values }) => values.filter((value) => value !== null))
  const steps = Plot.ticks(Math.max(0, ...known), VALUE_TICKS)
  const y = (value: number) => bottom - PANEL_HEIGHT * value / steps.at(-1)!
  const columns = axis.ticks.map((tick) => {
    const x = axis.x(tick * axis.unitSeconds)
    return Plot.line(x, top + HEAD, x, bottom, Plot.COLOURS.grid)
  })
  const rows = steps.flatMap((step) => [
    Plot.line(LEFT, y(step), RIGHT, y(step), Plot.COLOURS.grid),
    Plot.text(LEFT - 6, y(step) + 4, Plot.roundFigure(step), { ...SMALL, anchor: "end" })
  ])
  const lines = series.map(({ values }, i) =>
    `<path d="${path(values, times, axis.x, y)}" fill="none" stroke="${colour(i)}" ` +
    "stroke-width=\"1.5\" stroke-linejoin=\"round\"/>"
  )
  return [
    Plot.text(LEFT, top + 10, `${title}, ${unit}`, { pixels: 13, isBold: true }),
    ...legend(series, top + 10),
    ...columns,
    ...rows,
    ...lines
  ]
}

const colour = (index: number): string => Plot.COLOURS.series[index % Plot.COLOURS.series.length]!

/** Names in their colours, from the right. */
const legend = (series: ReadonlyArray<Series>, y: number): ReadonlyArray<string> => {
  let right = RIGHT
  return series.map(({ name }, i) => ({ name, fill: colour(i) })).toReversed().map((entry) => {
    const drawn = Plot.text(right, y, entry.name, {
      pixels: 12,
      fill: entry.fill,
      isBold: true,
      anchor: "end"
    })
    right -= Plot.textWidth(entry.name, 12) + 18
    return drawn
  })
}

/** Begins anew behind each gap. */
const path = (
  values: ReadonlyArray<number | null>,
  times: ReadonlyArray<number>,
  x: (seconds: number) => number,
  y: (value: number) => number
): string => {
  let isDown = false
  const steps: Array<string> = []
  for (const [i, value] of values.entries()) {
    if (value !== null) {
      steps.push(`${isDown ? "L" : "M"}${Plot.at(x(times[i]!))} ${Plot.at(y(value))}`)
    }
    isDown = value !== null
  }
  return steps.join("")
}
