// What a line of input means as a record: its bytes as they are, a key before a separator, or a JSON object
// {"key", "value", "headers", "partition", "timestamp"}, of which "value" alone must be there. Keys and
// values that are no strings are sent as the JSON that they are; null is no key or no value (a tombstone).
import type {
  ProducerRecord,
  RecordBytes,
  RecordHeader
} from "../../client/producer/ProducerRecord.ts"

/** A record, or why the line is none. */
export type Parse = (line: Uint8Array) => ProducerRecord | string

export interface LineOptions {
  readonly topic: string
  readonly partition: number | undefined
  /** Of all records that have none of their own. */
  readonly key: string | undefined
  /** What ends the key within a line. */
  readonly keySeparator: string | undefined
  /** Of all records; those of a JSON record come after them. */
  readonly headers: ReadonlyArray<RecordHeader>
  /** Whether an empty value is none. */
  readonly emptyIsNull: boolean
}

export const lines = (options: LineOptions): Parse => {
  const { emptyIsNull, headers, keySeparator, partition, topic } = options
  const separator = keySeparator === undefined ? undefined : Buffer.from(keySeparator)
  const common = { topic, partition, headers }
  const valueOf = (bytes: Uint8Array) => emptyIsNull && bytes.length === 0 ? null : bytes
  if (separator === undefined) {
    const key = options.key ?? null
    return (line) => ({ ...common, key, value: valueOf(line) })
  }
  return (line) => {
    const at = Buffer.from(line.buffer, line.byteOffset, line.length).indexOf(separator)
    if (at < 0) return `has no key: there is no "${keySeparator}" in it`
    const value = line.subarray(at + separator.length)
    return { ...common, key: line.subarray(0, at), value: valueOf(value) }
  }
}

const FIELDS = new Set(["key", "value", "headers", "partition", "timestamp"])

export const json = (options: LineOptions): Parse => (line) => {
  let given: unknown
  try {
    given = JSON.parse(Buffer.from(line.buffer, line.byteOffset, line.length).toString())
  } catch {
    return "is no JSON"
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) {
    return "is no JSON object"
  }
  const fields = given as Readonly<Record<string, unknown>>
  const { headers = {}, partition = options.partition, timestamp } = fields
  const unknown = Object.keys(fields).find((name) => !FIELDS.has(name))
  if (unknown !== undefined) return `has a field "${unknown}", which records do not have`
  if (!("value" in fields)) return "has no field \"value\""
  if (partition !== undefined && !isWhole(partition)) return "has a partition that is none"
  if (timestamp !== undefined && !isWhole(timestamp)) return "has a timestamp that is none"
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) {
    return "has headers that are no object"
  }
  const own = Object.entries(headers).map(([name, value]): RecordHeader => [name, header(value)])
  return {
    topic: options.topic,
    partition,
    key: "key" in fields ? bytesOf(fields["key"]) : options.key ?? null,
    value: bytesOf(fields["value"]),
    headers: [...options.headers, ...own],
    timestampMs: timestamp
  }
}

const isWhole = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0

const bytesOf = (value: unknown): RecordBytes =>
  value === null || typeof value === "string" ? value : JSON.stringify(value)

const header = (value: unknown): Uint8Array | null => {
  const bytes = bytesOf(value)
  return typeof bytes === "string" ? Buffer.from(bytes) : bytes
}
