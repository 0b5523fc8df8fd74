// ConsumerGroupHeartbeat: all of the consumer protocol (KIP-848) in one request: join, stay, say what one
// owns, learn what one should own, leave.
// Versions: v1 a pattern to subscribe by; the member makes its own id (KIP-1082).
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

const TopicPartitions = Wire.Struct({
  topicId: Wire.Uuid,
  partitions: Wire.ArrayOf(Wire.Int32)
})

export const ConsumerGroupHeartbeat = Api.make("ConsumerGroupHeartbeat", {
  key: 68,
  versions: "0-1",
  flexible: "0+",
  request: {
    groupId: Wire.String,
    memberId: Wire.String.annotate({
      description: "Made by the member; in v0 it may be empty, then the broker makes it."
    }),
    memberEpoch: Wire.Int32.annotate({
      description: "0 to join, -1 to leave, -2 for a static member that will be back."
    }),
    instanceId: Wire.NullableString.annotate({
      description: "Names a static member across restarts; null for a dynamic one, or unchanged."
    }),
    rackId: Wire.NullableString.annotate({ description: "Null when unchanged." }),
    rebalanceTimeoutMs: Wire.Int32.annotate({
      description: "How long it may take to give up a partition; -1 when unchanged."
    }),
    subscribedTopicNames: Wire.NullableArrayOf(Wire.String).annotate({
      description: "Null when unchanged."
    }),
    subscribedTopicRegex: Wire.NullableString.annotate({
      description: "Null when unchanged, empty for none."
    }).pipe(Wire.since(1, null)),
    serverAssignor: Wire.NullableString.annotate({ description: "Null when unchanged." }),
    topicPartitions: Wire.NullableArrayOf(TopicPartitions).annotate({
      description: "What the member owns; null when unchanged."
    })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    errorCode: Wire.ErrorCode,
    errorMessage: Wire.NullableString,
    memberId: Wire.NullableString,
    memberEpoch: Wire.Int32,
    heartbeatIntervalMs: Wire.Int32,
    assignment: Wire.NullableStruct({
      topicPartitions: Wire.ArrayOf(TopicPartitions)
    }).annotate({ description: "What the member should own; null when unchanged." })
  }
})
