// OffsetFetch: how far a group has come. Offset -1 says that nothing is committed.
// Versions: v2 null asks for all topics, error for the whole group; v3 throttle; v5 leader epochs;
// v6 flexible; v7 may wait for open transactions; v8 many groups at once; v9 members of KIP-848
// groups.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const OffsetFetch = Api.make("OffsetFetch", {
  key: 9,
  versions: "1-9",
  flexible: "6+",
  request: {
    groupId: Wire.String.pipe(Wire.versions("1-7", "")),
    topics: Wire.NullableArrayOf(Wire.Struct({
      name: Wire.String,
      partitionIndexes: Wire.ArrayOf(Wire.Int32)
    })).annotate({ description: "Null for all." }).pipe(
      Wire.versions("1-7", []),
      Wire.nullable("2+")
    ),
    groups: Wire.ArrayOf(Wire.Struct({
      groupId: Wire.String,
      memberId: Wire.NullableString.pipe(Wire.since(9, null)),
      memberEpoch: Wire.Int32.pipe(Wire.since(9, -1)),
      topics: Wire.NullableArrayOf(Wire.Struct({
        name: Wire.String,
        partitionIndexes: Wire.ArrayOf(Wire.Int32)
      })).annotate({ description: "Null for all." })
    })).pipe(Wire.since(8, [])),
    requireStable: Wire.Boolean.annotate({
      description: "Answer an error while a transaction may still move an offset."
    }).pipe(Wire.since(7, false))
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(3, 0)),
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        committedOffset: Wire.Int64.annotate({ description: "-1 when there is none." }),
        committedLeaderEpoch: Wire.Int32.pipe(Wire.since(5, -1)),
        metadata: Wire.NullableString,
        errorCode: Wire.ErrorCode
      }))
    })).pipe(Wire.versions("1-7", [])),
    errorCode: Wire.ErrorCode.pipe(Wire.versions("2-7", 0)),
    groups: Wire.ArrayOf(Wire.Struct({
      groupId: Wire.String,
      topics: Wire.ArrayOf(Wire.Struct({
        name: Wire.String,
        partitions: Wire.ArrayOf(Wire.Struct({
          partitionIndex: Wire.Int32,
          committedOffset: Wire.Int64.annotate({ description: "-1 when there is none." }),
          committedLeaderEpoch: Wire.Int32,
          metadata: Wire.NullableString,
          errorCode: Wire.ErrorCode
        }))
      })),
      errorCode: Wire.ErrorCode
    })).pipe(Wire.since(8, []))
  }
})
