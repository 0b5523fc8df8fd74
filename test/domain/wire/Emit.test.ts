// Where code may not be made from text, codecs work all the same; and tagged fields leave in the
// order that the protocol wants.
import { assert, describe, it } from "@effect/vitest"
import { execFileSync } from "node:child_process"
import * as Closures from "../../../src/domain/wire/Closures.ts"
import * as Emit from "../../../src/domain/wire/Emit.ts"
import * as Layout from "../../../src/domain/wire/Layout.ts"
import { Reader, UNKNOWN_TAGS } from "../../../src/domain/wire/Reader.ts"
import * as Wire from "../../../src/domain/wire/Wire.ts"
import { Writer } from "../../../src/domain/wire/Writer.ts"

const source = (file: string) => new URL(`../../../src/domain/${file}`, import.meta.url).href

const script = `
  import * as Api from "${source("wire/Api.ts")}"
  import * as Codec from "${source("wire/Codec.ts")}"
  import * as Emit from "${source("wire/Emit.ts")}"
  import { Heartbeat } from "${source("protocol/Heartbeat.ts")}"
  const codec = Api.requestCodec(Heartbeat, 4)
  const message = { groupId: "g", generationId: 1, memberId: "m", groupInstanceId: null }
  const bytes = Codec.encodeBytes(codec, message)
  const seen = Codec.decodeBytes(codec, bytes)
  const told = [Emit.isAllowed(), bytes.toString("hex"), JSON.stringify(seen)]
  process.stdout.write(told.join(" "))
`

const run = (...flags: ReadonlyArray<string>): string =>
  execFileSync(process.execPath, [...flags, "--input-type=module", "--eval", script], {
    encoding: "utf8"
  })

describe("Emit", () => {
  it("gives way to closures where code may not be made from text", () => {
    const rest = `026700000001026d0000 ` +
      `{"groupId":"g","generationId":1,"memberId":"m","groupInstanceId":null}`
    assert.strictEqual(run(), `true ${rest}`)
    assert.strictEqual(run("--disallow-code-generation-from-strings"), `false ${rest}`)
  })

  for (
    const [name, make] of [["emitted", Emit.functions], ["closures", Closures.functions]] as const
  ) {
    it(`${name}: known and unknown tagged fields go in ascending order, and come back`, () => {
      const Sample = Wire.Struct({
        high: Wire.Int8.pipe(Wire.tagged(4, "0+", 0)),
        low: Wire.Int8.pipe(Wire.tagged(1, "0+", 0))
      })
      const functions = make(Layout.of(Sample, 0), true)
      const unknown = [0, 2, 9].map((tag) => ({ tag, bytes: Buffer.from([tag]) }))
      const message = { high: 44, low: 11, [UNKNOWN_TAGS]: unknown }
      const writer = new Writer()
      functions.encode(writer, message as never)
      const bytes = Buffer.concat(writer.take())
      assert.deepStrictEqual([...bytes], [5, 0, 1, 0, 1, 1, 11, 2, 1, 2, 4, 1, 44, 9, 1, 9])
      functions.encode(writer, functions.decode(new Reader(bytes)) as never)
      assert.isTrue(Buffer.concat(writer.take()).equals(bytes))
    })

    it(`${name}: a tagged structure with nothing but unknown fields in it is still sent`, () => {
      const Sample = Wire.Struct({
        inner: Wire.Struct({ at: Wire.Int8 }).pipe(Wire.tagged(0, "0+", { at: 0 }))
      })
      const functions = make(Layout.of(Sample, 0), true)
      const bytes = Buffer.from([1, 0, 5, 0, 1, 7, 1, 0xaa])
      const writer = new Writer()
      functions.encode(writer, functions.decode(new Reader(bytes)) as never)
      assert.isTrue(Buffer.concat(writer.take()).equals(bytes))
    })
  }
})
