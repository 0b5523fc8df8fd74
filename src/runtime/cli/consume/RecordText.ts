// How records are printed: by a format as kcat has them, or as JSON. Keys and values go out as the bytes that
// they are; only JSON needs text, and says so where there is none.
import { isUtf8 } from "node:buffer"
import type { ConsumerRecord, Header } from "../../client/consumer/ConsumerRecord.ts"

/** Appends what is printed of a record. */
export type Print = (record: ConsumerRecord, out: Array<string | Uint8Array>) => void

/** For the help. */
export const HELP =
  "%s value  %k key  %t topic  %p partition  %o offset  %T time in ms  %h headers\n" +
  "  %S, %K bytes of value and key (-1: none)  %% a percent sign; \\n \\t \\r \\\\ \\0 \\xHH"

const NOTHING = new Uint8Array(0)

const TOKENS: Readonly<Record<string, (record: ConsumerRecord) => string | Uint8Array>> = {
  s: (record) => record.value ?? NOTHING,
  S: (record) => String(record.value?.length ?? -1),
  k: (record) => record.key ?? NOTHING,
  K: (record) => String(record.key?.length ?? -1),
  t: (record) => record.topic,
  p: (record) => String(record.partition),
  o: (record) => String(record.offset),
  T: (record) => String(record.timestampMs),
  h: (record) => headersText(record.headers)
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  0: "\0",
  "\\": "\\"
}

/** Undefined for a format with a token that there is none of. */
export const format = (text: string): Print | undefined => {
  const parts: Array<string | ((record: ConsumerRecord) => string | Uint8Array)> = []
  let literal = ""
  const pattern = /%(.|$)|\\x([0-9a-fA-F]{2})|\\(.|$)|([^%\\]+)/gs
  for (const [, token, hex, escape, plain] of text.matchAll(pattern)) {
    if (token === "%") literal += "%"
    else if (token !== undefined) {
      const print = TOKENS[token]
      if (print === undefined) return undefined
      parts.push(literal, print)
      literal = ""
    } else if (hex !== undefined) literal += String.fromCharCode(Number.parseInt(hex, 16))
    else if (escape !== undefined) {
      if (ESCAPES[escape] === undefined) return undefined
      literal += ESCAPES[escape]
    } else literal += plain
  }
  parts.push(literal)
  const used = parts.filter((part) => part !== "")
  return (record, out) => {
    for (const part of used) out.push(typeof part === "string" ? part : part(record))
  }
}

/** "a=1,b=2", as kcat prints them. */
const headersText = (headers: ReadonlyArray<Header>): string =>
  headers.map(({ key, value }) => `${key}=${value?.toString() ?? "NULL"}`).join(",")

/** A line with an object; bytes that are no text are {"base64": ...}. */
export const json: Print = (record, out) => {
  const { headers, key, offset, partition, timestampMs, topic, value } = record
  const told = {
    topic,
    partition,
    offset,
    timestamp: timestampMs,
    key: textOf(key),
    value: textOf(value),
    ...(headers.length === 0 ? {} : { headers: headersOf(headers) })
  }
  out.push(`${JSON.stringify(told)}\n`)
}

const textOf = (bytes: Buffer | null): unknown => {
  if (bytes === null) return null
  return isUtf8(bytes) ? bytes.toString() : { base64: bytes.toString("base64") }
}

/** Names that come more than once have their values as a list. */
const headersOf = (headers: ReadonlyArray<Header>): Record<string, unknown> => {
  const values: Record<string, unknown> = {}
  for (const { key } of headers) {
    const all = headers.filter((header) => header.key === key).map(({ value }) => textOf(value))
    values[key] = all.length === 1 ? all[0] : all
  }
  return values
}
