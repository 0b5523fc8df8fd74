// A message over a range of versions -> the rows of PROTOCOL.md. It reads layouts, as the codecs do,
// so that what is documented is what is on the wire.
import type * as Schema from "effect/Schema"
import * as Layout from "./Layout.ts"
import * as VersionRange from "./VersionRange.ts"

export interface Row {
  /** 0 for a field of the message itself. */
  readonly depth: number
  readonly name: string
  /** "int32", "string", "[]string", "struct", "[]struct". */
  readonly type: string
  /** Versions that have the field, as Kafka writes them. */
  readonly versions: string
  /** Versions in which null may be written; empty where none. */
  readonly nullable: string
  /** The tag and the versions in which the field is a tagged one; empty where none. */
  readonly tag: string
  /** What the field reads as where it was not sent; empty where it is always sent. */
  readonly absent: string
  readonly description: string
}

/** A field at one of the versions, side by side with the others. */
interface Seen {
  readonly version: number
  readonly field: Layout.FieldLayout
}

/** The fields of a message in wire order, each before the fields inside it. */
export const rows = (
  schema: Schema.Top,
  versions: VersionRange.VersionRange
): ReadonlyArray<Row> => {
  const layouts: Array<{ readonly version: number; readonly layout: Layout.StructLayout }> = []
  for (let version = versions.min; version <= versions.max; version++) {
    layouts.push({ version, layout: Layout.of(schema, version) })
  }
  return ofStruct(layouts, 0)
}

const ofStruct = (
  layouts: ReadonlyArray<{ readonly version: number; readonly layout: Layout.StructLayout }>,
  depth: number
): ReadonlyArray<Row> => {
  const fields = layouts[0]?.layout.fields ?? []
  return fields.flatMap((_, i) =>
    ofField(layouts.map(({ layout, version }) => ({ version, field: layout.fields[i]! })), depth)
  )
}

const ofField = (all: ReadonlyArray<Seen>, depth: number): ReadonlyArray<Row> => {
  const seen = all.filter(({ field }) => field.presence !== "absent")
  const first = seen[0]
  if (first === undefined) return []
  const tagged = seen.filter(({ field }) => field.presence === "tagged")
  const isAlwaysSent = seen.length === all.length && tagged.length === 0
  const row: Row = {
    depth,
    name: first.field.name,
    type: typeName(first.field.type),
    versions: ranges(seen),
    nullable: ranges(seen.filter(({ field }) => field.type.nullable)),
    tag: tagged.length === 0 ? "" : `${first.field.tag} (${ranges(tagged)})`,
    absent: isAlwaysSent ? "" : JSON.stringify(first.field.absent),
    description: first.field.description ?? ""
  }
  const inside = seen.flatMap(({ field, version }) => {
    const layout = structOf(field.type)
    return layout === undefined ? [] : [{ version, layout }]
  })
  return [row, ...ofStruct(inside, depth + 1)]
}

const typeName = (type: Layout.TypeLayout): string =>
  type.kind === "primitive"
    ? type.primitive
    : type.kind === "array"
    ? `[]${typeName(type.element)}`
    : "struct"

const structOf = (type: Layout.TypeLayout): Layout.StructLayout | undefined =>
  type.kind === "struct" ? type : type.kind === "array" ? structOf(type.element) : undefined

/** "0-2, 5": the versions seen, as few ranges as there are. */
const ranges = (seen: ReadonlyArray<Seen>): string => {
  const found: Array<VersionRange.VersionRange> = []
  for (const { version } of seen) {
    const last = found.at(-1)
    if (last !== undefined && last.max === version - 1) {
      found[found.length - 1] = { ...last, max: version }
    } else found.push({ min: version, max: version })
  }
  return found.map(VersionRange.format).join(", ")
}
