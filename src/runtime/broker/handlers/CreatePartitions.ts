// CreatePartitions: gives topics more partitions; there is no way back.
// Behaviour: assignments may name only this broker.
// Versions: v2 flexible; v3 like v2
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Failure from "../../../domain/Failure.ts"
import { CreatePartitions } from "../../../domain/protocol/CreatePartitions.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as Handler from "../Handler.ts"

type Asked = Api.Request<typeof CreatePartitions>["topics"][number]

export const createPartitions = Handler.make(CreatePartitions, {
  versions: "0-3",
  handle: Effect.fnUntraced(function*(request) {
    const cluster = yield* ClusterMetadata
    const grow = (asked: Asked) => {
      const isRepeated = request.topics.filter(({ name }) => name === asked.name).length > 1
      const failure = isRepeated
        ? Failure.make(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
        : refusal(asked, cluster)
      const grown = failure !== undefined
        ? Effect.fail(failure)
        : request.validateOnly
        ? Effect.void
        : cluster.createPartitions(asked.name, asked.count)
      return Effect.match(grown, {
        onFailure: ({ errorCode, message }) => ({
          name: asked.name,
          errorCode,
          errorMessage: message
        }),
        onSuccess: () => ({ name: asked.name, errorCode: ErrorCode.NONE, errorMessage: null })
      })
    }
    const results = yield* Effect.forEach(request.topics, grow, { concurrency: "unbounded" })
    return { throttleTimeMs: 0, results }
  })
})

const refusal = (
  asked: Asked,
  cluster: ClusterMetadata["Service"]
): Failure.Failure | undefined => {
  const topic = cluster.topic(asked.name)
  if (topic === undefined) {
    return Failure.make(
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      `Topic '${asked.name}' does not exist.`
    )
  }
  if (topic.isInternal) {
    return Failure.make(
      ErrorCode.INVALID_REQUEST,
      `Groups are found by the number of partitions of '${asked.name}': it cannot change.`
    )
  }
  if (asked.count <= topic.partitions) {
    return Failure.make(
      ErrorCode.INVALID_PARTITIONS,
      `Topic '${asked.name}' has ${topic.partitions} partitions; ` +
        `it can only get more, and ${asked.count} were asked for.`
    )
  }
  const added = asked.count - topic.partitions
  const isAssigned = asked.assignments === null ||
    (asked.assignments.length === added &&
      asked.assignments.every(({ brokerIds }) =>
        brokerIds.length === 1 && brokerIds[0] === cluster.nodeId
      ))
  return isAssigned ? undefined : Failure.make(
    ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    `${added} assignments are needed, each to broker ${cluster.nodeId}, which is the only one.`
  )
}
