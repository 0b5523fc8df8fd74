// SaslAuthenticate: one step of a SASL exchange.
// Versions: v1 session lifetime (KIP-368); v2 flexible.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const SaslAuthenticate = Api.make("SaslAuthenticate", {
  key: 36,
  versions: "0-2",
  flexible: "2+",
  request: {
    authBytes: Wire.Bytes
  },
  response: {
    errorCode: Wire.ErrorCode,
    errorMessage: Wire.NullableString,
    authBytes: Wire.Bytes,
    sessionLifetimeMs: Wire.Int64.annotate({
      description: "After it the client must authenticate again; 0 for never."
    }).pipe(Wire.since(1, 0))
  }
})
