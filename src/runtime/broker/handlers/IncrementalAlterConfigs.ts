// IncrementalAlterConfigs: sets, resets, or adds to and takes from single settings of a topic.
// Behaviour: the broker's own settings are read at start and cannot be changed by request.
// Versions: v1 flexible
import * as Effect from "effect/Effect"
import { toList } from "../../../domain/config/ConfigDefinition.ts"
import { definitionOf } from "../../../domain/config/TopicConfigs.ts"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Failure from "../../../domain/Failure.ts"
import { IncrementalAlterConfigs } from "../../../domain/protocol/IncrementalAlterConfigs.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ConfigChange from "../ConfigChange.ts"
import * as Handler from "../Handler.ts"

type Change = Api.Request<typeof IncrementalAlterConfigs>["resources"][number]["configs"][number]
type Configs = Readonly<Record<string, string>>

/** Kafka's numbers (AlterConfigOp.OpType). */
const SET = 0
const DELETE = 1
const APPEND = 2
const SUBTRACT = 3

export const incrementalAlterConfigs = Handler.make(IncrementalAlterConfigs, {
  versions: "0-1",
  handle: Effect.fnUntraced(function*(request) {
    const responses = yield* Effect.forEach(request.resources, (asked) => {
      const names = asked.configs.map(({ name }) => name)
      const twice = names.find((name, i) => names.indexOf(name) !== i)
      const isAskedTwice = request.resources.filter((other) =>
        other.resourceType === asked.resourceType && other.resourceName === asked.resourceName
      ).length > 1
      return ConfigChange.apply(asked, request.validateOnly, (before) => {
        if (twice !== undefined || isAskedTwice) {
          return Failure.make(
            ErrorCode.INVALID_REQUEST,
            `${twice ?? asked.resourceName} is named twice in one request`
          )
        }
        let configs: Configs | Failure.Failure = before
        for (const change of asked.configs) {
          configs = changed(configs, change)
          if (Failure.isFailure(configs)) {
            return configs
          }
        }
        return configs
      })
    })
    return { throttleTimeMs: 0, responses }
  })
})

const changed = (configs: Configs, change: Change): Configs | Failure.Failure => {
  const { configOperation, name, value } = change
  if (configOperation === DELETE) {
    const { [name]: _, ...rest } = configs
    return rest
  }
  if (value === null) {
    return Failure.make(ErrorCode.INVALID_REQUEST, `Null value not supported for : ${name}`)
  }
  if (configOperation === SET) return { ...configs, [name]: value }
  if (configOperation !== APPEND && configOperation !== SUBTRACT) {
    return Failure.make(
      ErrorCode.INVALID_REQUEST,
      `${configOperation} is not an operation: 0 sets, 1 resets, 2 appends, 3 subtracts`
    )
  }
  const definition = definitionOf(name)
  if (definition !== undefined && definition.type !== "LIST") {
    return Failure.make(
      ErrorCode.INVALID_CONFIG,
      `Config value append or subtract is only allowed for lists, and ${name} is none`
    )
  }
  const items = toList(configs[name] ?? definition?.defaultValue ?? "")
  const named = toList(value)
  const result = configOperation === APPEND
    ? [...items, ...named.filter((item) => !items.includes(item))]
    : items.filter((item) => !named.includes(item))
  return { ...configs, [name]: result.join(",") }
}
