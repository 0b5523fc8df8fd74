// ApiVersions: what the broker speaks, asked first on every connection. The response header stays
// at v0 in all versions, and a broker that does not know the request's version answers in v0
// (KIP-511).
// Versions: v1 throttle; v3 flexible, names the client; v4 features may begin at level 0.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const ApiVersions = Api.make("ApiVersions", {
  key: 18,
  versions: "0-4",
  flexible: "3+",
  request: {
    clientSoftwareName: Wire.String.pipe(Wire.since(3, "")),
    clientSoftwareVersion: Wire.String.pipe(Wire.since(3, ""))
  },
  response: {
    errorCode: Wire.ErrorCode,
    apiKeys: Wire.ArrayOf(Wire.Struct({
      apiKey: Wire.Int16,
      minVersion: Wire.Int16,
      maxVersion: Wire.Int16
    })).annotate({ description: "The versions of each API that the broker serves." }),
    throttleTimeMs: Wire.Int32.pipe(Wire.since(1, 0)),
    supportedFeatures: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      minVersion: Wire.Int16,
      maxVersion: Wire.Int16
    })).annotate({ description: "Features that the broker could run, with their levels." }).pipe(
      Wire.tagged(0, "3+", [])
    ),
    finalizedFeaturesEpoch: Wire.Int64.annotate({
      description: "Grows with each change of the features; -1 when unknown."
    }).pipe(Wire.tagged(1, "3+", -1)),
    finalizedFeatures: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      maxVersionLevel: Wire.Int16,
      minVersionLevel: Wire.Int16
    })).annotate({ description: "Features as the cluster runs them now." }).pipe(
      Wire.tagged(2, "3+", [])
    ),
    zkMigrationReady: Wire.Boolean.annotate({
      description: "Only of meaning while a cluster left ZooKeeper."
    }).pipe(Wire.tagged(3, "3+", false))
  }
})
