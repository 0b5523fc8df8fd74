// Bars beside each other: small panels, two in a row, each with a scale of its own that begins at 0, because
// a bar's length is what is compared. Ours stands out; the least program that does the same is paler.
import * as Plot from "./Plot.ts"

export interface Bar {
  readonly label: string
  readonly value: number
  /** "other" where nothing is said. */
  readonly is?: "ours" | "floor" | "other" | undefined
}

export interface BarPanel {
  readonly title: string
  readonly unit: string
  readonly better: "more" | "less"
  readonly bars: ReadonlyArray<Bar>
}

export interface BarPlot extends Plot.Sheet {
  readonly panels: ReadonlyArray<BarPanel>
}

const COLUMNS = 2
const GUTTER = 36
const PANEL_WIDTH = (Plot.WIDTH - 2 * Plot.MARGIN - GUTTER) / COLUMNS
const PANEL_GAP = 22
const HEAD = 24
const BAR_HEIGHT = 16
const BAR_STEP = 23
const LABEL_PIXELS = 12
const LABEL_GAP = 8

const FILLS = { ours: Plot.COLOURS.series[0], floor: "#c4cdd6", other: "#8c959f" } as const

export const draw = (plot: BarPlot): string => {
  const body: Array<string> = []
  const labelWidth = widest(plot.panels.flatMap(({ bars }) => bars.map(({ label }) => label)))
  let y = Plot.bodyTop(plot)
  for (let first = 0; first < plot.panels.length; first += COLUMNS) {
    const row = plot.panels.slice(first, first + COLUMNS)
    for (const [column, panel] of row.entries()) {
      const left = Plot.MARGIN + column * (PANEL_WIDTH + GUTTER)
      body.push(...drawPanel(panel, left, y, labelWidth))
    }
    y += Math.max(...row.map(panelHeight)) + PANEL_GAP
  }
  return Plot.sheet(plot, body, y - PANEL_GAP)
}

const panelHeight = ({ bars }: BarPanel): number => HEAD + bars.length * BAR_STEP

const widest = (texts: ReadonlyArray<string>): number =>
  Math.max(...texts.map((each) => Plot.textWidth(each, LABEL_PIXELS)))

const drawPanel = (
  panel: BarPanel,
  left: number,
  top: number,
  labelWidth: number
): ReadonlyArray<string> => {
  const { bars, better, title, unit } = panel
  const zero = left + labelWidth + LABEL_GAP
  const longest = left + PANEL_WIDTH - zero - LABEL_GAP -
    widest(bars.map(({ value }) => Plot.figure(value)))
  const max = Math.max(...bars.map(({ value }) => value))
  const heading = [
    Plot.text(left, top + 10, title, { pixels: 13, isBold: true }),
    Plot.text(left + PANEL_WIDTH, top + 10, `${unit}, ${better} is better`, {
      pixels: 11,
      fill: Plot.COLOURS.faded,
      anchor: "end"
    })
  ]
  return [
    ...heading,
    ...bars.flatMap(({ is = "other", label, value }, i) => {
      const y = top + HEAD + i * BAR_STEP
      const width = max > 0 ? longest * value / max : 0
      const baseline = y + BAR_HEIGHT - 4
      const isBold = is === "ours"
      return [
        Plot.text(zero - LABEL_GAP, baseline, label, { anchor: "end", isBold }),
        Plot.rectangle(zero, y, width, BAR_HEIGHT, FILLS[is]),
        Plot.text(zero + width + LABEL_GAP - 2, baseline, Plot.figure(value), { isBold })
      ]
    }),
    Plot.line(zero, top + HEAD - 3, zero, top + panelHeight(panel) - 4, FILLS.other)
  ]
}
