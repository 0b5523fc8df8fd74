// A change of one resource's settings: found, computed, checked, and made durable before it is answered.
import * as Effect from "effect/Effect"
import * as TopicConfigs from "../../domain/config/TopicConfigs.ts"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Failure from "../../domain/Failure.ts"
import { ClusterMetadata } from "../../layers/storage/ClusterMetadata.ts"
import * as ConfigResource from "./ConfigResource.ts"

type Configs = Readonly<Record<string, string>>

export interface ChangeAnswer extends ConfigResource.AskedResource {
  readonly errorCode: number
  readonly errorMessage: string | null
}

/** `update` gives the resource's settings as they shall be, or why they cannot be so. */
export const apply = Effect.fnUntraced(function*(
  asked: ConfigResource.AskedResource,
  validateOnly: boolean,
  update: (before: Configs) => Configs | Failure.Failure
) {
  const cluster = yield* ClusterMetadata
  const { resourceName, resourceType } = asked
  const answer = (failure: Failure.Failure | undefined): ChangeAnswer => ({
    resourceType,
    resourceName,
    errorCode: failure?.errorCode ?? ErrorCode.NONE,
    errorMessage: failure?.message ?? null
  })
  const resource = ConfigResource.find(asked, cluster)
  if (resource._tag === "Failure") return answer(resource)
  if (resource._tag !== "Topic") return answer(READ_AT_START)
  const after = update(resource.topic.configs)
  const failure = Failure.isFailure(after) ? after : TopicConfigs.validate(after)
  if (failure !== undefined || validateOnly) return answer(failure)
  return yield* Effect.match(
    cluster.updateConfigs(resource.topic.name, (before) => {
      const updated = update(before)
      return Failure.isFailure(updated) ? before : updated
    }),
    { onFailure: answer, onSuccess: () => answer(undefined) }
  )
})

const READ_AT_START = Failure.make(
  ErrorCode.INVALID_REQUEST,
  "The broker's settings are read when it starts, and cannot be changed by request."
)
