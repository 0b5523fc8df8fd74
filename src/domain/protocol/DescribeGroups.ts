// DescribeGroups: state, members and assignments of classic groups.
// Versions: v1 throttle; v3 authorized operations; v4 static members; v5 flexible; v6 a group that
// is not there is an error.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const DescribeGroups = Api.make("DescribeGroups", {
  key: 15,
  versions: "0-6",
  flexible: "5+",
  request: {
    groups: Wire.ArrayOf(Wire.String),
    includeAuthorizedOperations: Wire.Boolean.pipe(Wire.since(3, false))
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(1, 0)),
    groups: Wire.ArrayOf(Wire.Struct({
      errorCode: Wire.ErrorCode,
      errorMessage: Wire.NullableString.pipe(Wire.since(6, null)),
      groupId: Wire.String,
      groupState: Wire.String,
      protocolType: Wire.String,
      protocolData: Wire.String.annotate({ description: "The assignor chosen." }),
      members: Wire.ArrayOf(Wire.Struct({
        memberId: Wire.String,
        groupInstanceId: Wire.NullableString.annotate({
          description: "Names a static member across restarts; null for a dynamic one."
        }).pipe(Wire.since(4, null)),
        clientId: Wire.String,
        clientHost: Wire.String,
        memberMetadata: Wire.Bytes,
        memberAssignment: Wire.Bytes
      })),
      authorizedOperations: Wire.Int32.annotate({
        description: "A bit for each ACL operation; -2147483648 when nobody asked."
      }).pipe(Wire.since(3, -0x8000_0000))
    }))
  }
})
