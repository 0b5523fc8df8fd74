// TxnOffsetCommit: a group's offsets that count when the transaction commits.
// Versions: v1 same as v0; v2 leader epochs; v3 flexible, member and generation; v4 new error.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const TxnOffsetCommit = Api.make("TxnOffsetCommit", {
  key: 28,
  versions: "0-4",
  flexible: "3+",
  request: {
    transactionalId: Wire.String.annotate({ description: "Names the producer across restarts." }),
    groupId: Wire.String,
    producerId: Wire.Int64,
    producerEpoch: Wire.Int16,
    generationId: Wire.Int32.annotate({
      description: "-1 when the producer is no member."
    }).pipe(Wire.since(3, -1)),
    memberId: Wire.String.pipe(Wire.since(3, "")),
    groupInstanceId: Wire.NullableString.annotate({
      description: "Names a static member across restarts; null for a dynamic one."
    }).pipe(Wire.since(3, null)),
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        committedOffset: Wire.Int64,
        committedLeaderEpoch: Wire.Int32.pipe(Wire.since(2, -1)),
        committedMetadata: Wire.NullableString
      }))
    }))
  },
  response: {
    throttleTimeMs: Wire.Int32,
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        errorCode: Wire.ErrorCode
      }))
    }))
  }
})
