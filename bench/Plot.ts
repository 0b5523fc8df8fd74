// The paper that plots are drawn on: a small SVG writer without a dependency. A plot has a background of
// its own, so that it reads on light and on dark pages alike, text in whatever sans-serif there is, and all
// of it is text, so that a file is a few kilobytes and its changes can be seen. PlotBars and PlotLines draw.

export const WIDTH = 860
/** Around everything. */
export const MARGIN = 24

export const COLOURS = {
  paper: "#ffffff",
  border: "#d0d7de",
  ink: "#1f2328",
  faded: "#59636e",
  grid: "#e6eaef",
  /** Told apart by people who see fewer colours, too, and dark enough for text. */
  series: ["#0969da", "#bc4c00", "#1a7f37", "#8250df"]
} as const

const TITLE_PIXELS = 18
const SUBTITLE_PIXELS = 12
const CAPTION_PIXELS = 11
const CAPTION_LINE = 16
/** Sans-serif letters are about so wide, of their height; wide enough for most of the fonts there are. */
const LETTER = 0.6

/** What stands around every plot. */
export interface Sheet {
  readonly title: string
  readonly subtitle: string
  /** Lines below: the machine, versions, the date. */
  readonly caption: ReadonlyArray<string>
}

export interface TextStyle {
  readonly pixels?: number
  readonly fill?: string
  readonly isBold?: boolean
  readonly anchor?: "start" | "middle" | "end"
}

export const escape = (text: string): string =>
  text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\"", "&quot;")
    // What XML cannot hold at all.
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, "?")

/** A coordinate: a tenth of a pixel is enough. */
export const at = (pixels: number): string => String(Math.round(pixels * 10) / 10)

export const text = (x: number, y: number, content: string, style: TextStyle = {}): string => {
  const { anchor = "start", fill = COLOURS.ink, isBold = false, pixels = 12 } = style
  const weight = isBold ? " font-weight=\"600\"" : ""
  const where = anchor === "start" ? "" : ` text-anchor="${anchor}"`
  return `<text x="${at(x)}" y="${at(y)}" font-size="${pixels}" fill="${fill}"${weight}${where}>` +
    `${escape(content)}</text>`
}

/** About how wide a text will be. */
export const textWidth = (content: string, pixels: number): number =>
  content.length * pixels * LETTER

export const rectangle = (
  x: number,
  y: number,
  width: number,
  height: number,
  fill: string
): string =>
  `<rect x="${at(x)}" y="${at(y)}" width="${at(width)}" height="${at(height)}" fill="${fill}"/>`

export const line = (x1: number, y1: number, x2: number, y2: number, stroke: string): string =>
  `<line x1="${at(x1)}" y1="${at(y1)}" x2="${at(x2)}" y2="${at(y2)}" stroke="${stroke}"/>`

/** Three digits that count, thousands set apart: "0.710", "1.77", "755,000". */
export const figure = (value: number): string =>
  value.toLocaleString("en-US", { minimumSignificantDigits: 3, maximumSignificantDigits: 3 })

/** On an axis, where all are round: "0.5", "20". */
export const roundFigure = (value: number): string =>
  value.toLocaleString("en-US", { maximumSignificantDigits: 6 })

/** Round numbers from 0 to at least `max`, some `count` of them: steps of 1, 2 or 5 and zeros. */
export const ticks = (max: number, count: number): ReadonlyArray<number> => {
  if (!(max > 0)) return [0, 1]
  const least = max / count
  const power = 10 ** Math.floor(Math.log10(least))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= least * 0.999)!
  const steps = Math.ceil(max / step - 1e-9)
  return Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(12)))
}

/** Text in lines of that width, broken between words. */
export const wrapped = (content: string, width: number, pixels: number): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of content.split(" ")) {
    const longer = `${lines.at(-1) ?? ""} ${word}`
    if (lines.length > 0 && textWidth(longer, pixels) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

/** Where the body of a plot begins. */
export const bodyTop = ({ subtitle }: Sheet): number =>
  MARGIN + TITLE_PIXELS + (subtitle === "" ? 0 : SUBTITLE_PIXELS + 8) + 14

/** The whole file, around a body that ends at `bottom`. */
export const sheet = (around: Sheet, body: ReadonlyArray<string>, bottom: number): string => {
  const { subtitle, title } = around
  const caption = around.caption.flatMap((content) =>
    wrapped(content, WIDTH - 2 * MARGIN, CAPTION_PIXELS)
  )
  const height = bottom + 12 + caption.length * CAPTION_LINE + MARGIN / 2
  const captions = caption.map((content, i) =>
    text(MARGIN, bottom + 12 + (i + 1) * CAPTION_LINE - 4, content, {
      pixels: CAPTION_PIXELS,
      fill: COLOURS.faded
    })
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${at(height)}" ` +
    `viewBox="0 0 ${WIDTH} ${at(height)}" role="img" ` +
    "font-family=\"system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif\">",
    `<title>${escape(title)}</title>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${at(height - 1)}" rx="8" ` +
    `fill="${COLOURS.paper}" stroke="${COLOURS.border}"/>`,
    text(MARGIN, MARGIN + TITLE_PIXELS - 4, title, { pixels: TITLE_PIXELS, isBold: true }),
    ...(subtitle === ""
      ? []
      : [text(MARGIN, MARGIN + TITLE_PIXELS + SUBTITLE_PIXELS + 4, subtitle, {
        pixels: SUBTITLE_PIXELS,
        fill: COLOURS.faded
      })]),
    ...body,
    ...captions,
    "</svg>\n"
  ].join("\n")
}
