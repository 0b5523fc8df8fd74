// ConsumerGroupDescribe: state, epochs, members and assignments of groups of the consumer protocol (KIP-848).
// Versions: v1 which protocol each member speaks.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

const Assignment = Wire.Struct({
  topicPartitions: Wire.ArrayOf(Wire.Struct({
    topicId: Wire.Uuid,
    topicName: Wire.String,
    partitions: Wire.ArrayOf(Wire.Int32)
  }))
})

export const ConsumerGroupDescribe = Api.make("ConsumerGroupDescribe", {
  key: 69,
  versions: "0-1",
  flexible: "0+",
  request: {
    groupIds: Wire.ArrayOf(Wire.String),
    includeAuthorizedOperations: Wire.Boolean
  },
  response: {
    throttleTimeMs: Wire.Int32,
    groups: Wire.ArrayOf(Wire.Struct({
      errorCode: Wire.ErrorCode,
      errorMessage: Wire.NullableString,
      groupId: Wire.String,
      groupState: Wire.String,
      groupEpoch: Wire.Int32,
      assignmentEpoch: Wire.Int32,
      assignorName: Wire.String,
      members: Wire.ArrayOf(Wire.Struct({
        memberId: Wire.String,
        instanceId: Wire.NullableString,
        rackId: Wire.NullableString,
        memberEpoch: Wire.Int32,
        clientId: Wire.String,
        clientHost: Wire.String,
        subscribedTopicNames: Wire.ArrayOf(Wire.String),
        subscribedTopicRegex: Wire.NullableString,
        assignment: Assignment.annotate({ description: "What the member owns." }),
        targetAssignment: Assignment.annotate({ description: "What the member should own." }),
        memberType: Wire.Int8.annotate({ description: "0 classic, 1 consumer, -1 unknown." }).pipe(
          Wire.since(1, -1)
        )
      })),
      authorizedOperations: Wire.Int32.annotate({
        description: "A bit for each ACL operation; -2147483648 when nobody asked."
      })
    }))
  }
})
