// npm run bench:plot [-- FILE.json ...]: draws data files into SVG files beside them; by itself those of this
// directory. A test holds that what is committed is what the data give.
import * as fs from "node:fs"
import * as PlotFile from "./PlotFile.ts"

const given = process.argv.slice(2)
for (const file of given.length > 0 ? given : PlotFile.filesOf(import.meta.dirname)) {
  const svg = PlotFile.draw(PlotFile.parse(fs.readFileSync(file, "utf8")))
  fs.writeFileSync(PlotFile.svgOf(file), svg)
  console.log(`${PlotFile.svgOf(file)}: ${svg.length} bytes`)
}
