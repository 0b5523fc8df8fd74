// The record that ends a transaction. It is the only one of a control batch, which only a broker
// writes: its key says how the transaction ended, its value which coordinator ended it.
//
//   key:   0 version int16   2 type int16: 0 abort, 1 commit (others are Raft's)
//   value: 0 version int16   2 coordinatorEpoch int32
// Source: Kafka's ControlRecordType, EndTransactionMarker. Later versions only add fields.
import * as Record from "./Record.ts"

export interface EndTransaction {
  readonly isCommit: boolean
  readonly coordinatorEpoch: number
}

const ABORT = 0
const COMMIT = 1
const KEY_BYTES = 4
const VALUE_BYTES = 6

/** Undefined for a control batch that says something else, or whose record compaction took away. */
export const endOfTransaction = (buffer: Buffer, at: number): EndTransaction | undefined => {
  const [record] = Record.ofBatch(buffer, at)
  const key = record?.key ?? Buffer.alloc(0)
  const value = record?.value ?? Buffer.alloc(0)
  if (key.length < KEY_BYTES || value.length < VALUE_BYTES) return undefined
  const type = key.readInt16BE(2)
  if (type !== ABORT && type !== COMMIT) return undefined
  return { isCommit: type === COMMIT, coordinatorEpoch: value.readInt32BE(2) }
}
