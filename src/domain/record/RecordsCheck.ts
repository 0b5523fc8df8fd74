// Walks the records inside a batch, uncompressed, and checks what only they can tell: their lengths,
// offset deltas, count, keys where a topic needs them, and times. No object is made of a record.
// Source: Kafka's LogValidator and DefaultRecord.
import { ErrorCode } from "../ErrorCode.ts"
import * as Failure from "../Failure.ts"
import { NO_TIMESTAMP } from "../Offset.ts"
import * as Varint from "./Varint.ts"

export interface RecordsRules {
  readonly count: number
  readonly baseTimestamp: number
  /** Compacted topics keep the last record of each key, so that each must have one. */
  readonly needsKeys: boolean
  /** Times outside are refused; NO_TIMESTAMP is allowed. */
  readonly timestampMin: number
  readonly timestampMax: number
}

/** Of more records that lack a key only the number is told. */
const KEYLESS_MAX = 1000

/** Why the records cannot be stored; undefined when they can. */
export const check = (records: Buffer, rules: RecordsRules): Failure.Failure | undefined => {
  const keyless: Array<number> = []
  const cursor = new Varint.Cursor(records, 0)
  for (let index = 0; index < rules.count; index++) {
    const size = cursor.varint()
    const end = cursor.position + size
    if (size < 1 || end > records.length) return invalid(index, `is ${size} bytes long`)
    cursor.position++ // attributes: none are in use
    const timestamp = rules.baseTimestamp + cursor.varlong()
    const delta = cursor.varint()
    if (delta !== index) return invalid(index, `has offset delta ${delta}`)
    if (
      timestamp !== NO_TIMESTAMP &&
      (timestamp < rules.timestampMin || timestamp > rules.timestampMax)
    ) {
      return Failure.make(
        ErrorCode.INVALID_TIMESTAMP,
        `record ${index} has the time ${timestamp}, allowed are ${rules.timestampMin} ` +
          `to ${rules.timestampMax}`
      )
    }
    const keyLength = cursor.varint()
    if (keyLength < -1) return invalid(index, `has a key of ${keyLength} bytes`)
    if (keyLength === -1 && rules.needsKeys) keyless.push(index)
    const wrong = restIsWrong(cursor, Math.max(keyLength, 0), end)
    if (wrong) return invalid(index, "does not end where its length says")
  }
  if (cursor.position !== records.length) {
    return invalid(rules.count, "was not announced, but there are bytes left")
  }
  return keyless.length === 0 ? undefined : withoutKeys(keyless)
}

const withoutKeys = (indexes: ReadonlyArray<number>): Failure.Failure => {
  const message = "a compacted topic takes no record without a key"
  return {
    ...Failure.make(
      ErrorCode.INVALID_RECORD,
      `${message}; ${indexes.length} have none, the first is record ${indexes[0]} of the batch`
    ),
    records: indexes.slice(0, KEYLESS_MAX).map((index) => ({ index, message }))
  }
}

const restIsWrong = (cursor: Varint.Cursor, keyLength: number, end: number): boolean => {
  cursor.position += keyLength
  const valueLength = cursor.varint()
  if (valueLength < -1) return true
  cursor.position += Math.max(valueLength, 0)
  if (cursor.position > end) return true
  const headers = cursor.varint()
  if (headers < 0) return true
  for (let i = 0; i < headers && cursor.position < end; i++) {
    const nameLength = cursor.varint()
    if (nameLength < 0) return true
    cursor.position += nameLength
    const headerLength = cursor.varint()
    if (headerLength < -1) return true
    cursor.position += Math.max(headerLength, 0)
  }
  return cursor.position !== end
}

const invalid = (index: number, what: string): Failure.Failure =>
  Failure.make(ErrorCode.INVALID_RECORD, `record ${index} ${what}`)
