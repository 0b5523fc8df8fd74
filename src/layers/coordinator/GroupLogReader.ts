// Reads one partition of __consumer_offsets from its start to its end, record by record, in the order
// in which they were written. A record that nobody can read is told in the log and passed over: one
// of them must not take all other groups with it.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as GroupRecord from "../../domain/group/GroupRecord.ts"
import type * as CompressionType from "../../domain/record/CompressionType.ts"
import * as Record from "../../domain/record/Record.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import { WireError } from "../../domain/wire/WireError.ts"
import type { Compression } from "../compression/Compression.ts"
import type { PartitionLogs } from "../storage/PartitionLogs.ts"
import { TOPIC } from "./GroupLog.ts"

/** The most that one batch may hold uncompressed. */
const OPENED_BYTES_MAX = 64 * 1024 * 1024

export interface Source {
  readonly logs: PartitionLogs["Service"]
  readonly compression: Compression["Service"]
  /** Read at a time. */
  readonly bytesMax: number
}

/** Gives how many records there were, and whether the end was reached. */
export const readAll = Effect.fnUntraced(function*(
  { bytesMax, compression, logs }: Source,
  partition: number,
  each: (record: GroupRecord.GroupRecord) => void
) {
  let offset = logs.offsets(TOPIC, partition)?.logStartOffset ?? 0
  let count = 0
  for (;;) {
    const read = yield* logs.read(TOPIC, partition, {
      offset,
      bytesMax,
      atLeastOne: true,
      isolation: "read_committed",
      currentLeaderEpoch: -1
    })
    if (read.errorCode !== ErrorCode.NONE) {
      yield* Effect.logError(
        `${TOPIC}-${partition} cannot be read from offset ${offset} on: ` +
          `error ${read.errorCode}; its groups are not served`
      )
      return { count, isWhole: false }
    }
    if (read.records.length === 0) return { count, isWhole: true }
    const bytes = Buffer.from(read.records)
    read.release()
    for (let at = 0; at < bytes.length; at += RecordBatch.sizeBytes(bytes, at)) {
      offset = RecordBatch.nextOffset(bytes, at)
      // Transactions commit offsets too, but there are none yet; their markers say nothing here.
      if (RecordBatch.isControl(bytes, at)) continue
      const opened = yield* open(compression, bytes, at)
      for (const record of opened) {
        count++
        const problem = tell(record, each)
        if (problem !== undefined) {
          yield* Effect.logWarning(`${TOPIC}-${partition}, offset ${record.offset}: ${problem}`)
        }
      }
    }
  }
})

const open = (
  compression: Compression["Service"],
  bytes: Buffer,
  at: number
): Effect.Effect<ReadonlyArray<Record.Record>> => {
  const type = RecordBatch.compressionType(bytes, at)
  if (type === 0) return Effect.succeed(Record.ofBatch(bytes, at))
  const end = at + RecordBatch.sizeBytes(bytes, at)
  return compression.decompress(
    type as CompressionType.CompressionType, // The log takes no other.
    bytes.subarray(at + RecordBatch.HEADER_BYTES, end),
    OPENED_BYTES_MAX
  ).pipe(
    Effect.map((records) => Record.ofBatch(bytes, at, records)),
    Effect.catch((error) => Effect.as(Effect.logError(`${TOPIC}: ${error.message}`), []))
  )
}

const tell = (
  record: Record.Record,
  each: (record: GroupRecord.GroupRecord) => void
): string | undefined => {
  const { key, value } = record
  if (key === null) return "a record without a key"
  try {
    each(GroupRecord.decode(key, value))
    return undefined
  } catch (error) {
    if (error instanceof WireError) return error.message
    throw error
  }
}
