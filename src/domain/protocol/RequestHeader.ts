// What stands before every request. Version 2, for flexible versions, is version 1 with tagged
// fields; version 0, without a client id, was only ever used by an API that is gone.
// Api.requestHeaderVersion says which version goes with a request.
import * as Codec from "../wire/Codec.ts"
import * as Wire from "../wire/Wire.ts"

export const RequestHeader = Wire.Struct({
  requestApiKey: Wire.Int16,
  requestApiVersion: Wire.Int16,
  correlationId: Wire.Int32.annotate({ description: "Comes back in the response's header." }),
  clientId: Wire.LegacyNullableString.annotate({
    description: "What the client calls itself, for logs and quotas."
  })
})

export type RequestHeader = (typeof RequestHeader)["Type"]

const v1: Codec.Codec<RequestHeader> = Codec.of(RequestHeader, 1, false)
const v2: Codec.Codec<RequestHeader> = Codec.of(RequestHeader, 2, true)

export const requestHeaderCodec = (version: 1 | 2): Codec.Codec<RequestHeader> =>
  version === 1 ? v1 : v2
