// Fills the code blocks of the guide with the code that runs. A block opens with "```ts FILE#REGION", FILE
// beside the page; its text is what stands in FILE between "// #region REGION" and "// #endregion", pieces of
// the same name one after the other. A test compares, so that no page shows what is not compiled and run.
import * as fs from "node:fs"
import * as path from "node:path"

/** All pages that may show code. */
export const pages = (root: string): ReadonlyArray<string> =>
  ["README.md", "docs"]
    .flatMap((place) =>
      place.endsWith(".md")
        ? [place]
        : fs.readdirSync(path.join(root, place), { recursive: true, encoding: "utf8" })
          .filter((file) => file.endsWith(".md"))
          .map((file) => path.join(place, file))
    )
    .map((file) => path.join(root, file))

const BLOCK = /^```ts (\S+)#(\S+)\n(?:[\s\S]*?\n)??```$/gm

/** The page as it should be. Throws for a region that is not there. */
export const filled = (page: string): string =>
  fs.readFileSync(page, "utf8").replaceAll(BLOCK, (_, file: string, name: string) => {
    const text = regions(fs.readFileSync(path.join(path.dirname(page), file), "utf8")).get(name)
    if (text === undefined) throw new Error(`${page}: ${file} has no region ${name}`)
    return `\`\`\`ts ${file}#${name}\n${text}\n\`\`\``
  })

const regions = (source: string): ReadonlyMap<string, string> => {
  const found = new Map<string, string>()
  const open: Array<{ readonly name: string; readonly lines: Array<string> }> = []
  for (const line of source.split("\n")) {
    const name = /^\s*\/\/ #region (\S+)$/.exec(line)?.[1]
    if (name !== undefined) open.push({ name, lines: [] })
    else if (/^\s*\/\/ #endregion$/.test(line)) {
      const { lines, name } = open.pop()!
      const before = found.get(name)
      const text = dedented(lines)
      found.set(name, before === undefined ? text : `${before}${between(before, text)}${text}`)
    } else for (const { lines } of open) lines.push(line)
  }
  return found
}

/** Imports stay together. */
const between = (before: string, text: string): string =>
  /(^import .*|^\} from .*)$/.test(before.split("\n").at(-1)!) && text.startsWith("import ")
    ? "\n"
    : "\n\n"

const dedented = (lines: ReadonlyArray<string>): string => {
  const depths = lines.filter((line) => line !== "").map((line) => line.search(/\S/))
  const depth = Math.min(...depths)
  return lines.map((line) => line.slice(depth)).join("\n").trim()
}

if (import.meta.main) {
  for (const page of pages(".")) fs.writeFileSync(page, filled(page))
}
