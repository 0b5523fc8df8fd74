// Zero copy is never needed: where its package or its platform is missing, a warning says so and everything
// is read and written as without it.
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { REFERENCE_BYTES_MIN } from "../../../src/domain/wire/Writer.ts"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import { FileSend } from "../../../src/layers/transport/FileSend.ts"
import * as Sendfile from "../../../src/layers/transport/Sendfile.ts"

const logged = <A>(effect: Effect.Effect<A>) => {
  const lines: Array<string> = []
  const logger = Logger.make(({ message }) => void lines.push([message].flat().join(" ")))
  return Effect.map(Effect.provide(effect, Logger.layer([logger])), (value) => ({ lines, value }))
}

describe("Sendfile", () => {
  it.effect("warns and does without when koffi is not installed", () =>
    Effect.gen(function*() {
      const load = () => Promise.reject(new Error("Cannot find package 'koffi'"))
      const { lines, value } = yield* logged(Sendfile.make(1, load))
      assert.isUndefined(value)
      assert.strictEqual(lines.length, 1)
      assert.match(lines[0]!, /zero\.copy\.fetch\.min\.bytes has no effect/)
    }))

  it.effect("does without when what is installed is something else", () =>
    Effect.gen(function*() {
      const { value } = yield* logged(Sendfile.make(1, () => Promise.resolve({})))
      assert.isUndefined(value)
    }))

  it.effect("never sends slices from the file that an answer would copy", () =>
    Effect.gen(function*() {
      const koffi = { load: () => ({ func: () => () => 0 }), errno: () => 0, os: { errno: {} } }
      const { value } = yield* logged(Sendfile.make(1, () => Promise.resolve(koffi)))
      assert.strictEqual(value?.bytesMin, REFERENCE_BYTES_MIN)
    }))

  it.effect("is off, and says nothing, where the setting does not ask for it", () =>
    Effect.gen(function*() {
      const built = Layer.build(Sendfile.layer.pipe(Layer.provide(BrokerConfig.layerTest({}))))
      const { lines, value } = yield* logged(Effect.scoped(Effect.orDie(built)))
      assert.isUndefined(Context.get(value, FileSend))
      assert.deepStrictEqual(lines, [])
    }))
})
