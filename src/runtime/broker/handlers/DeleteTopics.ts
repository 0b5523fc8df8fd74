// DeleteTopics: by name, or from version 6 on by id.
// Behaviour: a topic is gone, and its directories are renamed out of the way, before it is answered;
// the disk is freed right after. The broker's own topics stay.
// Versions: v4 flexible; v5 error message; v6 topic ids
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Failure from "../../../domain/Failure.ts"
import { DeleteTopics } from "../../../domain/protocol/DeleteTopics.ts"
import * as Topic from "../../../domain/Topic.ts"
import { BrokerConfig } from "../../../layers/config/BrokerConfig.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as Handler from "../Handler.ts"

interface Asked {
  readonly name: string | null
  readonly topicId: string
}

export const deleteTopics = Handler.make(DeleteTopics, {
  versions: "1-6",
  handle: Effect.fnUntraced(function*(request, context) {
    const config = yield* BrokerConfig
    const cluster = yield* ClusterMetadata
    const byName = request.topicNames.map((name): Asked => ({ name, topicId: Topic.NO_TOPIC_ID }))
    const asked = context.apiVersion < 6 ? byName : request.topics

    const remove = ({ name, topicId }: Asked) => {
      const found = name === null ? cluster.topicById(topicId)?.name : name
      const failure = refusal({ name, topicId }, found, config.deleteTopicEnable)
      const id = found === undefined ? topicId : cluster.topic(found)?.id ?? topicId
      const deleted = failure !== undefined || found === undefined
        ? Effect.fail(failure ?? unknownId(topicId))
        : cluster.delete(found)
      return Effect.match(deleted, {
        onFailure: (failure) => ({
          name: name ?? found ?? null,
          topicId,
          errorCode: failure.errorCode,
          errorMessage: failure.message
        }),
        onSuccess: () => ({
          name: found ?? name,
          topicId: id,
          errorCode: ErrorCode.NONE,
          errorMessage: null
        })
      })
    }

    const responses = yield* Effect.forEach(asked, remove, { concurrency: "unbounded" })
    return { throttleTimeMs: 0, responses }
  })
})

const unknownId = (topicId: string): Failure.Failure =>
  Failure.make(ErrorCode.UNKNOWN_TOPIC_ID, `No topic has the id ${topicId}.`)

const refusal = (
  asked: Asked,
  found: string | undefined,
  isEnabled: boolean
): Failure.Failure | undefined => {
  if (asked.name !== null && asked.topicId !== Topic.NO_TOPIC_ID) {
    return Failure.make(
      ErrorCode.INVALID_REQUEST,
      "You may not specify both topic name and topic id."
    )
  }
  if (!isEnabled) {
    return Failure.make(
      ErrorCode.TOPIC_DELETION_DISABLED,
      "Topic deletion is disabled (delete.topic.enable=false)."
    )
  }
  if (found !== undefined && Topic.isInternal(found)) {
    return Failure.make(
      ErrorCode.INVALID_REQUEST,
      `${found} is the broker's own and cannot be deleted: delete groups instead.`
    )
  }
  return found === undefined ? unknownId(asked.topicId) : undefined
}
