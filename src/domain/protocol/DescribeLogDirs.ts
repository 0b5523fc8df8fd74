// DescribeLogDirs: how much each partition takes in each log directory.
// Versions: v2 flexible; v3 an error for the whole answer; v4 total and usable space.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const DescribeLogDirs = Api.make("DescribeLogDirs", {
  key: 35,
  versions: "1-4",
  flexible: "2+",
  request: {
    topics: Wire.NullableArrayOf(Wire.Struct({
      topic: Wire.String,
      partitions: Wire.ArrayOf(Wire.Int32)
    })).annotate({ description: "Null for all." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    errorCode: Wire.ErrorCode.pipe(Wire.since(3, 0)),
    results: Wire.ArrayOf(Wire.Struct({
      errorCode: Wire.ErrorCode,
      logDir: Wire.String,
      topics: Wire.ArrayOf(Wire.Struct({
        name: Wire.String,
        partitions: Wire.ArrayOf(Wire.Struct({
          partitionIndex: Wire.Int32,
          partitionSize: Wire.Int64,
          offsetLag: Wire.Int64.annotate({ description: "How far a future replica is behind." }),
          isFutureKey: Wire.Boolean.annotate({
            description: "Whether it is a replica on its way to this directory."
          })
        }))
      })),
      totalBytes: Wire.Int64.annotate({ description: "Of the volume; -1 when unknown." }).pipe(
        Wire.since(4, -1)
      ),
      usableBytes: Wire.Int64.annotate({ description: "Of the volume; -1 when unknown." }).pipe(
        Wire.since(4, -1)
      )
    }))
  }
})
