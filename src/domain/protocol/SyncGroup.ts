// SyncGroup: the leader hands in the assignment of each member; every member gets its own.
// Versions: v1 throttle; v3 static members; v4 flexible; v5 protocol type and name are compared.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const SyncGroup = Api.make("SyncGroup", {
  key: 14,
  versions: "0-5",
  flexible: "4+",
  request: {
    groupId: Wire.String,
    generationId: Wire.Int32,
    memberId: Wire.String,
    groupInstanceId: Wire.NullableString.annotate({
      description: "Names a static member across restarts; null for a dynamic one."
    }).pipe(Wire.since(3, null)),
    protocolType: Wire.NullableString.pipe(Wire.since(5, null)),
    protocolName: Wire.NullableString.pipe(Wire.since(5, null)),
    assignments: Wire.ArrayOf(Wire.Struct({
      memberId: Wire.String,
      assignment: Wire.Bytes
    })).annotate({ description: "Empty for all but the leader." })
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(1, 0)),
    errorCode: Wire.ErrorCode,
    protocolType: Wire.NullableString.pipe(Wire.since(5, null)),
    protocolName: Wire.NullableString.pipe(Wire.since(5, null)),
    assignment: Wire.Bytes.annotate({ description: "Opaque to the broker." })
  }
})
