// For every API, at every version: what is written is what is read, by emitted code and by closures.
// A message is generated for all versions at once and seen through each of them.
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"
import { apis } from "../../../src/domain/protocol/Protocol.ts"
import { RequestHeader } from "../../../src/domain/protocol/RequestHeader.ts"
import { ResponseHeader } from "../../../src/domain/protocol/ResponseHeader.ts"
import * as Api from "../../../src/domain/wire/Api.ts"
import * as Closures from "../../../src/domain/wire/Closures.ts"
import * as Codec from "../../../src/domain/wire/Codec.ts"
import * as Layout from "../../../src/domain/wire/Layout.ts"
import { Reader } from "../../../src/domain/wire/Reader.ts"
import * as Version from "../../../src/domain/wire/Version.ts"
import { Writer } from "../../../src/domain/wire/Writer.ts"

type Message = Schema.Struct<Schema.Struct.Fields>

/** UTF-8 has no lone surrogates, and no integer on the wire is -0. */
const carriable = (value: unknown): unknown => {
  if (typeof value === "string") return Buffer.from(value).toString()
  if (typeof value === "number") return value + 0
  if (value === null || typeof value !== "object" || value instanceof Uint8Array) return value
  if (Array.isArray(value)) return value.map(carriable)
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, carriable(field)]))
}

const roundTrips = (
  schema: Message,
  version: number,
  flexible: boolean,
  message: Message["Type"]
) => {
  const codec = Codec.of(schema, version, flexible)
  const expected = Version.at(schema, version, message)
  const bytes = Codec.encodeBytes(codec, expected)
  const closures = Closures.functions(Layout.of(schema, version), flexible)
  const writer = new Writer()
  closures.encode(writer, expected as never)
  assert.isTrue(bytes.equals(Buffer.concat(writer.take())), `closures write v${version} otherwise`)
  for (const seen of [Codec.decodeBytes(codec, bytes), closures.decode(new Reader(bytes))]) {
    assert.deepStrictEqual(seen, expected, `at version ${version}`)
  }
}

const everyVersion = (
  name: string,
  schema: Message,
  versions: ReadonlyArray<{ readonly version: number; readonly flexible: boolean }>
) => {
  const messages = Arbitrary.schema(Schema.toType(schema)).pipe(Arbitrary.map(carriable))
  it.prop(name, { message: messages }, ({ message }) => {
    for (const { flexible, version } of versions) {
      roundTrips(schema, version, flexible, message as Message["Type"])
    }
  }, { arbitrary: { runs: 25, size: 6 } })
}

describe("round trips", () => {
  for (const api of apis) {
    const versions = Array.from({ length: api.versions.max - api.versions.min + 1 }, (_, i) => {
      const version = api.versions.min + i
      return { version, flexible: Api.isFlexible(api, version) }
    })
    everyVersion(`${api.name} request`, api.request, versions)
    everyVersion(`${api.name} response`, api.response, versions)
  }
  everyVersion("request header", RequestHeader, [
    { version: 1, flexible: false },
    { version: 2, flexible: true }
  ])
  everyVersion("response header", ResponseHeader, [
    { version: 0, flexible: false },
    { version: 1, flexible: true }
  ])
})
