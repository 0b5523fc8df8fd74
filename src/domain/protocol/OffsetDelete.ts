// OffsetDelete: forgets a group's offsets in partitions it no longer subscribes to (KIP-496).
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const OffsetDelete = Api.make("OffsetDelete", {
  key: 47,
  versions: "0",
  flexible: "none",
  request: {
    groupId: Wire.String,
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32
      }))
    }))
  },
  response: {
    errorCode: Wire.ErrorCode,
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
