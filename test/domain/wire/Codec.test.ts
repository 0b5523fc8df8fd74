// Codecs: what is written is what is read, at each version, emitted or by closures.
import { assert, describe, it } from "@effect/vitest"
import { Heartbeat } from "../../../src/domain/protocol/Heartbeat.ts"
import * as Api from "../../../src/domain/wire/Api.ts"
import * as Closures from "../../../src/domain/wire/Closures.ts"
import * as Codec from "../../../src/domain/wire/Codec.ts"
import * as Layout from "../../../src/domain/wire/Layout.ts"
import { Reader, UNKNOWN_TAGS } from "../../../src/domain/wire/Reader.ts"
import * as Version from "../../../src/domain/wire/Version.ts"
import * as Wire from "../../../src/domain/wire/Wire.ts"
import { WireError } from "../../../src/domain/wire/WireError.ts"
import { Writer } from "../../../src/domain/wire/Writer.ts"

const Sample = Wire.Struct({
  flag: Wire.Boolean,
  name: Wire.String,
  nothing: Wire.NullableString.pipe(Wire.nullable("2+")),
  id: Wire.Uuid,
  late: Wire.Int64.pipe(Wire.since(1, -1)),
  early: Wire.Int8.pipe(Wire.versions("0-1", 7)),
  body: Wire.NullableBytes,
  items: Wire.ArrayOf(Wire.Struct({ index: Wire.Int32, tags: Wire.ArrayOf(Wire.String) })),
  maybe: Wire.NullableArrayOf(Wire.Uint16),
  cursor: Wire.NullableStruct({ at: Wire.Float64 }),
  hint: Wire.NullableString.pipe(Wire.tagged(1, "2+", null)),
  host: Wire.Struct({ port: Wire.Uint32 }).pipe(Wire.tagged(0, "2+", { port: 0 }))
})

const sample: (typeof Sample)["Type"] = {
  flag: true,
  name: "naïve ☃",
  nothing: null,
  id: "01234567-89ab-4def-8123-456789abcdef",
  late: 2 ** 52,
  early: -5,
  body: Buffer.from("x".repeat(3000)),
  items: [{ index: 1, tags: ["a", "b"] }, { index: -2, tags: [] }],
  maybe: null,
  cursor: { at: 0.5 },
  hint: "here",
  host: { port: 4_000_000_000 }
}

describe("Codec", () => {
  for (const version of [0, 1, 2]) {
    const codec = Codec.of(Sample, version, version >= 2)

    it(`reads back at version ${version} what it wrote, defaults for what the version has not`, () => {
      const seen = Codec.decodeBytes(codec, Codec.encodeBytes(codec, { ...sample, nothing: "n" }))
      assert.deepStrictEqual(seen, Version.at(Sample, version, { ...sample, nothing: "n" }))
    })

    it(`closures and emitted code agree at version ${version}`, () => {
      const closures = Closures.functions(Layout.of(Sample, version), version >= 2)
      const writer = new Writer()
      closures.encode(writer, { ...sample, nothing: "" } as never)
      const bytes = Buffer.concat(writer.take())
      assert.deepStrictEqual(bytes, Codec.encodeBytes(codec, { ...sample, nothing: "" }))
      assert.deepStrictEqual(
        closures.decode(new Reader(bytes)),
        Codec.decodeBytes(codec, bytes)
      )
    })

    it(`every truncation at version ${version} is a WireError`, () => {
      const bytes = Codec.encodeBytes(codec, { ...sample, nothing: "n" })
      for (let length = 0; length < bytes.length; length += length > 200 ? 97 : 1) {
        assert.throws(() => Codec.decodeBytes(codec, bytes.subarray(0, length)), WireError)
      }
      assert.throws(() => Codec.decodeBytes(codec, Buffer.concat([bytes, bytes])), WireError)
    })
  }

  it("refuses null where the version cannot carry it", () => {
    assert.throws(() => Codec.encodeBytes(Codec.of(Sample, 1, false), sample))
  })

  it("keeps unknown tagged fields through a round trip", () => {
    const codec = Api.requestCodec(Heartbeat, 4)
    const message = {
      groupId: "g",
      generationId: 1,
      memberId: "m",
      groupInstanceId: null,
      [UNKNOWN_TAGS]: [{ tag: 99, bytes: Buffer.from("later") }]
    }
    const bytes = Codec.encodeBytes(codec, message)
    assert.deepStrictEqual(Codec.encodeBytes(codec, Codec.decodeBytes(codec, bytes)), bytes)
    assert.include(bytes.toString("latin1"), "later")
  })

  it("believes no declared length beyond the frame", () => {
    const huge = Buffer.from([0x7f, 0xff, 0xff, 0xff, 1])
    const codec = Codec.of(Wire.Struct({ items: Wire.ArrayOf(Wire.Int8) }), 0, false)
    assert.throws(() => Codec.decodeBytes(codec, huge), /2147483647 elements/)
  })

  it("sends large bytes by reference", () => {
    const body = Buffer.alloc(10_000)
    const writer = new Writer()
    writer.beginFrame()
    writer.bytes(body)
    writer.int8(1)
    const chunks = writer.endFrame()
    assert.strictEqual(chunks[1], body)
    assert.strictEqual((chunks[0] as Buffer).readInt32BE(0), 4 + 10_000 + 1)
  })
})
