// IncrementalAlterConfigs: changes single configs of a resource, and edits lists (KIP-339).
// Versions: v1 flexible.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const IncrementalAlterConfigs = Api.make("IncrementalAlterConfigs", {
  key: 44,
  versions: "0-1",
  flexible: "1+",
  request: {
    resources: Wire.ArrayOf(Wire.Struct({
      resourceType: Wire.Int8,
      resourceName: Wire.String,
      configs: Wire.ArrayOf(Wire.Struct({
        name: Wire.String,
        configOperation: Wire.Int8.annotate({
          description: "0 set, 1 delete, 2 append to the list, 3 subtract from it."
        }),
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
