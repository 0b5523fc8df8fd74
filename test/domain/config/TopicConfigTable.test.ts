// The table of topic settings is Kafka's: same names, same types, same defaults, and defaults that pass.
import { assert, it } from "@effect/vitest"
import * as BrokerConfigs from "../../../src/domain/config/BrokerConfigs.ts"
import { check } from "../../../src/domain/config/ConfigDefinition.ts"
import { definitions } from "../../../src/domain/config/TopicConfigTable.ts"
import * as KafkaConfigs from "./KafkaConfigs.ts"

it("names, types and defaults are Kafka's", () => {
  const ours = definitions.map(({ defaultValue, name, type }): KafkaConfigs.Row => [
    name,
    type,
    defaultValue
  ])
  assert.deepStrictEqual(ours.sort(byName), [...KafkaConfigs.ofTopic].sort(byName))
})

it("every default is allowed", () => {
  const wrong = definitions.map((definition) => check(definition, definition.defaultValue ?? ""))
  assert.deepStrictEqual(wrong.filter((sentence) => sentence !== undefined), [])
})

it("what a setting falls back on is a setting of the broker, of the same type and default", () => {
  for (const { defaultValue, name, synonyms, type } of definitions) {
    for (const synonym of synonyms) {
      const definition = BrokerConfigs.definitionOf(synonym)
      assert.strictEqual(definition?.type, type, `${name} -> ${synonym}`)
      // Null where hours or minutes, or nothing, are the default.
      assert.include([defaultValue, null], definition?.defaultValue, `${name} -> ${synonym}`)
    }
  }
})

it("every setting is documented by a sentence", () => {
  const bare = definitions.filter(({ documentation }) => !/^[A-Z].{20,}\.$/.test(documentation))
  assert.deepStrictEqual(bare.map(({ name }) => name), [])
})

const byName = (one: ReadonlyArray<string | null>, other: ReadonlyArray<string | null>): number =>
  one[0]! < other[0]! ? -1 : 1
