// ListOffsets: the first offset at or after a time, or one of the special ones (latest, earliest, of
// the largest timestamp).
// Behaviour: one offset a partition; -1, -1 when nothing is that late. Nothing is tiered here: the local
// log is all of it.
// Versions: v2 isolation level; v4 leader epoch; v6 flexible; v7 max timestamp; v8 the local log's start;
// v9 the last tiered offset; v10 timeout
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ListOffsets } from "../../../domain/protocol/ListOffsets.ts"
import {
  EARLIEST_TIMESTAMP,
  LATEST_TIMESTAMP,
  MAX_TIMESTAMP,
  type OffsetForTimestamp,
  PartitionLogs
} from "../../../layers/storage/PartitionLogs.ts"
import * as Handler from "../Handler.ts"
import * as LeaderEpochCheck from "../LeaderEpochCheck.ts"

const READ_COMMITTED = 1
const EARLIEST_LOCAL_TIMESTAMP = -4
const LATEST_TIERED_TIMESTAMP = -5
/** The version from which on a special time may be asked for; others are none. */
const SINCE: Readonly<Record<number, number>> = {
  [LATEST_TIMESTAMP]: 1,
  [EARLIEST_TIMESTAMP]: 1,
  [MAX_TIMESTAMP]: 7,
  [EARLIEST_LOCAL_TIMESTAMP]: 8,
  [LATEST_TIERED_TIMESTAMP]: 9
}
const NOTHING = { timestamp: -1, offset: -1, leaderEpoch: -1 }

export const listOffsets = Handler.make(ListOffsets, {
  versions: "1-10",
  handle: Effect.fnUntraced(function*(request, { apiVersion }) {
    const logs = yield* PartitionLogs
    const isolation = request.isolationLevel === READ_COMMITTED
      ? "read_committed" as const
      : "read_uncommitted" as const
    const topics = []
    for (const { name, partitions } of request.topics) {
      const answers = []
      for (const { currentLeaderEpoch, partitionIndex, timestamp } of partitions) {
        const fenced = LeaderEpochCheck.check(
          currentLeaderEpoch,
          logs.offsets(name, partitionIndex)?.leaderEpoch
        )
        const found = refused(fenced) ?? special(timestamp, apiVersion) ??
          (yield* logs.offsetForTimestamp(
            name,
            partitionIndex,
            timestamp === EARLIEST_LOCAL_TIMESTAMP ? EARLIEST_TIMESTAMP : timestamp,
            isolation
          ))
        answers.push({
          partitionIndex,
          errorCode: found.errorCode,
          timestamp: found.timestamp,
          offset: found.offset,
          leaderEpoch: found.leaderEpoch
        })
      }
      topics.push({ name, partitions: answers })
    }
    return { throttleTimeMs: 0, topics }
  })
})

/** Who knows another leader is told no offset. */
const refused = (errorCode: ErrorCode): OffsetForTimestamp | undefined =>
  errorCode === ErrorCode.NONE ? undefined : { ...NOTHING, errorCode }

/** What needs no look into the log. */
const special = (timestamp: number, apiVersion: number): OffsetForTimestamp | undefined => {
  if (timestamp < 0 && apiVersion < (SINCE[timestamp] ?? Infinity)) {
    return { ...NOTHING, errorCode: ErrorCode.UNSUPPORTED_VERSION }
  }
  return timestamp === LATEST_TIERED_TIMESTAMP
    ? { ...NOTHING, errorCode: ErrorCode.NONE }
    : undefined
}
