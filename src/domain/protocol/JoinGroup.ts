// JoinGroup: enters a group; the answer comes when the rebalance has all members, and tells one of
// them, the leader, who they are and what they can do.
// Versions: v1 rebalance timeout; v2 throttle; v4 a member id must be asked for first; v5 static
// members; v6 flexible; v7 protocol type in the answer; v8 reason; v9 the leader may skip
// assigning.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const JoinGroup = Api.make("JoinGroup", {
  key: 11,
  versions: "0-9",
  flexible: "6+",
  request: {
    groupId: Wire.String,
    sessionTimeoutMs: Wire.Int32.annotate({
      description: "Without a heartbeat for so long the member is dead."
    }),
    rebalanceTimeoutMs: Wire.Int32.annotate({
      description: "How long the others wait for this member to join again."
    }).pipe(Wire.since(1, -1)),
    memberId: Wire.String.annotate({ description: "Empty the first time." }),
    groupInstanceId: Wire.NullableString.annotate({
      description: "Names a static member across restarts; null for a dynamic one."
    }).pipe(Wire.since(5, null)),
    protocolType: Wire.String.annotate({
      description: "\"consumer\" for consumers; the broker only compares it."
    }),
    protocols: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      metadata: Wire.Bytes.annotate({
        description: "The member's subscription, opaque to the broker."
      })
    })).annotate({ description: "Assignors that the member knows, the dearest first." }),
    reason: Wire.NullableString.annotate({ description: "Why the member joins, for logs." }).pipe(
      Wire.since(8, null)
    )
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(2, 0)),
    errorCode: Wire.ErrorCode,
    generationId: Wire.Int32,
    protocolType: Wire.NullableString.pipe(Wire.since(7, null)),
    protocolName: Wire.NullableString.pipe(Wire.nullable("7+")),
    leader: Wire.String.annotate({ description: "The member that assigns." }),
    skipAssignment: Wire.Boolean.annotate({
      description: "The leader returned as a static member: the assignment stands."
    }).pipe(Wire.since(9, false)),
    memberId: Wire.String,
    members: Wire.ArrayOf(Wire.Struct({
      memberId: Wire.String,
      groupInstanceId: Wire.NullableString.annotate({
        description: "Names a static member across restarts; null for a dynamic one."
      }).pipe(Wire.since(5, null)),
      metadata: Wire.Bytes
    })).annotate({ description: "Empty for all but the leader." })
  }
})
