// npm run bench -- NAME [NAME...]: runs the benches whose file name begins with NAME; without a name
// it lists them.
import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { machine } from "./Bench.ts"

const root = import.meta.dirname
const files = fs.readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".bench.ts"))
const names = process.argv.slice(2).filter((argument) => !argument.startsWith("-"))

if (names.length === 0) {
  console.log(
    `benches:\n${files.map((file) => `  ${path.basename(file, ".bench.ts")}`).join("\n")}`
  )
}
for (const name of names) {
  const found = files.filter((file) => path.basename(file).startsWith(name))
  if (found.length === 0) {
    console.error(`no bench is called ${name}`)
    process.exitCode = 1
  }
  for (const file of found) {
    console.log(`## ${path.basename(file, ".bench.ts")}\n\n${machine()}\n`)
    await import(pathToFileURL(path.join(root, file)).href)
  }
}
