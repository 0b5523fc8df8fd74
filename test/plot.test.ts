// Plots are read by people and by nobody else, so their scales are held here: bars as long as their values,
// lines where their figures are, text that cannot break the file; and what is committed is what its data give.
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import * as Plot from "../bench/Plot.ts"
import * as PlotBars from "../bench/PlotBars.ts"
import * as PlotLines from "../bench/PlotLines.ts"
import * as PlotFile from "../bench/plots/PlotFile.ts"

const root = path.join(import.meta.dirname, "..")
const AWKWARD = "a < b & \"c\" > d \u0000 \u{1F600}"
const around = { title: AWKWARD, subtitle: "", caption: ["machine", "date"] }

/** Well-formed as far as this writer goes: tags nest, attributes are quoted, text holds no bare sign. */
const assertWellFormed = (svg: string): void => {
  const open: Array<string> = []
  const rest = svg.replaceAll(
    /<(\/?)([a-z]+)((?: [a-zA-Z0-9:-]+="[^"<]*")*)(\/?)>/g,
    (_, closes: string, name: string, _attributes: string, isEmpty: string) => {
      if (closes !== "") assert.strictEqual(open.pop(), name)
      else if (isEmpty === "") open.push(name)
      return ""
    }
  )
  assert.deepStrictEqual(open, [])
  assert.notMatch(rest, /[<>"]|&(?!(amp|lt|gt|quot);)/)
  // oxlint-disable-next-line no-control-regex
  assert.notMatch(rest, /[\u0000-\u0008]/)
}

const widths = (svg: string): ReadonlyArray<number> =>
  [...svg.matchAll(/<rect x="[^"]+" y="[^"]+" width="([^"]+)" height="16"/g)]
    .map(([, width]) => Number(width))

const points = (svg: string): ReadonlyArray<ReadonlyArray<readonly [x: number, y: number]>> =>
  [...svg.matchAll(/<path d="([^"]*)"/g)].map(([, d]) =>
    [...d!.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => [Number(x), Number(y)] as const)
  )

describe("text of a plot", () => {
  it("is escaped, and loses what XML cannot hold", () => {
    assert.strictEqual(
      Plot.escape(AWKWARD),
      "a &lt; b &amp; &quot;c&quot; &gt; d ? \u{1F600}"
    )
  })

  it("tells three digits of a figure", () => {
    assert.strictEqual(
      [0.71, 1.774, 61.4, 755_123].map(Plot.figure).join(" "),
      "0.710 1.77 61.4 755,000"
    )
  })

  it("is broken between words where it is too wide", () => {
    assert.deepStrictEqual(Plot.wrapped("one two three", Plot.textWidth("one two", 10), 10), [
      "one two",
      "three"
    ])
    assert.deepStrictEqual(Plot.wrapped("one", 0, 10), ["one"])
  })
})

describe("ticks", () => {
  it("are round, begin at 0 and reach the largest", () => {
    assert.deepStrictEqual(Plot.ticks(10, 5), [0, 2, 4, 6, 8, 10])
    assert.deepStrictEqual(Plot.ticks(0.0031, 3), [0, 0.002, 0.004])
    assert.deepStrictEqual(Plot.ticks(30, 10), [0, 5, 10, 15, 20, 25, 30])
    assert.deepStrictEqual(Plot.ticks(0, 3), [0, 1])
    for (let max = 0.01; max < 1e6; max *= 1.7) {
      const ticks = Plot.ticks(max, 4)
      assert.isAtLeast(ticks.at(-1)!, max * 0.999_999)
      assert.isAtMost(ticks.length, 6)
    }
  })
})

describe("bars", () => {
  const svg = PlotBars.draw({
    ...around,
    panels: [
      {
        title: "fast & slow",
        unit: "M/s",
        better: "more",
        bars: [{ label: "<ours>", value: 3, is: "ours" }, { label: "theirs", value: 1 }]
      },
      { title: "other", unit: "s", better: "less", bars: [{ label: "none", value: 0 }] }
    ]
  })

  it("are a well-formed file with everything escaped", () => {
    assertWellFormed(svg)
    assert.include(svg, ">&lt;ours&gt;</text>")
    assert.include(svg, ">fast &amp; slow</text>")
    assert.include(svg, ">M/s, more is better</text>")
    assert.include(svg, ">date</text>")
  })

  it("are as long as their values, within a panel", () => {
    const [ours, theirs, none] = widths(svg)
    assert.closeTo(ours! / theirs!, 3, 0.01)
    assert.strictEqual(none, 0)
  })

  it("stay on the paper, their figures included", () => {
    for (const [, x, , content] of svg.matchAll(/<text x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</g)) {
      assert.isAtLeast(Number(x), Plot.MARGIN)
      assert.isAtMost(Number(x), Plot.WIDTH - Plot.MARGIN, content)
    }
  })
})

describe("lines", () => {
  const times = [0, 60, 120, 180, 240]
  const svg = PlotLines.draw({
    ...around,
    times,
    panels: [
      { title: "memory", unit: "MB", series: [{ name: "rss", values: [0, 25, 50, 75, 100] }] },
      {
        title: "latency",
        unit: "ms",
        series: [
          { name: "p50", values: [1, 1, null, 2, 2] },
          { name: "p99", values: [4, 4, 4, 4, 4] }
        ]
      }
    ]
  })

  it("are a well-formed file with a name for each series", () => {
    assertWellFormed(svg)
    for (const name of ["rss", "p50", "p99", "memory, MB", "latency, ms", "minutes"]) {
      assert.include(svg, `>${name}</text>`)
    }
  })

  it("share the axis of time, and rise with their values", () => {
    const [rss, p50, p99] = points(svg)
    const xs = rss!.map(([x]) => x)
    assert.closeTo(xs[2]!, (xs[0]! + xs[4]!) / 2, 0.1)
    assert.deepStrictEqual(p99!.map(([x]) => x), xs)
    assert.deepStrictEqual(p50!.map(([x]) => x), xs.filter((_, i) => i !== 2))
    const ys = rss!.map(([, y]) => y)
    for (let i = 1; i < 5; i++) assert.closeTo(ys[i - 1]! - ys[i]!, (ys[0]! - ys[4]!) / 4, 0.2)
    assert.isAbove(p50![0]![1], p99![0]![1])
  })

  it("leave a gap where nothing was measured", () => {
    const [, p50] = [...svg.matchAll(/<path d="([^"]*)"/g)].map(([, d]) => d!)
    assert.strictEqual(p50!.match(/M/g)!.length, 2)
  })

  it("of a short run count seconds, and of none draw nothing", () => {
    const panels = [{ title: "a", unit: "b", series: [{ name: "c", values: [] }] }]
    const empty = PlotLines.draw({ ...around, times: [], panels })
    assertWellFormed(empty)
    assert.include(empty, ">seconds</text>")
  })
})

describe("a data file", () => {
  it("is refused where it says what nobody reads", () => {
    const bars = { kind: "bars", ...around, panels: [] }
    assert.doesNotThrow(() => PlotFile.parse(JSON.stringify(bars)))
    assert.throws(() => PlotFile.parse(JSON.stringify({ ...bars, heigth: 1 })), /heigth/)
    const panel = { title: "a", unit: "b", better: "more", bars: [{ label: "c", value: "1" }] }
    assert.throws(() => PlotFile.parse(JSON.stringify({ ...bars, panels: [panel] })), /value/)
  })

  for (const file of PlotFile.filesOf(path.join(root, "bench", "plots"))) {
    it(`${path.basename(file)} is what its SVG shows (npm run bench:plot)`, () => {
      const svg = PlotFile.draw(PlotFile.parse(fs.readFileSync(file, "utf8")))
      assertWellFormed(svg)
      assert.strictEqual(fs.readFileSync(PlotFile.svgOf(file), "utf8"), svg)
      assert.isBelow(svg.length, 100_000)
    })
  }

  it("is drawn for README.md", () => {
    const images = [
      ...fs.readFileSync(path.join(root, "README.md"), "utf8").matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)
    ]
    assert.deepStrictEqual(images.map(([, file]) => file), ["bench/plots/headline.svg"])
    assert.isTrue(fs.existsSync(path.join(root, "bench/plots/headline.svg")))
  })
})
