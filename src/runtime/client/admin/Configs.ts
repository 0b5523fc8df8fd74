// Settings of topics, brokers and groups: what they are and where each value comes from.
import type * as Effect from "effect/Effect"
import { DescribeConfigs } from "../../../domain/protocol/DescribeConfigs.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import type { ClientError } from "../ClientError.ts"
import * as ConfigResource from "./ConfigResource.ts"
import { answersOf, type Outcomes, told } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import type { Routes } from "./Routes.ts"

/** Kafka's numbers are the indexes (DescribeConfigsResponse.ConfigSource). */
const SOURCES = [
  "unknown",
  "topic",
  "dynamicBroker",
  "dynamicDefaultBroker",
  "staticBroker",
  "default",
  "dynamicBrokerLogger",
  "clientMetrics",
  "group"
] as const

/** Likewise (DescribeConfigsResponse.ConfigType). */
const VALUE_TYPES = [
  "unknown",
  "boolean",
  "string",
  "int",
  "short",
  "long",
  "double",
  "list",
  "class",
  "password"
] as const

/** Where a value was set; "default" is built in. */
export type ConfigSource = typeof SOURCES[number]
export type ConfigValueType = typeof VALUE_TYPES[number]

export interface ConfigSynonym {
  readonly name: string
  readonly value: string | null
  readonly source: ConfigSource
}

export interface ConfigEntry {
  readonly name: string
  /** Null where it is sensitive, or has none. */
  readonly value: string | null
  readonly source: ConfigSource
  readonly isReadOnly: boolean
  readonly isSensitive: boolean
  /** "unknown" before Kafka 2.6. */
  readonly type: ConfigValueType
  readonly documentation: string | undefined
  /** Every place that sets the value, the winner first; empty unless asked for. */
  readonly synonyms: ReadonlyArray<ConfigSynonym>
}

/** By the names of the settings. */
export type ConfigEntries = ReadonlyMap<string, ConfigEntry>

export interface DescribeConfigsOptions extends CallOptions {
  /** Only these settings. Default: all. */
  readonly names?: ReadonlyArray<string> | undefined
  readonly includeSynonyms?: boolean | undefined
  readonly includeDocumentation?: boolean | undefined
}

export interface Configs {
  /** Outcomes go by `ConfigResource.format`: "topic orders". */
  readonly describeConfigs: (
    resources: ReadonlyArray<ConfigResource.ConfigResource>,
    options?: DescribeConfigsOptions
  ) => Effect.Effect<Outcomes<string, ConfigEntries>, ClientError>
}

export const make = (routes: Routes): Configs => ({
  describeConfigs: (resources, options = {}) =>
    routes.run(
      {
        name: DescribeConfigs.name,
        keyOf: ConfigResource.format,
        route: (items, round) => routes.toBrokers(items, round, ConfigResource.brokerOf),
        ask: (connection, resources) =>
          answersOf(
            connection.request(DescribeConfigs, {
              resources: resources.map((resource) => ({
                resourceType: ConfigResource.numberOf(resource),
                resourceName: resource.name,
                configurationKeys: options.names ?? null
              })),
              includeSynonyms: options.includeSynonyms ?? false,
              includeDocumentation: options.includeDocumentation ?? false
            }),
            ({ results }) =>
              results.map((answer) => {
                const key = keyOf(answer)
                const what = `DescribeConfigs of ${key}`
                const outcome = told(what, answer.errorCode, answer.errorMessage, () =>
                  entries(answer))
                return [key, outcome] as const
              })
          ),
        isRepeatable: true
      },
      resources,
      options
    )
})

type Answer = Api.Response<typeof DescribeConfigs>["results"][number]

const keyOf = ({ resourceName, resourceType }: Answer): string => {
  const resource = ConfigResource.ofNumber(resourceType, resourceName)
  return resource === undefined ? resourceName : ConfigResource.format(resource)
}

const entries = ({ configs }: Answer): ConfigEntries =>
  new Map(configs.map((config) => [config.name, {
    name: config.name,
    value: config.value,
    source: SOURCES[config.configSource] ?? "unknown",
    isReadOnly: config.readOnly,
    isSensitive: config.isSensitive,
    type: VALUE_TYPES[config.configType] ?? "unknown",
    documentation: config.documentation || undefined,
    synonyms: config.synonyms.map(({ name, source, value }) => ({
      name,
      value,
      source: SOURCES[source] ?? "unknown"
    }))
  }]))
