// A message as a Schema over bytes: it decodes and encodes, and its failures are Schema's.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { Heartbeat } from "../../../src/domain/protocol/Heartbeat.ts"
import * as SchemaCodec from "../../../src/domain/wire/SchemaCodec.ts"

const codec = SchemaCodec.of(Heartbeat.request, 3, false)
const decode = Schema.decodeEffect(codec)
const encode = Schema.encodeEffect(codec)
const message = { groupId: "g", generationId: 7, memberId: "m", groupInstanceId: null }

describe("SchemaCodec", () => {
  it.effect("gives bytes for a message and the message for its bytes", () =>
    Effect.gen(function*() {
      const bytes = yield* encode(message)
      assert.strictEqual(Buffer.from(bytes).toString("hex"), "0001670000000700016dffff")
      assert.deepStrictEqual(yield* decode(bytes), message)
    }))

  it.effect("fails with a SchemaError on bytes that are no such message", () =>
    Effect.gen(function*() {
      for (const garbage of [Buffer.alloc(0), Buffer.from("7fff00", "hex"), Buffer.alloc(64)]) {
        const error = yield* Effect.flip(decode(garbage))
        assert.strictEqual(error._tag, "SchemaError")
      }
      const error = yield* Effect.flip(decode(Buffer.from("7fff00", "hex")))
      assert.include(error.message, "32767 bytes wanted")
    }))

  it.effect("fails with a SchemaError on values that cannot be written", () =>
    Effect.gen(function*() {
      const wide = yield* Effect.flip(encode({ ...message, generationId: 2 ** 40 }))
      assert.strictEqual(wide._tag, "SchemaError")
      const long = yield* Effect.flip(encode({ ...message, groupId: "x".repeat(40_000) }))
      assert.strictEqual(long._tag, "SchemaError")
    }))
})
