// DescribeTopicPartitions: topics with their partitions, a page at a time (KIP-966).
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const DescribeTopicPartitions = Api.make("DescribeTopicPartitions", {
  key: 75,
  versions: "0",
  flexible: "0+",
  request: {
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.String
    })),
    responsePartitionLimit: Wire.Int32.annotate({
      description: "How many partitions a page may have."
    }),
    cursor: Wire.NullableStruct({
      topicName: Wire.String,
      partitionIndex: Wire.Int32
    }).annotate({ description: "Where the last page ended; null for the first." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    topics: Wire.ArrayOf(Wire.Struct({
      errorCode: Wire.ErrorCode,
      name: Wire.NullableString,
      topicId: Wire.Uuid,
      isInternal: Wire.Boolean,
      partitions: Wire.ArrayOf(Wire.Struct({
        errorCode: Wire.ErrorCode,
        partitionIndex: Wire.Int32,
        leaderId: Wire.Int32,
        leaderEpoch: Wire.Int32,
        replicaNodes: Wire.ArrayOf(Wire.Int32),
        isrNodes: Wire.ArrayOf(Wire.Int32),
        eligibleLeaderReplicas: Wire.NullableArrayOf(Wire.Int32).annotate({
          description: "Replicas out of sync that still hold all that is committed."
        }),
        lastKnownElr: Wire.NullableArrayOf(Wire.Int32).annotate({
          description: "Those that were eligible last, once none is."
        }),
        offlineReplicas: Wire.ArrayOf(Wire.Int32)
      })),
      topicAuthorizedOperations: Wire.Int32.annotate({
        description: "A bit for each ACL operation; -2147483648 when nobody asked."
      })
    })),
    nextCursor: Wire.NullableStruct({
      topicName: Wire.String,
      partitionIndex: Wire.Int32
    }).annotate({ description: "Where the next page begins; null at the end." })
  }
})
