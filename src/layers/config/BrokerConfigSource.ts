// Where settings come from: flags win over the environment, that wins over a properties file, and what
// nobody says is a default. Everything wrong is collected and told at once, with what is allowed.
import * as BrokerConfigs from "../../domain/config/BrokerConfigs.ts"
import { check } from "../../domain/config/ConfigDefinition.ts"
import * as Properties from "../../domain/config/Properties.ts"
import type { ConfigSource } from "./BrokerConfig.ts"

export interface Sources {
  readonly flags?: Readonly<Record<string, string>> | undefined
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  /** Text of a properties file. */
  readonly file?: string | undefined
}

export interface Entry {
  readonly value: string | null
  readonly source: ConfigSource
}

export interface Gathered {
  /** Every setting that there is, by name. */
  readonly entries: ReadonlyMap<string, Entry>
  readonly problems: ReadonlyArray<string>
  /** Settings that were given and change nothing here. */
  readonly ignored: ReadonlyArray<string>
}

const PREFIX = "MYMQ_"
/** MYMQ_ names that are not settings. */
const NOT_SETTINGS = new Set(["MYMQ_CONFIG"])

export const gather = ({ environment = {}, file, flags = {} }: Sources): Gathered => {
  const problems: Array<string> = []
  const ignored: Array<string> = []
  const given: Record<string, string> = {
    ...(file === undefined ? {} : Properties.parse(file)),
    ...fromEnvironment(environment, problems),
    ...flags
  }
  const entries = new Map<string, Entry>(BrokerConfigs.definitions.map((definition) => [
    definition.name,
    { value: definition.defaultValue, source: "DEFAULT_CONFIG" }
  ]))
  for (const [name, value] of Object.entries(given)) {
    const definition = BrokerConfigs.definitionOf(name)
    if (definition === undefined) {
      problems.push(`${name} is not a setting of this broker${suggestion(name)}`)
      continue
    }
    const wrong = check(definition, value)
    if (wrong !== undefined) problems.push(wrong)
    if (!definition.isEffective && value.trim() !== definition.defaultValue) ignored.push(name)
    entries.set(name, { value: value.trim(), source: "STATIC_BROKER_CONFIG" })
  }
  return { entries, problems, ignored }
}

const fromEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
  problems: Array<string>
): Record<string, string> => {
  const names = new Map(BrokerConfigs.definitions.map(({ name }) => [variable(name), name]))
  const given: Record<string, string> = {}
  for (const [key, value] of Object.entries(environment)) {
    if (!key.startsWith(PREFIX) || NOT_SETTINGS.has(key) || value === undefined) continue
    const name = names.get(key)
    if (name === undefined) {
      const guess = suggestion(key.slice(PREFIX.length).toLowerCase().replaceAll("_", "."))
      problems.push(`${key} names no setting of this broker${guess}`)
    } else {
      given[name] = value
    }
  }
  return given
}

/** log.dirs -> MYMQ_LOG_DIRS */
export const variable = (name: string): string => PREFIX + name.toUpperCase().replaceAll(".", "_")

const suggestion = (name: string): string => {
  let best = { name: "", distance: Math.max(2, name.length / 4) }
  for (const definition of BrokerConfigs.definitions) {
    const distance = editDistance(name, definition.name)
    if (distance <= best.distance) best = { name: definition.name, distance }
  }
  return best.name === "" ? "" : `; did you mean ${best.name}?`
}

/** Levenshtein's: how many characters must change. */
const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1))
    }
    row = next
  }
  return row[b.length]!
}
