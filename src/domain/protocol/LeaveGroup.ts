// LeaveGroup: members go, and the group rebalances without waiting for their sessions to expire.
// Versions: v1 throttle; v3 many members at once, by member id or instance id; v4 flexible; v5
// reason.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const LeaveGroup = Api.make("LeaveGroup", {
  key: 13,
  versions: "0-5",
  flexible: "4+",
  request: {
    groupId: Wire.String,
    memberId: Wire.String.pipe(Wire.versions("0-2", "")),
    members: Wire.ArrayOf(Wire.Struct({
      memberId: Wire.String,
      groupInstanceId: Wire.NullableString.annotate({
        description: "Names a static member across restarts; null for a dynamic one."
      }),
      reason: Wire.NullableString.annotate({ description: "Why the member leaves, for logs." })
        .pipe(Wire.since(5, null))
    })).pipe(Wire.since(3, []))
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(1, 0)),
    errorCode: Wire.ErrorCode,
    members: Wire.ArrayOf(Wire.Struct({
      memberId: Wire.String,
      groupInstanceId: Wire.NullableString.annotate({
        description: "Names a static member across restarts; null for a dynamic one."
      }),
      errorCode: Wire.ErrorCode
    })).pipe(Wire.since(3, []))
  }
})
