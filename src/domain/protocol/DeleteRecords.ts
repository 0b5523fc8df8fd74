// DeleteRecords: moves a partition's log start offset up; what is below is gone.
// Versions: v1 same as v0; v2 flexible.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const DeleteRecords = Api.make("DeleteRecords", {
  key: 21,
  versions: "0-2",
  flexible: "2+",
  request: {
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        offset: Wire.Int64.annotate({
          description: "The first to keep; -1 for the high watermark."
        })
      }))
    })),
    timeoutMs: Wire.Int32.annotate({ description: "How long the broker may take." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        lowWatermark: Wire.Int64.annotate({
          description: "The smallest log start offset of all replicas."
        }),
        errorCode: Wire.ErrorCode
      }))
    }))
  }
})
