// ListPartitionReassignments: replicas that are being moved; kafka-topics asks it to describe
// topics.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const ListPartitionReassignments = Api.make("ListPartitionReassignments", {
  key: 46,
  versions: "0",
  flexible: "0+",
  request: {
    timeoutMs: Wire.Int32.annotate({ description: "How long the broker may take." }),
    topics: Wire.NullableArrayOf(Wire.Struct({
      name: Wire.String,
      partitionIndexes: Wire.ArrayOf(Wire.Int32)
    })).annotate({ description: "Null for all." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    errorCode: Wire.ErrorCode,
    errorMessage: Wire.NullableString,
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        replicas: Wire.ArrayOf(Wire.Int32),
        addingReplicas: Wire.ArrayOf(Wire.Int32),
        removingReplicas: Wire.ArrayOf(Wire.Int32)
      }))
    }))
  }
})
