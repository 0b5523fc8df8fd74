// ListOffsets: the first offset at or after a time, or one of the special ones (latest, earliest, of
// the largest timestamp).
// Behaviour: one offset a partition; -1, -1 when nothing is that late.
// Versions: v2 isolation level; v4 leader epoch; v6 flexible; v7 max timestamp
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ListOffsets } from "../../../domain/protocol/ListOffsets.ts"
import { PartitionLogs } from "../../../layers/storage/PartitionLogs.ts"
import * as Handler from "../Handler.ts"

const READ_COMMITTED = 1

export const listOffsets = Handler.make(ListOffsets, {
  versions: "1-7",
  handle: Effect.fnUntraced(function*(request) {
    const logs = yield* PartitionLogs
    const isolation = request.isolationLevel === READ_COMMITTED
      ? "read_committed" as const
      : "read_uncommitted" as const
    const topics = []
    for (const { name, partitions } of request.topics) {
      const answers = []
      for (const { currentLeaderEpoch, partitionIndex, timestamp } of partitions) {
        const found = yield* logs.offsetForTimestamp(name, partitionIndex, timestamp, isolation)
        const fenced = leaderEpochError(
          currentLeaderEpoch,
          logs.offsets(name, partitionIndex)?.leaderEpoch
        )
        answers.push({
          partitionIndex,
          errorCode: fenced === ErrorCode.NONE ? found.errorCode : fenced,
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

const leaderEpochError = (asked: number, current: number | undefined): number => {
  if (asked < 0 || current === undefined || asked === current) return ErrorCode.NONE
  return asked < current ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH
}
