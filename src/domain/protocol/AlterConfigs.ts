// AlterConfigs: replaces all configs of a resource; what is not named goes back to its default.
// Kept for older clients: IncrementalAlterConfigs changes one config at a time.
// Versions: v2 flexible.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const AlterConfigs = Api.make("AlterConfigs", {
  key: 33,
  versions: "0-2",
  flexible: "2+",
  request: {
    resources: Wire.ArrayOf(Wire.Struct({
      resourceType: Wire.Int8,
      resourceName: Wire.String,
      configs: Wire.ArrayOf(Wire.Struct({
        name: Wire.String,
        value: Wire.NullableString
      }))
    })),
    validateOnly: Wire.Boolean.annotate({ description: "Check without doing it." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    responses: Wire.ArrayOf(Wire.Struct({
      errorCode: Wire.ErrorCode,
      errorMessage: Wire.NullableString,
      resourceType: Wire.Int8,
      resourceName: Wire.String
    }))
  }
})
