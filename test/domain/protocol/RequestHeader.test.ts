// The client id keeps its two-byte length in every version, so that an old broker can read the
// header of a request it does not know.
import { assert, describe, it } from "@effect/vitest"
import {
  type RequestHeader,
  requestHeaderCodec
} from "../../../src/domain/protocol/RequestHeader.ts"
import * as Codec from "../../../src/domain/wire/Codec.ts"

const header: RequestHeader = {
  requestApiKey: 18,
  requestApiVersion: 3,
  correlationId: 7,
  clientId: "me"
}

describe("RequestHeader", () => {
  it("writes version 1 without, and version 2 with, room for tagged fields", () => {
    const v1 = Codec.encodeBytes(requestHeaderCodec(1), header).toString("hex")
    assert.strictEqual(v1, "001200030000000700026d65")
    const v2 = Codec.encodeBytes(requestHeaderCodec(2), header).toString("hex")
    assert.strictEqual(v2, "001200030000000700026d6500")
  })

  it("reads a client without an id", () => {
    const seen = Codec.decodeBytes(
      requestHeaderCodec(1),
      Buffer.from("0012000300000007ffff", "hex")
    )
    assert.deepStrictEqual(seen, { ...header, clientId: null })
  })
})
