// How large a record is, told before it is encoded, and strings as bytes without allocating: one scratch
// buffer, and views of it that are made once for each length.
import type { ProducerRecord, RecordBytes } from "./ProducerRecord.ts"

/**
 * Lengths, deltas and attributes around a record's parts, and the batch's header if it is the
 * first.
 */
const AROUND_RECORD_BYTES = 100
const UTF8_BYTES_MAX = 3
const VIEWS_MAX = 4096

const lengthOf = (bytes: RecordBytes | undefined): number =>
  bytes === null || bytes === undefined
    ? 0
    : typeof bytes === "string"
    ? bytes.length * UTF8_BYTES_MAX
    : bytes.length

const exactLengthOf = (bytes: RecordBytes | undefined): number =>
  typeof bytes === "string" ? Buffer.byteLength(bytes) : lengthOf(bytes)

/**
 * Never too small; cheap. NaN for what is no record: programs in JavaScript give numbers and
 * objects, too, which would be written as nothing.
 */
export const bound = ({ headers, key, value }: ProducerRecord): number => {
  let bytes = AROUND_RECORD_BYTES + lengthOf(key) + lengthOf(value)
  if (headers === undefined) return bytes
  if (!Array.isArray(headers)) return Number.NaN
  for (const [name, content] of headers as NonNullable<ProducerRecord["headers"]>) {
    if (typeof name !== "string" || content === undefined) return Number.NaN
    bytes += 10 + lengthOf(name) + lengthOf(content)
  }
  return bytes
}

/** To a few bytes. */
export const exact = ({ headers = [], key, value }: ProducerRecord): number =>
  headers.reduce(
    (bytes, [name, content]) => bytes + 10 + exactLengthOf(name) + exactLengthOf(content),
    AROUND_RECORD_BYTES + exactLengthOf(key) + exactLengthOf(value)
  )

/** Strings as UTF-8, good until the next call. */
export class Utf8Scratch {
  private buffer = Buffer.allocUnsafeSlow(VIEWS_MAX * UTF8_BYTES_MAX)
  private readonly views: Array<Buffer | undefined> = []

  bytesOf(text: string): Buffer {
    if (text.length * UTF8_BYTES_MAX > this.buffer.length) {
      const length = Buffer.byteLength(text)
      if (length > this.buffer.length) return Buffer.from(text)
    }
    const length = this.buffer.write(text, 0, "utf8")
    if (length >= VIEWS_MAX) return this.buffer.subarray(0, length)
    return this.views[length] ??= this.buffer.subarray(0, length)
  }
}
