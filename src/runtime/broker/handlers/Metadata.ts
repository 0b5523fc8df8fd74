// Metadata: brokers, topics, partitions and their leaders, and the way topics create themselves.
// Behaviour: one broker leads everything, from the moment a topic exists, so a topic created on
// demand is answered at once. The address is what the listener advertises, else what was dialled.
// Versions: v1 controller, null = all topics; v4 auto-creation; v9 flexible; v10 topic ids; v13 an error
// for the whole answer
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { Metadata } from "../../../domain/protocol/Metadata.ts"
import * as Topic from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { BrokerConfig } from "../../../layers/config/BrokerConfig.ts"
import {
  ClusterMetadata,
  type Topic as TopicEntry
} from "../../../layers/storage/ClusterMetadata.ts"
import { PartitionLogs } from "../../../layers/storage/PartitionLogs.ts"
import * as AuthorizedOperations from "../AuthorizedOperations.ts"
import * as Handler from "../Handler.ts"
import type { RequestContext } from "../RequestContext.ts"

type Request = Api.Request<typeof Metadata>
type TopicResponse = Api.Response<typeof Metadata>["topics"][number]

export const metadata = Handler.make(Metadata, {
  versions: "0-13",
  handle: Effect.fnUntraced(function*(request, context) {
    const cluster = yield* ClusterMetadata
    const { advertised } = context.listener
    const { host, port } = advertised ?? context.connection.local
    return {
      throttleTimeMs: 0,
      brokers: [{ nodeId: cluster.nodeId, host, port, rack: null }],
      clusterId: cluster.clusterId,
      controllerId: cluster.nodeId,
      topics: yield* topics(request, context),
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations
        ? AuthorizedOperations.CLUSTER
        : AuthorizedOperations.NOT_ASKED,
      errorCode: ErrorCode.NONE
    }
  })
})

const topics = Effect.fnUntraced(function*(request: Request, context: RequestContext) {
  const cluster = yield* ClusterMetadata
  const isAll = request.topics === null || (context.apiVersion === 0 && request.topics.length === 0)
  const asked = isAll
    ? [...cluster.topics().values()].map((topic) => ({ topicId: topic.id, name: topic.name }))
    : request.topics ?? []
  const answers: Array<TopicResponse> = []
  const seen = new Set<string>()
  for (const { name, topicId } of asked) {
    const isById = topicId !== Topic.NO_TOPIC_ID || name === null
    const key = isById ? topicId : name
    if (seen.has(key)) continue
    seen.add(key)
    const found = isById ? cluster.topicById(topicId) : cluster.topic(name)
    if (found !== undefined) {
      answers.push(yield* known(found, request))
    } else if (isById) {
      answers.push(unknown(null, topicId, ErrorCode.UNKNOWN_TOPIC_ID))
    } else {
      answers.push(yield* absent(name, request))
    }
  }
  return answers
})

const known = Effect.fnUntraced(function*(topic: TopicEntry, request: Request) {
  const cluster = yield* ClusterMetadata
  const logs = yield* PartitionLogs
  const partitions = Array.from({ length: topic.partitions }, (_, partitionIndex) => ({
    errorCode: ErrorCode.NONE,
    partitionIndex,
    leaderId: cluster.nodeId,
    leaderEpoch: logs.offsets(topic.name, partitionIndex)?.leaderEpoch ?? 0,
    replicaNodes: [cluster.nodeId],
    isrNodes: [cluster.nodeId],
    offlineReplicas: []
  }))
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: topic.isInternal,
    partitions,
    topicAuthorizedOperations: request.includeTopicAuthorizedOperations
      ? AuthorizedOperations.TOPIC
      : AuthorizedOperations.NOT_ASKED
  }
})

/** A topic that is not there: created when both the client and the broker allow it. */
const absent = Effect.fnUntraced(function*(name: string, request: Request) {
  const config = yield* BrokerConfig
  const cluster = yield* ClusterMetadata
  if (Topic.invalidName(name) !== undefined) {
    return unknown(name, Topic.NO_TOPIC_ID, ErrorCode.INVALID_TOPIC_EXCEPTION)
  }
  // The broker makes its own topics itself, when it needs them.
  const mayCreate = request.allowAutoTopicCreation && config.autoCreateTopicsEnable
  if (!mayCreate || Topic.isInternal(name)) {
    return unknown(name, Topic.NO_TOPIC_ID, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
  }
  return yield* cluster.create({ name, partitions: config.numPartitions, configs: {} }).pipe(
    Effect.catch((failure) => {
      // Two clients may ask for the same topic at once: the second finds it made.
      const made = cluster.topic(name)
      return made === undefined ? Effect.fail(failure) : Effect.succeed(made)
    }),
    Effect.flatMap((topic) => known(topic, request)),
    Effect.catch((failure) =>
      Effect.as(
        Effect.logWarning(`topic ${name} was not created on demand: ${failure.message}`),
        unknown(name, Topic.NO_TOPIC_ID, failure.errorCode)
      )
    )
  )
})

const unknown = (name: string | null, topicId: string, errorCode: number): TopicResponse => ({
  errorCode,
  name,
  topicId,
  isInternal: false,
  partitions: [],
  topicAuthorizedOperations: AuthorizedOperations.NOT_ASKED
})
