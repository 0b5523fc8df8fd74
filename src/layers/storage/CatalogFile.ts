// topics.json: every topic with its id, partitions and settings, as text that a person can read
// and, in need, mend. What it says is checked before a broker believes it: a wrong name would be a
// directory's, a wrong setting a log's.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as TopicConfigs from "../../domain/config/TopicConfigs.ts"
import * as TopicName from "../../domain/Topic.ts"
import { type Disk, type DiskError, orAbsent } from "../disk/Disk.ts"

/** The catalog's file cannot be used. */
export class CatalogError extends Data.TaggedError("CatalogError")<{
  readonly path: string
  readonly detail: string
}> {
  override get message(): string {
    return `${this.path} cannot be read: ${this.detail}. Put back a copy of it, or move it away to ` +
      "start without topics; it is never overwritten while it cannot be read."
  }
}

/** What the file says of one topic. */
export interface CatalogEntry {
  readonly name: string
  readonly id: string
  readonly partitions: number
  readonly configs: Readonly<Record<string, string>>
}

export const FILE = "topics.json"
const VERSION = 1

const File = Schema.Struct({
  version: Schema.Literal(VERSION),
  topics: Schema.Array(Schema.Struct({
    name: Schema.String,
    id: Schema.String,
    partitions: Schema.Int,
    configs: Schema.Record(Schema.String, Schema.String)
  }))
})
const decodeText = Schema.decodeUnknownEffect(Schema.fromJsonString(File))

/** No entries where there is no file: a new broker. */
export const load = Effect.fnUntraced(function*(
  disk: Disk["Service"],
  path: string
): Effect.fn.Return<ReadonlyArray<CatalogEntry>, DiskError | CatalogError> {
  const bytes = yield* orAbsent(disk.readFile(path))
  if (bytes === undefined) return []
  const { topics } = yield* Effect.mapError(
    decodeText(bytes.toString("utf8")),
    (error) => new CatalogError({ path, detail: error.message })
  )
  const detail = problem(topics)
  return detail === undefined ? topics : yield* new CatalogError({ path, detail })
})

export const encode = (topics: Iterable<CatalogEntry>): Buffer => {
  const entries = Array.from(topics, ({ configs, id, name, partitions }) => ({
    name,
    id,
    partitions,
    configs
  }))
  return Buffer.from(JSON.stringify({ version: VERSION, topics: entries }, undefined, 1))
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** What is wrong with the entries, if anything. */
const problem = (entries: ReadonlyArray<CatalogEntry>): string | undefined => {
  const seen = new Set<string>()
  for (const { configs, id, name, partitions } of entries) {
    const detail = TopicName.invalidName(name) ?? TopicConfigs.validate(configs)?.message
    if (detail !== undefined) return `topic "${name}": ${detail}`
    if (!UUID.test(id)) return `topic "${name}": its id "${id}" is no UUID`
    if (partitions < 1) return `topic "${name}": it has ${partitions} partitions`
    for (const once of [name, id]) {
      if (seen.has(once)) return `"${once}" is there twice`
      seen.add(once)
    }
  }
  return undefined
}
