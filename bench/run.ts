// npm run bench -- NAME [NAME...] [--json]: runs the benches whose file name begins with NAME, in upper or
// lower case; without a name it lists them. With --json the last line is one JSON document.
import * as fs from "node:fs"
import * as path from "node:path"
import { pathToFileURL } from "node:url"
import { isJson, json, machine } from "./Bench.ts"

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
  const found = files.filter((file) =>
    path.basename(file).toLowerCase().startsWith(name.toLowerCase())
  )
  if (found.length === 0) {
    console.error(`no bench is called ${name}`)
    process.exitCode = 1
  }
  for (const file of found) {
    console.log(`## ${path.basename(file, ".bench.ts")}\n\n${machine()}\n`)
    await import(pathToFileURL(path.join(root, file)).href)
  }
}
if (isJson) console.log(json())
