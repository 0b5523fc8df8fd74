// Looks for a record inside a batch's records by its time, without making objects of them.
import * as Varint from "./Varint.ts"

export interface RecordsHeader {
  readonly count: number
  readonly baseOffset: number
  readonly baseTimestamp: number
  /** The broker's time where it stands for all records, else -1. */
  readonly appendTimestamp: number
}

/** The first record at or after `timestamp` and `offsetMin`; `records` are uncompressed. */
export const firstSince = (
  records: Buffer,
  header: RecordsHeader,
  timestamp: number,
  offsetMin: number
): { readonly offset: number; readonly timestamp: number } | undefined => {
  const cursor = new Varint.Cursor(records, 0)
  for (let i = 0; i < header.count; i++) {
    const size = cursor.varint()
    const next = cursor.position + size
    cursor.position++ // attributes: none are in use
    const delta = cursor.varlong()
    const offset = header.baseOffset + cursor.varint()
    const time = header.appendTimestamp >= 0 ? header.appendTimestamp : header.baseTimestamp + delta
    if (time >= timestamp && offset >= offsetMin) return { offset, timestamp: time }
    if (next <= cursor.position - 1 || next > records.length) return undefined
    cursor.position = next
  }
  return undefined
}
