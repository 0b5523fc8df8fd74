// What `mymq topics config` does: shows the settings of a topic, or changes some of them, all or none.
import * as Effect from "effect/Effect"
import { Admin } from "../../client/Admin.ts"
import type { ConfigChange } from "../../client/admin/ConfigChanges.ts"
import * as ConfigResource from "../../client/admin/ConfigResource.ts"
import type { ConfigEntry } from "../../client/admin/Configs.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Refusal from "../Refusal.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly topic: string
  readonly changes: ReadonlyArray<ConfigChange>
  readonly all: boolean
  readonly dryRun: boolean
  readonly json: boolean
}

const COLUMNS = [{ name: "SETTING" }, { name: "VALUE" }, { name: "SOURCE" }] as const

/** What is said of where a value comes from. */
const SOURCES: Readonly<Partial<Record<ConfigEntry["source"], string>>> = {
  topic: "topic",
  dynamicBroker: "broker",
  dynamicDefaultBroker: "all brokers",
  staticBroker: "broker's file",
  default: "default"
}

const config = Effect.fnUntraced(function*(given: Given) {
  const { all, changes, dryRun, topic } = given
  const admin = yield* Admin
  const named = Refusal.named("topic", topic)
  const resource = ConfigResource.topic(topic)
  if (changes.length > 0) {
    yield* named(Admin.orFail(
      admin.incrementalAlterConfigs([{ resource, changes }], { validateOnly: dryRun })
    ))
    if (dryRun) return yield* checked(given)
  }
  const entries = yield* named(Admin.onlyOne(admin.describeConfigs([resource])))
  const names = new Set(changes.map(({ name }) => name))
  const shown = [...entries.values()]
    .filter(({ name, source }) => names.size > 0 ? names.has(name) : all || source === "topic")
    .sort((a, b) => a.name < b.name ? -1 : 1)
  if (given.json) {
    return yield* Output.document(shown.map(({ isReadOnly, isSensitive, name, source, value }) => ({
      name,
      value,
      source,
      isReadOnly,
      isSensitive
    })))
  }
  if (shown.length === 0) {
    return yield* Output.line(`topic "${topic}" has all settings by default; --all shows them`)
  }
  yield* Output.table(COLUMNS, shown.map((entry) => [entry.name, valueOf(entry), sourceOf(entry)]))
})

const checked = ({ changes, json, topic }: Given) =>
  json
    ? Output.document({ topic, changes, isChanged: false })
    : Output.line(`topic "${topic}" could be changed so`)

const valueOf = ({ isSensitive, value }: ConfigEntry): string =>
  isSensitive ? "(secret)" : value ?? ""

const sourceOf = ({ source }: ConfigEntry): string => SOURCES[source] ?? source

export const run = (given: Given) =>
  Effect.provide(config(given), ClusterAccess.layer(given.broker))
