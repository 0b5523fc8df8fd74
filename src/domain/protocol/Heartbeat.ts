// Heartbeat: keeps a member's session alive.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const Heartbeat = Api.make("Heartbeat", {
  key: 12,
  versions: "0-4",
  flexible: "4+",
  request: {
    groupId: Wire.String.annotate({ description: "The group." }),
    generationId: Wire.Int32,
    memberId: Wire.String,
    groupInstanceId: Wire.NullableString.pipe(Wire.since(3, null))
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(1, 0)),
    errorCode: Wire.ErrorCode
  }
})
