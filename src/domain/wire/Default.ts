// Defaults of fields that are absent or tagged. A tagged field is written only when it differs from
// its default, as Kafka's generated code does.
import { UNKNOWN_TAGS } from "./Reader.ts"

/** Structural equality over what messages are made of. */
export const equals = (a: unknown, b: unknown): boolean => {
  if (a === b) return true
  if (a === null || b === null || typeof a !== "object" || typeof b !== "object") return false
  if (a instanceof Uint8Array) {
    return b instanceof Uint8Array && Buffer.compare(a, b) === 0
  }
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => equals(item, b[i]))
  }
  // Unknown tagged fields make a structure differ from its default, or they would be lost with it.
  if (UNKNOWN_TAGS in a || UNKNOWN_TAGS in b) return false
  const keys = Object.keys(b)
  return Object.keys(a).length === keys.length &&
    keys.every((key) => equals(a[key as keyof typeof a], b[key as keyof typeof b]))
}
