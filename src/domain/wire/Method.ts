// Which method of Reader and Writer carries a primitive in a version: the names are the same in both,
// so that emitted code, closures and documentation agree by construction.
import type { PrimitiveLayout } from "./Layout.ts"
import type { Reader } from "./Reader.ts"
import type { Writer } from "./Writer.ts"

export type Method = keyof Reader & keyof Writer

const STRINGS = {
  plain: { one: "string", nullable: "nullableString" },
  compact: { one: "compactString", nullable: "compactNullableString" }
} as const
const BYTES = {
  plain: { one: "bytes", nullable: "nullableBytes" },
  compact: { one: "compactBytes", nullable: "compactNullableBytes" }
} as const

export const of = (type: PrimitiveLayout, flexible: boolean): Method => {
  const form = flexible && !type.legacyLength ? "compact" : "plain"
  const kind = type.nullable ? "nullable" : "one"
  switch (type.primitive) {
    case "string":
      return STRINGS[form][kind]
    case "bytes":
      return BYTES[form][kind]
    default:
      return type.primitive
  }
}

export const arrayLength = (flexible: boolean): "compactArrayLength" | "arrayLength" =>
  flexible ? "compactArrayLength" : "arrayLength"
