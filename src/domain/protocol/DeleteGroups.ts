// DeleteGroups: removes groups that have no members, with their offsets.
// Versions: v1 same as v0; v2 flexible.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const DeleteGroups = Api.make("DeleteGroups", {
  key: 42,
  versions: "0-2",
  flexible: "2+",
  request: {
    groupsNames: Wire.ArrayOf(Wire.String)
  },
  response: {
    throttleTimeMs: Wire.Int32,
    results: Wire.ArrayOf(Wire.Struct({
      groupId: Wire.String,
      errorCode: Wire.ErrorCode
    }))
  }
})
