// OffsetForLeaderEpoch: where a leader epoch ended, so that a consumer notices that a log was cut.
// Behaviour: -1, -1 for an epoch that is newer than any, or older.
// Versions: v2 the leader epoch is checked; v3 replica id (nobody follows here); v4 flexible
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { OffsetForLeaderEpoch } from "../../../domain/protocol/OffsetForLeaderEpoch.ts"
import { PartitionLogs } from "../../../layers/storage/PartitionLogs.ts"
import * as Handler from "../Handler.ts"
import * as LeaderEpochCheck from "../LeaderEpochCheck.ts"

export const offsetForLeaderEpoch = Handler.make(OffsetForLeaderEpoch, {
  versions: "2-4",
  handle: Effect.fnUntraced(function*(request) {
    const logs = yield* PartitionLogs
    const find = (
      topic: string,
      asked: typeof request.topics[number]["partitions"][number]
    ) => {
      const { currentLeaderEpoch, leaderEpoch, partition } = asked
      const offsets = logs.offsets(topic, partition)
      const errorCode = offsets === undefined
        ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        : LeaderEpochCheck.check(currentLeaderEpoch, offsets.leaderEpoch)
      const found = errorCode === ErrorCode.NONE
        ? logs.endOfEpoch(topic, partition, leaderEpoch)
        : { leaderEpoch: -1, endOffset: -1 }
      return { errorCode, partition, ...found }
    }
    return {
      throttleTimeMs: 0,
      topics: request.topics.map(({ partitions, topic }) => ({
        topic,
        partitions: partitions.map((asked) => find(topic, asked))
      }))
    }
  })
})
