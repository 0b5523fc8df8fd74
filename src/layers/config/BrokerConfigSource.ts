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
const NOT_SETTINGS = new Set(["MYMQ_CONFIG", "MYMQ_BOOTSTRAP"])

/** Settings with two names: the old one, and the one that is read. */
const OLD_NAMES: ReadonlyArray<readonly [string, string]> = [
  ["broker.id", "node.id"],
  ["log.dir", "log.dirs"]
]

interface Given {
  readonly value: string
  /** Where it was found, for the one who must change it; nothing of a flag, which is in sight. */
  readonly place: string
}

export const gather = ({ environment = {}, file, flags = {} }: Sources): Gathered => {
  const problems: Array<string> = []
  const ignored: Array<string> = []
  const given = new Map<string, Given>()
  for (const [name, value] of Object.entries(file === undefined ? {} : Properties.parse(file))) {
    given.set(name, { value, place: " (in the properties file)" })
  }
  for (const [name, found] of fromEnvironment(environment, problems)) given.set(name, found)
  for (const [name, value] of Object.entries(flags)) given.set(name, { value, place: "" })
  problems.push(...readOldNames(given))
  const entries = new Map<string, Entry>(BrokerConfigs.definitions.map((definition) => [
    definition.name,
    { value: definition.defaultValue, source: "DEFAULT_CONFIG" }
  ]))
  for (const [name, { place, value }] of given) {
    const definition = BrokerConfigs.definitionOf(name)
    const wrong = definition === undefined ? unknown(name) : check(definition, value)
    if (wrong !== undefined) problems.push(wrong + place)
    if (definition === undefined || wrong !== undefined) continue
    const kept = definition.type === "PASSWORD" ? value : value.trim()
    if (!definition.isEffective && kept !== definition.defaultValue) ignored.push(name)
    entries.set(name, { value: kept, source: "STATIC_BROKER_CONFIG" })
  }
  return { entries, problems, ignored }
}

/** Gives an old name's value to the name that is read, and says when both are given and disagree. */
const readOldNames = (given: Map<string, Given>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  for (const [old, name] of OLD_NAMES) {
    const before = given.get(old)
    const now = given.get(name)
    const isGood = before !== undefined &&
      check(BrokerConfigs.definitionOf(old)!, before.value) === undefined
    if (!isGood) continue
    if (now === undefined) given.set(name, before)
    else if (old === "broker.id" && before.value.trim() !== now.value.trim()) {
      problems.push(`broker.id (${before.value}) and node.id (${now.value}) must be the same`)
    }
  }
  return problems
}

/** Why a name is no setting; `written` is how its source writes names. */
const unknown = (name: string, written = (name: string): string => name): string => {
  const refusal = BrokerConfigs.refusalOf(name)
  if (refusal !== undefined) return `${written(name)} is not supported by this broker: ${refusal}`
  const near = nearest(name)
  const guess = near === undefined ? "" : `; did you mean ${written(near)}?`
  return `${written(name)} is not a setting of this broker${guess}`
}

const fromEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
  problems: Array<string>
): ReadonlyMap<string, Given> => {
  const names = new Map(BrokerConfigs.definitions.map(({ name }) => [variable(name), name]))
  const given = new Map<string, Given>()
  for (const [key, value] of Object.entries(environment)) {
    if (!key.startsWith(PREFIX) || NOT_SETTINGS.has(key) || value === undefined) continue
    const name = names.get(key)
    if (name === undefined) {
      const spelt = key.slice(PREFIX.length).toLowerCase().replaceAll("_", ".")
      problems.push(unknown(spelt, variable))
    } else {
      given.set(name, { value, place: ` (in the environment, ${key})` })
    }
  }
  return given
}

/** log.dirs -> MYMQ_LOG_DIRS */
export const variable = (name: string): string => PREFIX + name.toUpperCase().replaceAll(".", "_")

/** The setting whose name is about the same. */
const nearest = (name: string): string | undefined => {
  let best: string | undefined
  let least = Math.max(2, name.length / 4)
  for (const definition of BrokerConfigs.definitions) {
    const distance = editDistance(name, definition.name)
    if (best === undefined ? distance <= least : distance < least) {
      best = definition.name
      least = distance
    }
  }
  return best
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
