// ListOffsets: the offset that stands at a timestamp, or at an end of the log. Negative timestamps
// are questions: -1 the end, -2 the start, -3 the largest timestamp (v7), -4 the local log's start
// (v8), -5 the last tiered offset (v9).
// Versions: v2 isolation level; v4 leader epochs; v6 flexible; v10 timeout for tiered storage.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const ListOffsets = Api.make("ListOffsets", {
  key: 2,
  versions: "1-10",
  flexible: "6+",
  request: {
    replicaId: Wire.Int32.annotate({ description: "-1 for a consumer." }),
    isolationLevel: Wire.Int8.annotate({
      description: "0: the end is the high watermark; 1: the last stable offset."
    }).pipe(Wire.since(2, 0)),
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        currentLeaderEpoch: Wire.Int32.pipe(Wire.since(4, -1)),
        timestamp: Wire.Int64.annotate({ description: "The time sought, or a negative question." })
      }))
    })),
    timeoutMs: Wire.Int32.annotate({ description: "How long the broker may take." }).pipe(
      Wire.since(10, 0)
    )
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(2, 0)),
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        errorCode: Wire.ErrorCode,
        timestamp: Wire.Int64.annotate({ description: "Of the record found, or -1." }),
        offset: Wire.Int64.annotate({
          description: "Of the first record at or after the time, or -1."
        }),
        leaderEpoch: Wire.Int32.pipe(Wire.since(4, -1))
      }))
    }))
  }
})
