// The list of APIs: found by key, in key order, with defaults that are values of their fields.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Protocol from "../../../src/domain/protocol/Protocol.ts"
import * as Layout from "../../../src/domain/wire/Layout.ts"

const checkDefaults = (
  schema: Schema.Struct<Schema.Struct.Fields>,
  version: number,
  at: string
) => {
  for (const field of Layout.of(schema, version).fields) {
    if (field.presence === "plain") continue
    const type = Schema.toType(schema.fields[field.name] as Schema.Codec<unknown>)
    assert.isTrue(Schema.is(type)(field.absent), `${at}.${field.name} v${version}`)
  }
}

describe("Protocol", () => {
  it("lists each API once, in key order", () => {
    const keys = Protocol.apis.map(({ key }) => key)
    assert.deepStrictEqual(keys, [...new Set(keys)].sort((a, b) => a - b))
  })

  it("finds an API by its key", () => {
    assert.strictEqual(Protocol.find(3)?.name, "Metadata")
    assert.isUndefined(Protocol.find(9999))
  })

  it("gives fields that a version has not a default of their type", () => {
    for (const api of Protocol.apis) {
      for (let version = api.versions.min; version <= api.versions.max; version++) {
        checkDefaults(api.request, version, `${api.name} request`)
        checkDefaults(api.response, version, `${api.name} response`)
      }
    }
  })
})
