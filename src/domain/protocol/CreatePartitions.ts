// CreatePartitions: raises the number of partitions of a topic.
// Versions: v1 same as v0; v2 flexible; v3 may answer a quota's error.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const CreatePartitions = Api.make("CreatePartitions", {
  key: 37,
  versions: "0-3",
  flexible: "2+",
  request: {
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      count: Wire.Int32.annotate({ description: "How many there shall be in all." }),
      assignments: Wire.NullableArrayOf(Wire.Struct({
        brokerIds: Wire.ArrayOf(Wire.Int32)
      })).annotate({
        description: "Which brokers hold the new ones; null leaves it to the cluster."
      })
    })),
    timeoutMs: Wire.Int32.annotate({ description: "How long the broker may take." }),
    validateOnly: Wire.Boolean.annotate({ description: "Check without doing it." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    results: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      errorCode: Wire.ErrorCode,
      errorMessage: Wire.NullableString
    }))
  }
})
