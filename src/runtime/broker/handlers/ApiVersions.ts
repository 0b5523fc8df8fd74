// ApiVersions: which APIs and versions this broker serves.
// Behaviour: the list is what the handlers say; features are none yet. An unknown version never
// reaches this handler: the Router answers it in a v0 body (KIP-511).
// Versions: v1 throttle; v3 flexible, client software name; v4 features with a minimum of 0
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ApiVersions } from "../../../domain/protocol/ApiVersions.ts"
import * as Handler from "../Handler.ts"

/** KIP-848: groups of the consumer protocol. */
const GROUP_FEATURE = "group.version"
const GROUP_FEATURE_LEVEL = 1
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
      supportedFeatures: [{
        name: GROUP_FEATURE,
        // Clients before v4 do not bear a feature that may be off.
        minVersion: context.apiVersion < 4 ? 1 : 0,
        maxVersion: GROUP_FEATURE_LEVEL
      }],
      finalizedFeaturesEpoch: 0,
      finalizedFeatures: [{
        name: GROUP_FEATURE,
        maxVersionLevel: GROUP_FEATURE_LEVEL,
        minVersionLevel: GROUP_FEATURE_LEVEL
      }],
      zkMigrationReady: false
    })
  }
})
