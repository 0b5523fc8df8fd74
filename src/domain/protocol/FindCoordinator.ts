// FindCoordinator: which broker coordinates a group or a transactional id.
// Versions: v1 throttle, kinds of keys; v3 flexible; v4 many keys in one request; v6 share groups.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const FindCoordinator = Api.make("FindCoordinator", {
  key: 10,
  versions: "0-6",
  flexible: "3+",
  request: {
    key: Wire.String.pipe(Wire.versions("0-3", "")),
    keyType: Wire.Int8.annotate({ description: "0 group, 1 transaction, 2 share group." }).pipe(
      Wire.since(1, 0)
    ),
    coordinatorKeys: Wire.ArrayOf(Wire.String).pipe(Wire.since(4, []))
  },
  response: {
    throttleTimeMs: Wire.Int32.pipe(Wire.since(1, 0)),
    errorCode: Wire.ErrorCode.pipe(Wire.versions("0-3", 0)),
    errorMessage: Wire.NullableString.pipe(Wire.versions("1-3", "")),
    nodeId: Wire.Int32.pipe(Wire.versions("0-3", 0)),
    host: Wire.String.pipe(Wire.versions("0-3", "")),
    port: Wire.Int32.pipe(Wire.versions("0-3", 0)),
    coordinators: Wire.ArrayOf(Wire.Struct({
      key: Wire.String,
      nodeId: Wire.Int32,
      host: Wire.String,
      port: Wire.Int32,
      errorCode: Wire.ErrorCode,
      errorMessage: Wire.NullableString
    })).pipe(Wire.since(4, []))
  }
})
