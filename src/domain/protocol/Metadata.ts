// Metadata: which brokers there are, and who leads each partition; may create topics on the way.
// Versions: v1 null asks for all topics; v4 auto-creation is a choice; v7 leader epochs; v9
// flexible; v10 topic ids; v11 without the cluster's authorized operations; v12 topics asked for by
// id; v13 an error for the whole answer.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const Metadata = Api.make("Metadata", {
  key: 3,
  versions: "0-13",
  flexible: "9+",
  request: {
    topics: Wire.NullableArrayOf(Wire.Struct({
      topicId: Wire.Uuid.annotate({ description: "All zero when the topic is named." }).pipe(
        Wire.since(10, Wire.NO_UUID)
      ),
      name: Wire.NullableString.pipe(Wire.nullable("10+"))
    })).annotate({ description: "Which topics to tell of; null for all." }).pipe(
      Wire.nullable("1+")
    ),
    allowAutoTopicCreation: Wire.Boolean.pipe(Wire.since(4, true)),
    includeClusterAuthorizedOperations: Wire.Boolean.pipe(Wire.versions("8-10", false)),
    includeTopicAuthorizedOperations: Wire.Boolean.pipe(Wire.since(8, false))
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(3, 0)),
    brokers: Wire.ArrayOf(Wire.Struct({
      nodeId: Wire.Int32,
      host: Wire.String,
      port: Wire.Int32,
      rack: Wire.NullableString.pipe(Wire.since(1, null))
    })),
    clusterId: Wire.NullableString.pipe(Wire.since(2, null)),
    controllerId: Wire.Int32.annotate({
      description: "The broker that admin requests go to; -1 when there is none."
    }).pipe(Wire.since(1, -1)),
    topics: Wire.ArrayOf(Wire.Struct({
      errorCode: Wire.ErrorCode,
      name: Wire.NullableString.pipe(Wire.nullable("12+")),
      topicId: Wire.Uuid.pipe(Wire.since(10, Wire.NO_UUID)),
      isInternal: Wire.Boolean.annotate({
        description: "Whether the topic is the broker's own, like __consumer_offsets."
      }).pipe(Wire.since(1, false)),
      partitions: Wire.ArrayOf(Wire.Struct({
        errorCode: Wire.ErrorCode,
        partitionIndex: Wire.Int32,
        leaderId: Wire.Int32.annotate({ description: "-1 while nobody leads." }),
        leaderEpoch: Wire.Int32.pipe(Wire.since(7, -1)),
        replicaNodes: Wire.ArrayOf(Wire.Int32),
        isrNodes: Wire.ArrayOf(Wire.Int32).annotate({
          description: "Replicas that hold all that is acknowledged."
        }),
        offlineReplicas: Wire.ArrayOf(Wire.Int32).pipe(Wire.since(5, []))
      })),
      topicAuthorizedOperations: Wire.Int32.annotate({
        description: "A bit for each ACL operation; -2147483648 when nobody asked."
      }).pipe(Wire.since(8, -0x8000_0000))
    })),
    clusterAuthorizedOperations: Wire.Int32.annotate({
      description: "A bit for each ACL operation; -2147483648 when nobody asked."
    }).pipe(Wire.versions("8-10", -0x8000_0000)),
    errorCode: Wire.ErrorCode.pipe(Wire.since(13, 0))
  }
})
