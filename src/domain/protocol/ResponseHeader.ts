// What stands before every response. Version 1, for flexible versions, is version 0 with tagged
// fields. Api.responseHeaderVersion says which goes with a response, and knows the exception.
import * as Codec from "../wire/Codec.ts"
import * as Wire from "../wire/Wire.ts"

export const ResponseHeader = Wire.Struct({
  correlationId: Wire.Int32.annotate({ description: "The request's." })
})

export type ResponseHeader = (typeof ResponseHeader)["Type"]

const v0: Codec.Codec<ResponseHeader> = Codec.of(ResponseHeader, 0, false)
const v1: Codec.Codec<ResponseHeader> = Codec.of(ResponseHeader, 1, true)

export const responseHeaderCodec = (version: 0 | 1): Codec.Codec<ResponseHeader> =>
  version === 0 ? v0 : v1
