// ApiVersions: which APIs and versions this broker serves.
// Behaviour: the list is what the handlers say; features are none yet. An unknown version never
// reaches this handler: the Router answers it in a v0 body (KIP-511).
// Versions: v1 throttle; v3 flexible, client software name; v4 features with a minimum of 0
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ApiVersions } from "../../../domain/protocol/ApiVersions.ts"
import * as Handler from "../Handler.ts"

const SOFTWARE_NAME = /^[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?$/

export const apiVersions = Handler.make(ApiVersions, {
  versions: "0-4",
  handle: (request, context) => {
    const isValid = context.apiVersion < 3 ||
      (SOFTWARE_NAME.test(request.clientSoftwareName) &&
        SOFTWARE_NAME.test(request.clientSoftwareVersion))
    return Effect.succeed({
      errorCode: isValid ? ErrorCode.NONE : ErrorCode.INVALID_REQUEST,
      apiKeys: isValid
        ? context.served.map(({ key, max, min }) => ({
          apiKey: key,
          minVersion: min,
          maxVersion: max
        }))
        : [],
      throttleTimeMs: 0,
      supportedFeatures: [],
      finalizedFeaturesEpoch: -1,
      finalizedFeatures: [],
      zkMigrationReady: false
    })
  }
})
