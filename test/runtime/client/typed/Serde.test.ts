// What serdes write and read, and what they say of that which does not fit.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as RegisteredSerde from "../../../../src/runtime/client/typed/RegisteredSerde.ts"
import { SchemaRegistry } from "../../../../src/runtime/client/typed/SchemaRegistry.ts"
import * as Serde from "../../../../src/runtime/client/typed/Serde.ts"

const place: Serde.Place = { topic: "orders", part: "value" }
const Order = Schema.Struct({ id: Schema.Int, at: Schema.Date })
const order = { id: 7, at: new Date("2026-01-02T03:04:05.000Z") }

const written = <A>(serde: Serde.Prepared<A>, value: A): Buffer =>
  Buffer.from(Result.getOrThrow(serde.encode(value))!)

describe("Serde", () => {
  it.effect("writes texts and bytes as they are", () =>
    Effect.gen(function*() {
      const string = yield* Serde.string.prepare(place)
      assert.strictEqual(written(string, "häuser").toString("hex"), "68c3a475736572")
      assert.deepStrictEqual(string.decode(Buffer.from("häuser")), Result.succeed("häuser"))
      const bytes = yield* Serde.bytes.prepare(place)
      assert.deepStrictEqual(written(bytes, Buffer.from([1, 2])), Buffer.from([1, 2]))
    }))

  it.effect("writes JSON of what the schema makes of a value, dates as text", () =>
    Effect.gen(function*() {
      const json = yield* Serde.json(Order).prepare(place)
      const bytes = written(json, order)
      assert.strictEqual(bytes.toString(), `{"id":7,"at":"2026-01-02T03:04:05.000Z"}`)
      assert.deepStrictEqual(json.decode(bytes), Result.succeed(order))
    }))

  it.effect("says on one line where bytes do not fit", () =>
    Effect.gen(function*() {
      const json = yield* Serde.json(Order).prepare(place)
      const wrong = Result.flip(
        json.decode(Buffer.from(`{"id":"seven","at":"2026-01-02T03:04:05Z"}`))
      )
      const sentence = Result.getOrThrow(wrong)
      assert.match(sentence, /"id"/)
      assert.notInclude(sentence, "\n")
      assert.isTrue(Result.isFailure(json.decode(Buffer.from("no JSON"))))
    }))

  it.effect("knows null only where it was allowed", () =>
    Effect.gen(function*() {
      const plain = yield* Serde.string.prepare(place)
      assert.isTrue(Result.isFailure(plain.decode(null)))
      const nullable = yield* Serde.nullable(Serde.string).prepare(place)
      assert.deepStrictEqual(nullable.decode(null), Result.succeed(null))
      assert.deepStrictEqual(nullable.encode(null), Result.succeed(null))
      assert.strictEqual(written(nullable, "x").toString(), "x")
    }))
})

describe("RegisteredSerde", () => {
  it.effect("puts a zero byte and the schema's number before the JSON", () =>
    Effect.gen(function*() {
      const serde = yield* RegisteredSerde.json(Order).prepare(place)
      const bytes = written(serde, order)
      assert.strictEqual(bytes.subarray(0, 5).toString("hex"), "0000000001")
      assert.strictEqual(JSON.parse(bytes.subarray(5).toString()).id, 7)
      assert.isUndefined(serde.missing?.(bytes))
      assert.deepStrictEqual(serde.decode(bytes), Result.succeed(order))
      const registry = yield* SchemaRegistry
      const { schema, schemaType } = yield* registry.schemaOf(1)
      assert.strictEqual(schemaType, "JSON")
      assert.deepStrictEqual(JSON.parse(schema).required, ["id", "at"])
    }).pipe(Effect.provide(SchemaRegistry.layerMemory)))

  it.effect("asks the registry once for a number it has not seen, and reads what that wrote", () =>
    Effect.gen(function*() {
      const registry = yield* SchemaRegistry
      const serde = yield* RegisteredSerde.json(Order).prepare(place)
      const other = yield* registry.register("elsewhere", { schemaType: "JSON", schema: "{}" })
      const bytes = written(serde, order)
      bytes.writeInt32BE(other, 1)
      assert.isTrue(Result.isFailure(serde.decode(bytes)))
      yield* serde.missing!(bytes)!
      assert.deepStrictEqual(serde.decode(bytes), Result.succeed(order))
      assert.isUndefined(serde.missing!(bytes))
    }).pipe(Effect.provide(SchemaRegistry.layerMemory)))

  it.effect("tells of bytes without the envelope, of unknown numbers and of other formats", () =>
    Effect.gen(function*() {
      const registry = yield* SchemaRegistry
      const serde = yield* RegisteredSerde.json(Order).prepare(place)
      const avro = yield* registry.register("a", { schemaType: "AVRO", schema: "\"int\"" })
      const sentence = (bytes: Buffer) => Result.getOrThrow(Result.flip(serde.decode(bytes)))
      assert.match(sentence(Buffer.from("{}")), /do not begin with a schema's number/)
      const unknown = Buffer.from([0, 0, 0, 0, 99, 0x7b, 0x7d])
      yield* serde.missing!(unknown)!
      assert.match(sentence(unknown), /no schema 99/)
      const foreign = Buffer.from([0, 0, 0, 0, avro, 0])
      yield* serde.missing!(foreign)!
      assert.match(sentence(foreign), /AVRO schema 2, expected is JSON/)
    }).pipe(Effect.provide(SchemaRegistry.layerMemory)))
})
