// Writes docs/configuration.md from the tables of settings. A test compares the file with what would be
// written, so that it cannot fall behind.
import * as fs from "node:fs"
import * as BrokerConfigs from "../src/domain/config/BrokerConfigs.ts"
import type { ConfigDefinition } from "../src/domain/config/ConfigDefinition.ts"
import { definitions as foreignDefinitions } from "../src/domain/config/ForeignBrokerConfigs.ts"
import { definitions as topicDefinitions } from "../src/domain/config/TopicConfigTable.ts"

export const render = (): string =>
  [
    "# Settings",
    "",
    "Written by `npm run docs` from `src/domain/config`: do not edit.",
    "",
    "A setting is given as a flag (`--set log.dirs=./data`), in the environment (`MYMQ_LOG_DIRS=./data`:",
    "the name in capitals, `_` for dots), or in a properties file (`--config FILE`), in this order of",
    "precedence. Those marked *no effect* are known, because Kafka's tools ask for them, and change",
    "nothing here; giving one is told in the log. Unknown names and bad values are refused at start.",
    "",
    "## Of the broker",
    "",
    ...table(BrokerConfigs.definitions.filter((one) => !foreignDefinitions.includes(one))),
    "",
    "## Of a topic",
    "",
    "What a topic does not say comes from the broker's setting named last, and its default.",
    "",
    ...table(topicDefinitions),
    "",
    "## Of Kafka alone",
    "",
    "Accepted, so that a file written for Kafka starts this broker, and without effect.",
    "",
    ...table(foreignDefinitions)
  ].join("\n") + "\n"

const table = (definitions: ReadonlyArray<ConfigDefinition>): ReadonlyArray<string> => [
  "| Name | Type | Default | What it does |",
  "| --- | --- | --- | --- |",
  ...[...definitions].sort((a, b) => a.name < b.name ? -1 : 1).map(row)
]

const row = (definition: ConfigDefinition): string => {
  const { defaultValue, documentation, isEffective, name, synonyms, type } = definition
  const shown = defaultValue === null || defaultValue === "" ? "" : `\`${defaultValue}\``
  const told = [
    documentation,
    ...(isEffective ? [] : ["*No effect.*"]),
    ...(synonyms.length === 0 ? [] : [`Broker: \`${synonyms.join("`, `")}\`.`])
  ]
  return `| \`${name}\` | ${type.toLowerCase()} | ${shown} | ${told.join(" ")} |`
}

if (import.meta.main) {
  fs.mkdirSync("docs", { recursive: true })
  fs.writeFileSync("docs/configuration.md", render())
}
