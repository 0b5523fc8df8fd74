// Changes of settings as people type them: "retention.ms=60000" sets, "retention.ms-" goes back to the
// default, "cleanup.policy+=compact" and "cleanup.policy-=delete" edit a list.
import type { ConfigChange } from "../../client/admin/ConfigChanges.ts"

const OPERATIONS = { "=": "set", "+=": "append", "-=": "subtract" } as const

/** Undefined for what is no change. */
export const parse = (text: string): ConfigChange | undefined => {
  const match = /^([A-Za-z0-9._]+)(?:(=|\+=|-=)(.*)|(-))$/s.exec(text)
  if (match === null) return undefined
  const [, name = "", sign, value = ""] = match
  if (sign === undefined) return { name, operation: "delete" }
  return { name, operation: OPERATIONS[sign as keyof typeof OPERATIONS], value }
}

/** What one may be, for whoever typed something else. */
export const EXPECTED =
  "NAME=VALUE (set), NAME- (back to the default), NAME+=VALUE or NAME-=VALUE (edit a list)"
