// CreateTopics: topics with their partitions and configs, each answered on its own.
// Behaviour: there is one broker, so a replication factor is 1 or the default (-1), and assignments
// may name only this broker. A topic is durable, and can be produced to, before it is answered.
// Versions: v4 defaults by -1; v5 flexible, configs in the answer; v7 topic id
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Failure from "../../../domain/Failure.ts"
import { CreateTopics } from "../../../domain/protocol/CreateTopics.ts"
import * as Topic from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { BrokerConfig } from "../../../layers/config/BrokerConfig.ts"
import {
  ClusterMetadata,
  type NewTopic,
  type Topic as TopicEntry
} from "../../../layers/storage/ClusterMetadata.ts"
import * as ConfigEntries from "../ConfigEntries.ts"
import * as Handler from "../Handler.ts"

type Request = Api.Request<typeof CreateTopics>
type Asked = Request["topics"][number]
type Answer = Api.Response<typeof CreateTopics>["topics"][number]

export const createTopics = Handler.make(CreateTopics, {
  versions: "2-7",
  handle: Effect.fnUntraced(function*(request) {
    const config = yield* BrokerConfig
    const cluster = yield* ClusterMetadata
    const create = Effect.fnUntraced(function*(asked: Asked) {
      const isRepeated = request.topics.filter(({ name }) => name === asked.name).length > 1
      const topic = isRepeated
        ? Failure.make(ErrorCode.INVALID_REQUEST, "Duplicate topic name.")
        : newTopic(asked, config, cluster.nodeId)
      if ("_tag" in topic) return refused(asked.name, topic)
      if (request.validateOnly) {
        const failure = cluster.validate(topic)
        return failure === undefined
          ? created({ ...topic, id: Topic.NO_TOPIC_ID }, config)
          : refused(asked.name, failure)
      }
      return yield* Effect.match(cluster.create(topic), {
        onFailure: (failure) => refused(asked.name, failure),
        onSuccess: (made) => created(made, config)
      })
    })
    const topics = yield* Effect.forEach(request.topics, create, { concurrency: "unbounded" })
    return { throttleTimeMs: 0, topics }
  })
})

/** What is to be created, with defaults filled in; or why it cannot be. */
const newTopic = (
  asked: Asked,
  config: BrokerConfig["Service"],
  nodeId: number
): NewTopic | Failure.Failure => {
  if (Topic.isInternal(asked.name)) {
    return Failure.make(
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      `Topic '${asked.name}' is made by the broker itself, when it needs it.`
    )
  }
  const partitions = asked.assignments.length > 0
    ? assignedPartitions(asked, nodeId)
    : replicatedPartitions(asked, config)
  if (typeof partitions !== "number") return partitions
  const configs: Record<string, string> = {}
  for (const { name, value } of asked.configs) {
    if (value === null) {
      return Failure.make(
        ErrorCode.INVALID_CONFIG,
        `Null value not supported for topic config: ${name}`
      )
    }
    configs[name] = value
  }
  return { name: asked.name, partitions, configs }
}

const replicatedPartitions = (
  asked: Asked,
  config: BrokerConfig["Service"]
): number | Failure.Failure => {
  if (asked.replicationFactor !== -1 && asked.replicationFactor !== 1) {
    return Failure.make(
      ErrorCode.INVALID_REPLICATION_FACTOR,
      `Replication factor ${asked.replicationFactor} was asked for, but this cluster has one broker: ` +
        "use 1, or -1 for the default."
    )
  }
  return asked.numPartitions === -1 ? config.numPartitions : asked.numPartitions
}

const assignedPartitions = (asked: Asked, nodeId: number): number | Failure.Failure => {
  if (asked.numPartitions !== -1 || asked.replicationFactor !== -1) {
    return Failure.make(
      ErrorCode.INVALID_REQUEST,
      "With assignments, the number of partitions and the replication factor must both be -1."
    )
  }
  const indexes = asked.assignments.map(({ partitionIndex }) => partitionIndex).sort((a, b) =>
    a - b
  )
  if (indexes.some((index, i) => index !== i)) {
    return Failure.make(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      "Assignments must name the partitions from 0 on, each once."
    )
  }
  const isHere = asked.assignments.every(({ brokerIds }) =>
    brokerIds.length === 1 && brokerIds[0] === nodeId
  )
  return isHere
    ? indexes.length
    : Failure.make(
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      `Each partition must be assigned to broker ${nodeId}, which is the only one.`
    )
}

const created = (
  topic: Pick<TopicEntry, "name" | "id" | "partitions" | "configs">,
  config: BrokerConfig["Service"]
): Answer => ({
  name: topic.name,
  topicId: topic.id,
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  topicConfigErrorCode: ErrorCode.NONE,
  numPartitions: topic.partitions,
  replicationFactor: 1,
  configs: ConfigEntries.ofTopic(topic.configs, config).map((entry) => ({
    name: entry.name,
    value: entry.value,
    readOnly: entry.readOnly,
    configSource: entry.configSource,
    isSensitive: entry.isSensitive
  }))
})

const refused = (name: string, failure: Failure.Failure): Answer => ({
  name,
  topicId: Topic.NO_TOPIC_ID,
  errorCode: failure.errorCode,
  errorMessage: failure.message,
  topicConfigErrorCode: ErrorCode.NONE,
  numPartitions: -1,
  replicationFactor: -1,
  configs: []
})
