// DescribeConfigs: every setting of topics and of this broker, with values, sources and documentation.
// Behaviour: names that are asked for and do not exist are left out. Loggers are not settings here.
// All brokers (the empty name) were given nothing by request: no settings of a broker change that way.
// Versions: v1 synonyms; v3 types and documentation; v4 flexible
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { DescribeConfigs } from "../../../domain/protocol/DescribeConfigs.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { BrokerConfig } from "../../../layers/config/BrokerConfig.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as ConfigEntries from "../ConfigEntries.ts"
import * as ConfigResource from "../ConfigResource.ts"
import * as Handler from "../Handler.ts"

type Request = Api.Request<typeof DescribeConfigs>
type Result = Api.Response<typeof DescribeConfigs>["results"][number]

export const describeConfigs = Handler.make(DescribeConfigs, {
  versions: "1-4",
  handle: Effect.fnUntraced(function*(request) {
    const cluster = yield* ClusterMetadata
    const config = yield* BrokerConfig
    const results = request.resources.map((asked): Result => {
      const resource = ConfigResource.find(asked, cluster)
      if (resource._tag === "Failure") {
        const { errorCode, message } = resource
        return { ...asked, errorCode, errorMessage: message, configs: [] }
      }
      return {
        ...asked,
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        configs: told(entriesOf(resource, config), asked.configurationKeys, request)
      }
    })
    return { throttleTimeMs: 0, results }
  })
})

const entriesOf = (
  resource: ConfigResource.ConfigResource,
  config: BrokerConfig["Service"]
): ReadonlyArray<ConfigEntries.ConfigEntry> => {
  switch (resource._tag) {
    case "Topic":
      return ConfigEntries.ofTopic(resource.topic.configs, config)
    case "Broker":
      return ConfigEntries.ofBroker(config)
    case "AllBrokers":
      return []
  }
}

const told = (
  entries: ReadonlyArray<ConfigEntries.ConfigEntry>,
  keys: ReadonlyArray<string> | null,
  { includeDocumentation, includeSynonyms }: Request
): Result["configs"] =>
  entries
    .filter(({ name }) => keys === null || keys.length === 0 || keys.includes(name))
    .map((entry) => ({
      ...entry,
      synonyms: includeSynonyms ? entry.synonyms : [],
      documentation: includeDocumentation ? entry.documentation : null
    }))
