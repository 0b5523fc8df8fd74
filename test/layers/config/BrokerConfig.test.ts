// The service: one error that says everything, one warning of what changes nothing.
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"

it.effect("is what nobody said otherwise", () =>
  Effect.gen(function*() {
    const config = yield* BrokerConfig
    assert.strictEqual(config.logDir, "./data")
    assert.strictEqual(config.durability, "commit")
    assert.deepStrictEqual(config.listeners.map(({ host, port }) => [host, port]), [
      ["127.0.0.1", 9092]
    ])
  }).pipe(Effect.provide(BrokerConfig.layer({}))))

it.effect("takes a free port in tests", () =>
  Effect.gen(function*() {
    const config = yield* BrokerConfig
    assert.deepStrictEqual(config.listeners.map(({ port }) => port), [0])
    assert.strictEqual(config.numPartitions, 6)
  }).pipe(Effect.provide(BrokerConfig.layerTest({ "num.partitions": "6" }))))

it.effect("tells all problems in one error, one a line", () =>
  Effect.gen(function*() {
    const sources = { flags: { shards: "0", listeners: "here", nonsense: "1" } }
    const error = yield* Effect.flip(BrokerConfig.from(sources))
    assert.strictEqual(error._tag, "BrokerConfigError")
    assert.deepStrictEqual(error.message.split("\n"), [
      "Invalid value \"0\" for configuration shards: it must be between 1 and 1024",
      "nonsense is not a setting of this broker",
      "Invalid value for configuration listeners: \"here\" is not a listener: write it as " +
      "PLAINTEXT://127.0.0.1:9092"
    ])
  }))

it.effect("warns of settings that change nothing", () => {
  const lines: Array<string> = []
  const logger = Logger.make(({ logLevel, message }) =>
    void lines.push(`${logLevel} ${String(message)}`)
  )
  return Effect.gen(function*() {
    yield* BrokerConfig.from({ flags: { "num.io.threads": "9", "replica.fetch.min.bytes": "2" } })
    assert.deepStrictEqual(lines, [
      "Warn settings without effect here: num.io.threads, replica.fetch.min.bytes"
    ])
  }).pipe(Effect.provide(Logger.layer([logger])))
})
