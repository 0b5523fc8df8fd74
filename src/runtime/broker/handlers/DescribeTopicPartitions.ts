// DescribeTopicPartitions: topics with their partitions, a page at a time (KIP-966).
// Behaviour: topics in the order of their names, all of them where none is named; a page has at most
// responsePartitionLimit partitions, and never more than PAGE_MAX.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { DescribeTopicPartitions } from "../../../domain/protocol/DescribeTopicPartitions.ts"
import * as TopicName from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { ClusterMetadata, type Topic } from "../../../layers/storage/ClusterMetadata.ts"
import { PartitionLogs } from "../../../layers/storage/PartitionLogs.ts"
import * as AuthorizedOperations from "../AuthorizedOperations.ts"
import * as Handler from "../Handler.ts"

type Response = Api.Response<typeof DescribeTopicPartitions>
type TopicResponse = Response["topics"][number]

/** Kafka's max.request.partition.size.limit. */
const PAGE_MAX = 2000

export const describeTopicPartitions = Handler.make(DescribeTopicPartitions, {
  versions: "0",
  handle: Effect.fnUntraced(function*({ cursor, responsePartitionLimit, topics }) {
    const cluster = yield* ClusterMetadata
    const logs = yield* PartitionLogs
    const names = topics.length === 0
      ? [...cluster.topics().keys()]
      : [...new Set(topics.map(({ name }) => name))]
    const isListed = topics.length === 0 || cursor === null || names.includes(cursor.topicName)
    if (!isListed || (cursor?.partitionIndex ?? 0) < 0) {
      return { throttleTimeMs: 0, topics: names.map(refused), nextCursor: null }
    }
    const asked = names.sort().filter((name) => cursor === null || name >= cursor.topicName)
    let left = Math.min(Math.max(responsePartitionLimit, 1), PAGE_MAX)
    const answers: Array<TopicResponse> = []
    let nextCursor: Response["nextCursor"] = null
    for (const name of asked) {
      if (left === 0) {
        nextCursor = { topicName: name, partitionIndex: 0 }
        break
      }
      const topic = cluster.topic(name)
      if (topic === undefined) {
        answers.push(unknown(name))
        continue
      }
      const from = cursor?.topicName === name ? cursor.partitionIndex : 0
      const to = Math.min(topic.partitions, from + left)
      answers.push(known(topic, from, to, cluster.nodeId, logs))
      left -= Math.max(to - from, 0)
      if (to < topic.partitions) {
        nextCursor = { topicName: name, partitionIndex: to }
        break
      }
    }
    return { throttleTimeMs: 0, topics: answers, nextCursor }
  })
})

const known = (
  topic: Topic,
  from: number,
  to: number,
  nodeId: number,
  logs: PartitionLogs["Service"]
): TopicResponse => ({
  errorCode: ErrorCode.NONE,
  name: topic.name,
  topicId: topic.id,
  isInternal: topic.isInternal,
  partitions: Array.from({ length: Math.max(to - from, 0) }, (_, i) => ({
    errorCode: ErrorCode.NONE,
    partitionIndex: from + i,
    leaderId: nodeId,
    leaderEpoch: logs.offsets(topic.name, from + i)?.leaderEpoch ?? 0,
    replicaNodes: [nodeId],
    isrNodes: [nodeId],
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
    offlineReplicas: []
  })),
  topicAuthorizedOperations: AuthorizedOperations.TOPIC
})

const unknown = (name: string): TopicResponse => ({
  errorCode: TopicName.invalidName(name) === undefined
    ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    : ErrorCode.INVALID_TOPIC_EXCEPTION,
  name,
  topicId: TopicName.NO_TOPIC_ID,
  isInternal: false,
  partitions: [],
  topicAuthorizedOperations: AuthorizedOperations.TOPIC
})

/** The cursor is not one that was given for these topics. */
const refused = (name: string): TopicResponse => ({
  ...unknown(name),
  errorCode: ErrorCode.INVALID_REQUEST,
  topicAuthorizedOperations: AuthorizedOperations.NOT_ASKED
})
