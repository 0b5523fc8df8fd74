// AlterConfigs: replaces all settings of a topic; what is not named goes back to its default.
// Behaviour: the broker's own settings are read at start and cannot be changed by request.
// Versions: v2 flexible
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Failure from "../../../domain/Failure.ts"
import { AlterConfigs } from "../../../domain/protocol/AlterConfigs.ts"
import * as ConfigChange from "../ConfigChange.ts"
import * as Handler from "../Handler.ts"

export const alterConfigs = Handler.make(AlterConfigs, {
  versions: "0-2",
  handle: Effect.fnUntraced(function*(request) {
    const responses = yield* Effect.forEach(
      request.resources,
      (asked) =>
        ConfigChange.apply(asked, request.validateOnly, () => {
          const configs: Record<string, string> = {}
          for (const { name, value } of asked.configs) {
            if (value === null) {
              return Failure.make(
                ErrorCode.INVALID_CONFIG,
                `Null value not supported for : ${name}`
              )
            }
            configs[name] = value
          }
          return configs
        })
    )
    return { throttleTimeMs: 0, responses }
  })
})
