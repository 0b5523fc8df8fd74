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
  const mayBePlain = !rules.needsKeys && rules.baseTimestamp - 64 >= rules.timestampMin &&
    rules.baseTimestamp + 63 <= rules.timestampMax
  for (let index = 0; index < rules.count; index++) {
    const plain = mayBePlain ? plainEnd(records, cursor.position, index) : -1
    if (plain >= 0) {
      cursor.position = plain
      continue
    }
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

/**
 * The end of a record as most are: its size and its value's of two bytes at most, its time within a
 * byte of the batch's, no key, no headers. Half the cost of the long way; -1 sends there.
 */
const plainEnd = (records: Buffer, at: number, index: number): number => {
  const sizeBytes = records[at]! < 0x80 ? 1 : 2
  const size = shortVarint(records, at, sizeBytes)
  const start = at + sizeBytes
  if (size < 0 || records[start + 1]! >= 0x80) return -1
  let position = start + 2
  const delta = index << 1
  if (delta < 0x80) {
    if (records[position] !== delta) return -1
    position++
  } else {
    if (delta >= 0x4000 || records[position] !== ((delta & 0x7f) | 0x80)) return -1
    if (records[position + 1] !== delta >>> 7) return -1
    position += 2
  }
  if (records[position] !== NO_KEY) return -1
  position++
  const valueSizeBytes = records[position]! < 0x80 ? 1 : 2
  const valueSize = shortVarint(records, position, valueSizeBytes)
  if (valueSize < 0) return -1
  position += valueSizeBytes + valueSize
  return records[position] === 0 && position + 1 === start + size ? position + 1 : -1
}

/** A key length of -1. */
const NO_KEY = 1

/** One of one or two bytes that is not negative; -1 for any other. */
const shortVarint = (records: Buffer, at: number, bytes: number): number => {
  const first = records[at]!
  if ((first & 1) === 1) return -1
  if (bytes === 1) return first >>> 1
  const second = records[at + 1]!
  return second < 0x80 ? ((first & 0x7f) | (second << 7)) >>> 1 : -1
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
