// OffsetCommit: stores how far a group has come in its partitions.
// Versions: v2-4 retention time; v3 throttle; v6 leader epochs; v7 static members; v8 flexible; v9
// the generation may be a KIP-848 member epoch.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const OffsetCommit = Api.make("OffsetCommit", {
  key: 8,
  versions: "2-9",
  flexible: "8+",
  request: {
    groupId: Wire.String,
    generationIdOrMemberEpoch: Wire.Int32.annotate({
      description: "-1 for who assigns its partitions itself."
    }),
    memberId: Wire.String,
    groupInstanceId: Wire.NullableString.annotate({
      description: "Names a static member across restarts; null for a dynamic one."
    }).pipe(Wire.since(7, null)),
    retentionTimeMs: Wire.Int64.annotate({ description: "-1 for the broker's default." }).pipe(
      Wire.versions("2-4", -1)
    ),
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        committedOffset: Wire.Int64,
        committedLeaderEpoch: Wire.Int32.annotate({
          description: "Of the last record read; -1 when unknown."
        }).pipe(Wire.since(6, -1)),
        committedMetadata: Wire.NullableString.annotate({
          description: "Whatever the client wants to read back."
        })
      }))
    }))
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(3, 0)),
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        errorCode: Wire.ErrorCode
      }))
    }))
  }
})
