// OffsetForLeaderEpoch: where a leader epoch ended, so that a consumer notices a truncated log.
// Versions: v2 the reader says which leader it knows; v3 replica id; v4 flexible.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const OffsetForLeaderEpoch = Api.make("OffsetForLeaderEpoch", {
  key: 23,
  versions: "2-4",
  flexible: "4+",
  request: {
    replicaId: Wire.Int32.annotate({ description: "-1 for a consumer, -2 for a debugging tool." })
      .pipe(Wire.since(3, -2)),
    topics: Wire.ArrayOf(Wire.Struct({
      topic: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partition: Wire.Int32,
        currentLeaderEpoch: Wire.Int32,
        leaderEpoch: Wire.Int32
      }))
    }))
  },
  response: {
    throttleTimeMs: Wire.Int32,
    topics: Wire.ArrayOf(Wire.Struct({
      topic: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        errorCode: Wire.ErrorCode,
        partition: Wire.Int32,
        leaderEpoch: Wire.Int32,
        endOffset: Wire.Int64.annotate({ description: "Where the epoch ended, or -1." })
      }))
    }))
  }
})
