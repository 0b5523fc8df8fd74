// ListGroups: the groups that this broker coordinates.
// Versions: v1 throttle; v3 flexible; v4 states; v5 types.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const ListGroups = Api.make("ListGroups", {
  key: 16,
  versions: "0-5",
  flexible: "3+",
  request: {
    statesFilter: Wire.ArrayOf(Wire.String).annotate({ description: "Empty for all." }).pipe(
      Wire.since(4, [])
    ),
    typesFilter: Wire.ArrayOf(Wire.String).annotate({ description: "Empty for all." }).pipe(
      Wire.since(5, [])
    )
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(1, 0)),
    errorCode: Wire.ErrorCode,
    groups: Wire.ArrayOf(Wire.Struct({
      groupId: Wire.String,
      protocolType: Wire.String,
      groupState: Wire.String.pipe(Wire.since(4, "")),
      groupType: Wire.String.pipe(Wire.since(5, ""))
    }))
  }
})
