// What a schema says about each version, and schemas that have no form on the wire.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Layout from "../../../src/domain/wire/Layout.ts"
import * as Wire from "../../../src/domain/wire/Wire.ts"

const Sample = Wire.Struct({
  plain: Wire.Int32.annotate({ description: "A number." }),
  late: Wire.NullableString.pipe(Wire.since(2, "x"), Wire.nullable("3+")),
  hint: Wire.ArrayOf(Wire.String).annotate({ description: "Words." }).pipe(Wire.tagged(4, "2+", []))
})

const field = (version: number, name: string): Layout.FieldLayout =>
  Layout.of(Sample, version).fields.find((f) => f.name === name)!

describe("Layout", () => {
  it("tells at each version whether a field is there, tagged, and may be null", () => {
    assert.strictEqual(field(1, "late").presence, "absent")
    assert.strictEqual(field(1, "late").absent, "x")
    assert.strictEqual(field(2, "late").presence, "plain")
    assert.isFalse(field(2, "late").type.nullable)
    assert.isTrue(field(3, "late").type.nullable)
    assert.strictEqual(field(1, "hint").presence, "absent")
    assert.strictEqual(field(2, "hint").presence, "tagged")
    assert.strictEqual(field(2, "hint").tag, 4)
  })

  it("finds descriptions on numbers with checks, on arrays, and nowhere else", () => {
    assert.strictEqual(field(2, "plain").description, "A number.")
    assert.strictEqual(field(2, "hint").description, "Words.")
    assert.isUndefined(field(2, "late").description)
  })

  it("keeps a primitive's form when checks are added", () => {
    const Port = Wire.Uint16.check(Schema.isBetween({ minimum: 1, maximum: 9999 }))
    const [port] = Layout.of(Wire.Struct({ port: Port }), 0).fields
    assert.deepInclude(port?.type, { kind: "primitive", primitive: "uint16" })
  })

  it("refuses schemas that have no form on the wire", () => {
    const refused = [Schema.String, Schema.Union([Wire.Int8, Wire.String]), Schema.Unknown]
    for (const schema of refused) {
      assert.throws(() => Layout.of(Wire.Struct({ field: schema }), 0), /no form on the wire/)
    }
    assert.throws(() => Layout.of(Wire.Int8, 0), /a message is a Schema.Struct/)
  })
})
