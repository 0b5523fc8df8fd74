// Which header goes with which version, and the one exception.
import { assert, describe, it } from "@effect/vitest"
import { ApiVersions } from "../../../src/domain/protocol/ApiVersions.ts"
import { Heartbeat } from "../../../src/domain/protocol/Heartbeat.ts"
import * as Api from "../../../src/domain/wire/Api.ts"

describe("Api", () => {
  it("puts the newer headers before flexible versions", () => {
    assert.deepStrictEqual([3, 4].map((v) => Api.requestHeaderVersion(Heartbeat, v)), [1, 2])
    assert.deepStrictEqual([3, 4].map((v) => Api.responseHeaderVersion(Heartbeat, v)), [0, 1])
  })

  it("answers ApiVersions under the oldest header, whatever the version", () => {
    assert.deepStrictEqual([2, 3, 4].map((v) => Api.requestHeaderVersion(ApiVersions, v)), [
      1,
      2,
      2
    ])
    assert.deepStrictEqual([0, 2, 3, 4].map((v) => Api.responseHeaderVersion(ApiVersions, v)), [
      0,
      0,
      0,
      0
    ])
  })

  it("makes a codec once", () => {
    assert.strictEqual(Api.requestCodec(Heartbeat, 4), Api.requestCodec(Heartbeat, 4))
    assert.notStrictEqual(Api.requestCodec(Heartbeat, 3), Api.requestCodec(Heartbeat, 4))
  })
})
