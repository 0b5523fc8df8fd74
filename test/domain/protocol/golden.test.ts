// Frames that real clients and Apache Kafka sent one another (test/golden) decode, and are written again
// byte for byte. Versions and APIs that are not declared here are counted, so that none is left out by
// mistake.
import { assert, describe, it } from "@effect/vitest"
import { apis } from "../../../src/domain/protocol/Protocol.ts"
import { RequestHeader } from "../../../src/domain/protocol/RequestHeader.ts"
import * as Api from "../../../src/domain/wire/Api.ts"
import * as Codec from "../../../src/domain/wire/Codec.ts"
import { Reader } from "../../../src/domain/wire/Reader.ts"
import * as VersionRange from "../../../src/domain/wire/VersionRange.ts"
import { Writer } from "../../../src/domain/wire/Writer.ts"
import * as GoldenFile from "../../golden/GoldenFile.ts"

const files = GoldenFile.list()

const apiOf = ({ api: name, version }: GoldenFile.GoldenFile): Api.Api | undefined =>
  apis.find((api) => api.name === name && VersionRange.contains(api.versions, version))

const known = files.filter((file) => apiOf(file) !== undefined)

/** Reads header and body, and writes both again. */
const rewritten = (file: GoldenFile.GoldenFile, bytes: Buffer): Buffer => {
  const api = apiOf(file)!
  const { direction, version } = file
  const reader = new Reader(bytes)
  const writer = new Writer()
  if (direction === "request") {
    const headerVersion = Api.requestHeaderVersion(api, version)
    const header = Codec.of(RequestHeader, headerVersion, headerVersion === 2)
    header.encode(writer, header.decode(reader))
    const body = Api.requestCodec(api, version)
    body.encode(writer, body.decode(reader))
  } else {
    writer.int32(reader.int32())
    if (Api.responseHeaderVersion(api, version) === 1) {
      assert.isUndefined(reader.unknownTags())
      writer.uvarint(0)
    }
    const body = Api.responseCodec(api, version)
    body.encode(writer, body.decode(reader))
  }
  assert.strictEqual(reader.remaining, 0, "bytes are left after the message")
  return Buffer.concat(writer.take())
}

describe("golden frames", () => {
  for (const file of known) {
    const { api, direction, variant, version } = file
    it(`${api} v${version} ${variant} ${direction}`, () => {
      const { bytes } = GoldenFile.read(file.path)
      assert.strictEqual(rewritten(file, bytes).toString("hex"), bytes.toString("hex"))
    })
  }

  it("are there for at least ten versions of APIs, in both directions", () => {
    const versions = new Set(
      known.map(({ api, direction, version }) => `${api} ${version} ${direction}`)
    )
    assert.isAtLeast(versions.size, 20)
    assert.isAtMost(files.length - known.length, 32, "more frames are not declared than there were")
  })
})
