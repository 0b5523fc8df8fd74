// SaslHandshake: chooses a SASL mechanism. The answer lists all of them, also when it agrees.
// Versions: v1 the exchange that follows is wrapped in SaslAuthenticate.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const SaslHandshake = Api.make("SaslHandshake", {
  key: 17,
  versions: "0-1",
  flexible: "none",
  request: {
    mechanism: Wire.String
  },
  response: {
    errorCode: Wire.ErrorCode,
    mechanisms: Wire.ArrayOf(Wire.String)
  }
})
