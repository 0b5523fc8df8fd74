// Laws of the house that no compiler checks: who may import whom inside a storey, how long a file and
// a line may be, which names are banned, that each file says why it exists, and that tests mirror the
// sources. A file over its limit names its reason with the words "Longer than" in its header.
import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"

const root = path.join(import.meta.dirname, "..")
const FILE_LINES_MAX = 300
const COLUMNS_MAX = 100
const HEADER_LINES_MIN = 1

const walk = (directory: string): ReadonlyArray<string> =>
  fs.readdirSync(path.join(root, directory), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => path.join(directory, file))

const read = (file: string): string => fs.readFileSync(path.join(root, file), "utf8")

const sources = walk("src")
const tests = walk("test")
const benches = walk("bench")

/** The leading comment of a file, without its slashes. */
const header = (text: string): ReadonlyArray<string> => {
  const lines = text.split("\n")
  const end = lines.findIndex((line) => !line.startsWith("//"))
  return lines.slice(lines[0]!.startsWith("#!") ? 1 : 0, end)
}

const imports = (file: string): ReadonlyArray<string> =>
  [...read(file).matchAll(/(?:from|import\() ?"(\.[^"]+)"/g)]
    .map((match) => path.join(path.dirname(file), match[1]!))

/** Rooms of a folder, lowest first: a file imports from its own room and those before it. */
const ORDER: Readonly<Record<string, ReadonlyArray<ReadonlyArray<string>>>> = {
  "src/layers": [
    ["config", "disk", "transport", "compression", "telemetry"],
    ["shards"],
    ["storage"],
    ["coordinator"]
  ],
  "src/runtime/client": [
    ["cluster", "sasl"],
    ["producer", "group", "admin"],
    ["consumer"],
    ["typed"]
  ]
}

describe("files", () => {
  it("open with a comment that says why they exist", () => {
    const bare = [...sources, ...tests, ...benches]
      .filter((file) => header(read(file)).length < HEADER_LINES_MIN)
    assert.deepStrictEqual(bare, [])
  })

  it("are short, or say at their top why not", () => {
    const long = sources.filter((file) => {
      const text = read(file)
      return text.split("\n").length - 1 > FILE_LINES_MAX &&
        !header(text).join("\n").includes("Longer than")
    })
    assert.deepStrictEqual(long, [])
  })

  it("keep to 100 columns", () => {
    const wide = [...sources, ...tests, ...benches].flatMap((file) =>
      read(file).split("\n")
        .map((line, i) => ({ line, at: `${file}:${i + 1}` }))
        .filter(({ line }) => line.length > COLUMNS_MAX && !/https?:|^import |["`/]/.test(line))
        .map(({ at }) => at)
    )
    assert.deepStrictEqual(wide, [])
  })

  it("are nouns in PascalCase, in rooms in lower case", () => {
    const allowed = new Set(["src/runtime/main.ts"])
    const wrong = sources.filter((file) =>
      !allowed.has(file) &&
      (!/^[A-Z][A-Za-z0-9]*\.ts$/.test(path.basename(file)) ||
        /[A-Z]/.test(path.dirname(file)) ||
        /^(Utils?|Helpers?|Common|Types|Index|Misc)\.ts$/i.test(path.basename(file)))
    )
    assert.deepStrictEqual(wrong, [])
  })

  it("hold no leftovers", () => {
    const leftover = /\b(TODO|FIXME|XXX|HACK)\b|console\.log\(|debugger\b|\.only\(/
    const found = [...sources, ...tests].filter((file) =>
      !file.endsWith("tidy.test.ts") && !file.includes("test/interop") &&
      !file.includes("test/torture") && !file.includes("test/golden/capture") &&
      leftover.test(read(file))
    )
    assert.deepStrictEqual(found, [])
  })
})

describe("imports", () => {
  it("go downward between storeys", () => {
    const rank = { domain: 0, layers: 1, runtime: 2 } as Record<string, number>
    const storey = (file: string) => file.split(path.sep)[1]!
    const wrong = sources.flatMap((file) =>
      imports(file).filter((target) => rank[storey(target)]! > rank[storey(file)]!)
        .map((target) => `${file} -> ${target}`)
    )
    assert.deepStrictEqual(wrong, [])
  })

  for (const [folder, order] of Object.entries(ORDER)) {
    it(`go downward between the rooms of ${folder}`, () => {
      const rank = (file: string): number => {
        const room = path.relative(folder, file).split(path.sep)[0]!
        return order.findIndex((rooms) => rooms.includes(room))
      }
      const inRooms = (file: string): boolean => file.startsWith(`${folder}/`) && rank(file) >= 0
      const wrong = sources.filter(inRooms).flatMap((file) =>
        imports(file).filter((target) => inRooms(target) && rank(target) > rank(file))
          .map((target) => `${file} -> ${target}`)
      )
      assert.deepStrictEqual(wrong, [])
    })
  }

  it("of Effect name modules, never the barrel", () => {
    const barrel = /from "(effect|@effect\/platform-node)"/
    assert.deepStrictEqual(sources.filter((file) => barrel.test(read(file))), [])
  })
})

describe("tests", () => {
  const outside = /^test\/(interop|torture|golden|oracle|fixtures|simulation|world)\/|^test\/[^/]+$/

  it("mirror the sources", () => {
    const lost = tests.filter((file) => file.endsWith(".test.ts") && !outside.test(file))
      .filter((file) => {
        const name = path.basename(file).split(".")[0]!
        const directory = path.join("src", path.dirname(path.relative("test", file)))
        const isRoom = /^[a-z]/.test(name) && fs.existsSync(path.join(root, directory))
        return !isRoom && !fs.existsSync(path.join(root, directory, `${name}.ts`))
      })
    assert.deepStrictEqual(lost, [])
  })
})

describe("ARCHITECTURE.md", () => {
  it("names every file but those that are one of a kind in their room", () => {
    const map = read("ARCHITECTURE.md")
    const named = (file: string) => map.includes(`\`${path.basename(file, ".ts")}\``)
    const kinds = /^src\/(domain\/protocol|runtime\/broker\/handlers)\//
    assert.deepStrictEqual(sources.filter((file) => !kinds.test(file) && !named(file)), [])
  })
})
