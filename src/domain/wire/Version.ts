// A value as seen at a version: what a reader on the other side of the wire will hold. Fields that
// the version has not take their default, and null becomes empty where null cannot be written.
import type * as Schema from "effect/Schema"
import * as Layout from "./Layout.ts"

export const at = <S extends Schema.Top>(schema: S, version: number, value: S["Type"]): S["Type"] =>
  seen(Layout.of(schema, version), value)

const seen = (type: Layout.TypeLayout, value: unknown): unknown => {
  if (value === null) return type.nullable ? null : empty(type)
  switch (type.kind) {
    case "primitive":
      return value
    case "array":
      return (value as ReadonlyArray<unknown>).map((item) => seen(type.element, item))
    case "struct":
      return Object.fromEntries(type.fields.map((field) => [
        field.name,
        field.presence === "absent"
          ? field.absent
          : seen(field.type, (value as Record<string, unknown>)[field.name])
      ]))
  }
}

const empty = (type: Layout.TypeLayout): unknown => {
  if (type.kind === "array") return []
  if (type.kind === "struct") {
    return Object.fromEntries(type.fields.map((field) => [
      field.name,
      field.presence === "plain" ? empty(field.type) : field.absent
    ]))
  }
  switch (type.primitive) {
    case "string":
      return ""
    case "bytes":
      return new Uint8Array(0)
    case "boolean":
      return false
    case "uuid":
      return "00000000-0000-0000-0000-000000000000"
    default:
      return 0
  }
}
