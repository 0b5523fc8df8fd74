// Settings as DescribeConfigs tells them: each with its value, where that comes from, and every other
// place that would have a say. Sensitive values are never told.
import * as BrokerConfigs from "../../domain/config/BrokerConfigs.ts"
import { type ConfigDefinition, TYPE } from "../../domain/config/ConfigDefinition.ts"
import { definitions as topicDefinitions } from "../../domain/config/TopicConfigTable.ts"
import type { BrokerConfig, ConfigSource } from "../../layers/config/BrokerConfig.ts"

/** Kafka's numbers for where a value comes from (ConfigSource). */
const TOPIC_CONFIG = 1
const SOURCE: Readonly<Record<ConfigSource, number>> = {
  DYNAMIC_BROKER_CONFIG: 2,
  STATIC_BROKER_CONFIG: 4,
  DEFAULT_CONFIG: 5
}

export interface Synonym {
  readonly name: string
  readonly value: string | null
  readonly source: number
}

export interface ConfigEntry {
  readonly name: string
  readonly value: string | null
  readonly readOnly: boolean
  readonly configSource: number
  readonly isSensitive: boolean
  readonly synonyms: ReadonlyArray<Synonym>
  readonly configType: number
  readonly documentation: string
}

type Config = BrokerConfig["Service"]

/** All settings of a topic that has `configs` of its own. */
export const ofTopic = (
  configs: Readonly<Record<string, string>>,
  config: Config
): ReadonlyArray<ConfigEntry> =>
  topicDefinitions.map((definition) => {
    const own = configs[definition.name]
    const synonyms = [
      ...(own === undefined
        ? []
        : [{ name: definition.name, value: own, source: TOPIC_CONFIG }]),
      ...brokerSynonyms(definition, config)
    ]
    return entryOf(definition, synonyms, false)
  })

/** All settings of the broker. They are read at start, and cannot be changed while it runs. */
export const ofBroker = (config: Config): ReadonlyArray<ConfigEntry> =>
  BrokerConfigs.definitions.map((definition) => {
    const { source, value } = config.entries.get(definition.name)!
    const synonyms = [{ name: definition.name, value, source: SOURCE[source] }]
    if (source !== "DEFAULT_CONFIG" && definition.defaultValue !== null) {
      synonyms.push({
        name: definition.name,
        value: definition.defaultValue,
        source: SOURCE.DEFAULT_CONFIG
      })
    }
    return entryOf(definition, synonyms, true)
  })

const entryOf = (
  definition: ConfigDefinition,
  synonyms: ReadonlyArray<Synonym>,
  readOnly: boolean
): ConfigEntry => {
  const isSensitive = definition.type === "PASSWORD"
  const hidden = (value: string | null) => isSensitive ? null : value
  const winner = synonyms.find(({ value }) => value !== null)
  return {
    name: definition.name,
    value: hidden(winner?.value ?? definition.defaultValue),
    readOnly,
    configSource: winner?.source ?? SOURCE.DEFAULT_CONFIG,
    isSensitive,
    synonyms: synonyms.map((synonym) => ({ ...synonym, value: hidden(synonym.value) })),
    configType: TYPE[definition.type],
    documentation: definition.documentation
  }
}

/** What the broker says where a topic says nothing: hours and minutes become the topic's ms. */
const brokerSynonyms = (
  definition: ConfigDefinition,
  config: Config
): ReadonlyArray<Synonym> => {
  const synonyms: Array<Synonym> = []
  for (const name of [...definition.synonyms, ...coarser(definition)]) {
    const entry = config.entries.get(name)
    if (entry === undefined || entry.value === null) continue
    const value = inMilliseconds(name, entry.value)
    synonyms.push({ name, value, source: SOURCE[entry.source] })
  }
  return synonyms
}

const coarser = ({ name }: ConfigDefinition): ReadonlyArray<string> => {
  switch (name) {
    case "retention.ms":
      return ["log.retention.minutes", "log.retention.hours"]
    case "segment.ms":
      return ["log.roll.hours"]
    case "segment.jitter.ms":
      return ["log.roll.jitter.hours"]
    default:
      return []
  }
}

const inMilliseconds = (name: string, value: string): string => {
  const unit = name.endsWith(".hours") ? 3_600_000 : name.endsWith(".minutes") ? 60_000 : 1
  return unit === 1 || Number(value) < 0 ? value : String(Number(value) * unit)
}
