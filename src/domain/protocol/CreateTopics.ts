// CreateTopics: creates topics, or only checks whether they could be created.
// Versions: v2 throttle; v4 -1 stands for the broker's defaults; v5 flexible, tells the configs of
// what was created; v7 topic ids.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const CreateTopics = Api.make("CreateTopics", {
  key: 19,
  versions: "2-7",
  flexible: "5+",
  request: {
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      numPartitions: Wire.Int32.annotate({
        description: "-1 for the broker's default, or with assignments."
      }),
      replicationFactor: Wire.Int16.annotate({
        description: "-1 for the broker's default, or with assignments."
      }),
      assignments: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        brokerIds: Wire.ArrayOf(Wire.Int32).annotate({
          description: "The first is the preferred leader."
        })
      })).annotate({
        description: "Which brokers hold which partition; empty leaves it to the cluster."
      }),
      configs: Wire.ArrayOf(Wire.Struct({
        name: Wire.String,
        value: Wire.NullableString
      }))
    })),
    timeoutMs: Wire.Int32.annotate({ description: "How long the broker may take." }),
    validateOnly: Wire.Boolean.annotate({ description: "Check without doing it." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      topicId: Wire.Uuid.pipe(Wire.since(7, Wire.NO_UUID)),
      errorCode: Wire.ErrorCode,
      errorMessage: Wire.NullableString,
      topicConfigErrorCode: Wire.Int16.annotate({
        description: "Why configs are not told, when they are not."
      }).pipe(Wire.tagged(0, "5+", 0)),
      numPartitions: Wire.Int32.pipe(Wire.since(5, -1)),
      replicationFactor: Wire.Int16.pipe(Wire.since(5, -1)),
      configs: Wire.NullableArrayOf(Wire.Struct({
        name: Wire.String,
        value: Wire.NullableString,
        readOnly: Wire.Boolean,
        configSource: Wire.Int8,
        isSensitive: Wire.Boolean
      })).pipe(Wire.since(5, []))
    }))
  }
})
