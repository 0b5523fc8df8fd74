// DeleteTopics: deletes topics by name, and from v6 by name or id.
// Versions: v1 throttle; v4 flexible; v5 error messages; v6 topic ids.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const DeleteTopics = Api.make("DeleteTopics", {
  key: 20,
  versions: "1-6",
  flexible: "4+",
  request: {
    topics: Wire.ArrayOf(Wire.Struct({
      name: Wire.NullableString.annotate({ description: "Null when the id is given." }),
      topicId: Wire.Uuid
    })).annotate({ description: "Names or ids." }).pipe(Wire.since(6, [])),
    topicNames: Wire.ArrayOf(Wire.String).annotate({ description: "Names, before v6." }).pipe(
      Wire.versions("1-5", [])
    ),
    timeoutMs: Wire.Int32.annotate({ description: "How long the broker may take." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    responses: Wire.ArrayOf(Wire.Struct({
      name: Wire.NullableString.pipe(Wire.nullable("6+")),
      topicId: Wire.Uuid.pipe(Wire.since(6, Wire.NO_UUID)),
      errorCode: Wire.ErrorCode,
      errorMessage: Wire.NullableString.pipe(Wire.since(5, null))
    }))
  }
})
