// Writes PROTOCOL.md from the declarations: every API, every field, every version. A test compares
// the file with what would be written, so that it cannot fall behind.
import * as fs from "node:fs"
import { apis } from "../src/domain/protocol/Protocol.ts"
import type { Api } from "../src/domain/wire/Api.ts"
import * as Describe from "../src/domain/wire/Describe.ts"
import * as VersionRange from "../src/domain/wire/VersionRange.ts"
import { handlers } from "../src/runtime/broker/Handlers.ts"

/** Versions that the broker serves, by API key. */
export type Served = ReadonlyMap<number, VersionRange.VersionRange>

export const render = (served: Served): string =>
  [
    "# The protocol",
    "",
    "Written by `npm run docs` from `src/domain/protocol`: do not edit.",
    "",
    "*Declared* is what MYMQ can speak; *served* is what the broker answers. *Flexible* versions have",
    "compact lengths and tagged fields. A field that a version does not have, and a tagged field that",
    "was not sent, reads as its *default*. Dots show how deep a field lies.",
    "",
    ...overview(served),
    ...apis.flatMap((api) => section(api, served))
  ].join("\n") + "\n"

const overview = (served: Served): ReadonlyArray<string> => [
  "| Key | API | Declared | Served | Flexible |",
  "| ---: | --- | --- | --- | --- |",
  ...apis.map((api) =>
    `| ${api.key} | [${api.name}](#${api.name.toLowerCase()}) | ` +
    `${VersionRange.format(api.versions)} | ${servedBy(api, served)} | ` +
    `${VersionRange.format(api.flexible)} |`
  )
]

const servedBy = (api: Api, served: Served): string => {
  const versions = served.get(api.key)
  return versions === undefined ? "not yet" : VersionRange.format(versions)
}

const section = (api: Api, served: Served): ReadonlyArray<string> => [
  "",
  `## ${api.name}`,
  "",
  `Key ${api.key}, declared ${VersionRange.format(api.versions)}, served ${
    servedBy(api, served)
  }, ` +
  `flexible ${VersionRange.format(api.flexible)}.`,
  ...table("Request", Describe.rows(api.request, api.versions)),
  ...table("Response", Describe.rows(api.response, api.versions))
]

const table = (title: string, rows: ReadonlyArray<Describe.Row>): ReadonlyArray<string> =>
  rows.length === 0 ? ["", `${title}: no fields.`] : [
    "",
    `| ${title} | Type | Versions | Null | Tag | Default | |`,
    "| --- | --- | --- | --- | --- | --- | --- |",
    ...rows.map((row) => {
      const absent = row.absent === "" ? "" : `\`${row.absent}\``
      const cells = [row.type, row.versions, row.nullable, row.tag, absent, row.description]
      return `| ${"· ".repeat(row.depth)}${row.name} | ${cells.map(cell).join(" | ")} |`
    })
  ]

const cell = (text: string): string => text.replaceAll("|", "\\|")

/** From the broker's handlers. */
export const served: Served = new Map(handlers.map(({ api, versions }) => [api.key, versions]))

export const PATH = new URL("../PROTOCOL.md", import.meta.url)

if (import.meta.main) fs.writeFileSync(PATH, render(served))
