// Changes of single settings. Brokers before Kafka 2.3 only replace all settings of a resource at once
// (AlterConfigs): for them what is set now is read first, changed, and written back whole, so that two
// who do that at one time may undo each other, and settings that cannot be read cannot be kept.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { AlterConfigs } from "../../../domain/protocol/AlterConfigs.ts"
import { IncrementalAlterConfigs } from "../../../domain/protocol/IncrementalAlterConfigs.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import * as ConfigResource from "./ConfigResource.ts"
import type { ConfigEntries, Configs } from "./Configs.ts"
import { answersOf, type Outcome, type Outcomes, told } from "./Outcomes.ts"
import type { Routes } from "./Routes.ts"
import type { ChangeOptions } from "./TopicChanges.ts"

/** Kafka's numbers (AlterConfigOp.OpType). */
const OPERATIONS = { set: 0, delete: 1, append: 2, subtract: 3 } as const

/** "delete" goes back to the default; "append" and "subtract" are for lists. */
export type ConfigChange =
  | { readonly name: string; readonly operation: "delete" }
  | {
    readonly name: string
    readonly operation: "set" | "append" | "subtract"
    readonly value: string
  }

export interface ResourceChange {
  readonly resource: ConfigResource.ConfigResource
  readonly changes: ReadonlyArray<ConfigChange>
}

export interface ConfigChanges {
  /** All changes of one resource are done, or none. Outcomes go by `ConfigResource.format`. */
  readonly incrementalAlterConfigs: (
    changes: ReadonlyArray<ResourceChange>,
    options?: ChangeOptions
  ) => Effect.Effect<Outcomes<string, void>, ClientError.ClientError>
}

export const make = (routes: Routes, configs: Configs): ConfigChanges => ({
  incrementalAlterConfigs: (changes, options = {}) =>
    routes.run(
      {
        name: IncrementalAlterConfigs.name,
        keyOf: ({ resource }: ResourceChange) => ConfigResource.format(resource),
        route: (items, round) =>
          Effect.gen(function*() {
            const isOwn = (item: ResourceChange) =>
              ConfigResource.brokerOf(item.resource) !== undefined
            const others = yield* routes.toController(items.filter((item) => !isOwn(item)), round)
            const own = yield* routes.toBrokers(
              items.filter(isOwn),
              0,
              ({ resource }) => ConfigResource.brokerOf(resource)
            )
            return [...others, ...own]
          }),
        ask: (connection, items) =>
          connection.versionOf(IncrementalAlterConfigs) === undefined
            ? replace(connection, configs, items, options)
            : change(connection, items, options),
        isRepeatable: true
      },
      changes,
      options
    )
})

const change = (
  connection: BrokerConnection,
  items: ReadonlyArray<ResourceChange>,
  options: ChangeOptions
) =>
  answersOf(
    connection.request(IncrementalAlterConfigs, {
      resources: items.map(({ changes, resource }) => ({
        ...addressed(resource),
        configs: changes.map((change) => ({
          name: change.name,
          configOperation: OPERATIONS[change.operation],
          value: change.operation === "delete" ? null : change.value
        }))
      })),
      validateOnly: options.validateOnly ?? false
    }),
    ({ responses }) => responses.map(answered)
  )

const addressed = (resource: ConfigResource.ConfigResource) => ({
  resourceType: ConfigResource.numberOf(resource),
  resourceName: resource.name
})

const answered = (answer: {
  readonly errorCode: ErrorCode
  readonly errorMessage: string | null
  readonly resourceType: number
  readonly resourceName: string
}): readonly [string, Outcome<void>] => {
  const resource = ConfigResource.ofNumber(answer.resourceType, answer.resourceName)
  const key = resource === undefined ? answer.resourceName : ConfigResource.format(resource)
  const what = `IncrementalAlterConfigs of ${key}`
  return [key, told(what, answer.errorCode, answer.errorMessage, () => {})]
}

const replace = Effect.fnUntraced(function*(
  connection: BrokerConnection,
  configs: Configs,
  items: ReadonlyArray<ResourceChange>,
  options: ChangeOptions
) {
  const now = yield* configs.describeConfigs(items.map(({ resource }) => resource), options)
  const outcomes = new Map<string, Outcome<void>>()
  const resources: Array<{
    readonly resourceType: number
    readonly resourceName: string
    readonly configs: ReadonlyArray<{ readonly name: string; readonly value: string }>
  }> = []
  for (const { changes, resource } of items) {
    const key = ConfigResource.format(resource)
    const whole = Result.flatMap(now.get(key)!, (entries) => changed(key, entries, changes))
    if (Result.isFailure(whole)) outcomes.set(key, Result.fail(whole.failure))
    else resources.push({ ...addressed(resource), configs: whole.success })
  }
  if (resources.length === 0) return outcomes
  const { responses } = yield* connection.request(AlterConfigs, {
    resources,
    validateOnly: options.validateOnly ?? false
  })
  for (const [key, outcome] of responses.map(answered)) outcomes.set(key, outcome)
  return outcomes
})

/** Set on the resource itself, not inherited. */
const OWN: ReadonlySet<string> = new Set(["topic", "dynamicBroker", "group", "clientMetrics"])

/** All settings that the resource has of its own after the changes. */
const changed = (
  key: string,
  entries: ConfigEntries,
  changes: ReadonlyArray<ConfigChange>
): Outcome<ReadonlyArray<{ readonly name: string; readonly value: string }>> => {
  const values = new Map<string, string>()
  for (const entry of entries.values()) {
    if (!OWN.has(entry.source)) continue
    if (entry.value !== null) values.set(entry.name, entry.value)
    else if (!changes.some(({ name }) => name === entry.name)) {
      const detail = `${key} has a secret ${entry.name}, which this old broker would forget`
      return Result.fail(ClientError.refused("AlterConfigs", ErrorCode.INVALID_REQUEST, detail))
    }
  }
  for (const change of changes) {
    if (change.operation === "delete") values.delete(change.name)
    else if (change.operation === "set") values.set(change.name, change.value)
    else {
      const now = values.get(change.name) ?? entries.get(change.name)?.value ?? ""
      values.set(change.name, edited(change.operation, now, change.value))
    }
  }
  return Result.succeed([...values].map(([name, value]) => ({ name, value })))
}

const edited = (operation: "append" | "subtract", now: string, value: string): string => {
  const items = itemsOf(now)
  const named = itemsOf(value)
  const left = operation === "append"
    ? [...items, ...named.filter((item) => !items.includes(item))]
    : items.filter((item) => !named.includes(item))
  return left.join(",")
}

const itemsOf = (list: string): ReadonlyArray<string> =>
  list.split(",").map((item) => item.trim()).filter((item) => item !== "")
