// Which topics there are, and what they are made of. Descriptions come page by page where the broker has
// pages (DescribeTopicPartitions, KIP-966), and from Metadata where it has not.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { DescribeTopicPartitions } from "../../../domain/protocol/DescribeTopicPartitions.ts"
import { Metadata } from "../../../domain/protocol/Metadata.ts"
import { isInternal, NO_TOPIC_ID, type TopicName } from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import type { PartitionMetadata, TopicMetadata } from "../cluster/ClusterView.ts"
import * as ClusterView from "../cluster/ClusterView.ts"
import type { Outcome, Outcomes } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import type { Routes } from "./Routes.ts"

export interface PartitionDescription extends PartitionMetadata {
  /** Out of sync, but holding all that is committed (KIP-966); undefined where nobody tells. */
  readonly eligibleLeaderReplicas: ReadonlyArray<number> | undefined
}

export interface TopicDescription extends TopicMetadata {
  readonly partitions: ReadonlyArray<PartitionDescription>
}

export interface ListTopicsOptions {
  /** Also the topics in which brokers keep their own affairs. Default: false. */
  readonly includeInternal?: boolean | undefined
}

export interface Topics {
  /** All topics, by name. */
  readonly listTopics: (
    options?: ListTopicsOptions
  ) => Effect.Effect<ReadonlyArray<TopicMetadata>, ClientError.ClientError>
  readonly describeTopics: (
    topics: ReadonlyArray<TopicName>,
    options?: CallOptions
  ) => Effect.Effect<Outcomes<TopicName, TopicDescription>, ClientError.ClientError>
}

/** The partitions of a page, Kafka's own bound (max.request.partition.size.limit). */
const PAGE_PARTITIONS_MAX = 2000

export const make = (routes: Routes): Topics => ({
  listTopics: (options = {}) =>
    Effect.map(
      routes.cluster.topics,
      (topics) =>
        topics.filter((topic) => options.includeInternal === true || !isOwn(topic))
          .sort((a, b) => a.topic < b.topic ? -1 : 1)
    ),
  describeTopics: (topics, options) =>
    routes.run(
      {
        name: "DescribeTopicPartitions",
        keyOf: (topic: TopicName) => topic,
        route: routes.toAny,
        ask: (connection, topics) =>
          connection.versionOf(DescribeTopicPartitions) === undefined
            ? fromMetadata(connection, topics)
            : fromPages(connection, topics),
        isRepeatable: true
      },
      topics,
      options
    )
})

const isOwn = ({ isInternal: isTold, topic }: TopicMetadata): boolean => isTold || isInternal(topic)

type Page = Api.Response<typeof DescribeTopicPartitions>
type Cursor = Page["nextCursor"]

/** Follows the cursor; a topic may be spread over pages. */
const fromPages = Effect.fnUntraced(
  function*(connection: BrokerConnection, topics: ReadonlyArray<TopicName>) {
    const found = new Map<TopicName, Outcome<TopicDescription>>()
    let asked: ReadonlyArray<TopicName> = [...topics].sort()
    let cursor: Cursor = null
    do {
      const page: Page = yield* connection.request(DescribeTopicPartitions, {
        topics: asked.map((name) => ({ name })),
        responsePartitionLimit: PAGE_PARTITIONS_MAX,
        cursor
      })
      for (const told of page.topics) {
        if (told.name !== null) found.set(told.name, joined(found.get(told.name), told))
      }
      if (page.nextCursor !== null && isSame(page.nextCursor, cursor)) {
        return yield* ClientError.malformed(DescribeTopicPartitions.name, "its pages have no end")
      }
      cursor = page.nextCursor
      const from = cursor?.topicName ?? ""
      asked = asked.filter((topic) => topic >= from)
    } while (cursor !== null)
    return found
  }
)

const isSame = (a: NonNullable<Cursor>, b: Cursor): boolean =>
  a.topicName === b?.topicName && a.partitionIndex === b.partitionIndex

const joined = (
  before: Outcome<TopicDescription> | undefined,
  told: Page["topics"][number]
): Outcome<TopicDescription> => {
  if (told.errorCode !== ErrorCode.NONE) {
    return Result.fail(ClientError.refused(`Metadata of ${told.name}`, told.errorCode))
  }
  const eligible = new Map(
    told.partitions.map((each) => [each.partitionIndex, each.eligibleLeaderReplicas] as const)
  )
  const topic = ClusterView.topicOf(told)
  const partitions = topic.partitions.map((partition) => ({
    ...partition,
    eligibleLeaderReplicas: eligible.get(partition.partition) ?? undefined
  }))
  const earlier = before !== undefined && Result.isSuccess(before) ? before.success.partitions : []
  return Result.succeed({ ...topic, partitions: [...earlier, ...partitions] })
}

const fromMetadata = Effect.fnUntraced(
  function*(connection: BrokerConnection, topics: ReadonlyArray<TopicName>) {
    const answer = yield* connection.request(Metadata, {
      topics: topics.map((name) => ({ topicId: NO_TOPIC_ID, name })),
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false
    })
    return new Map(answer.topics.map((told): [TopicName, Outcome<TopicDescription>] => {
      if (told.errorCode !== ErrorCode.NONE) {
        return [
          told.name ?? "",
          Result.fail(ClientError.refused(`Metadata of ${told.name}`, told.errorCode))
        ]
      }
      const topic = ClusterView.topicOf(told)
      const partitions = topic.partitions.map((partition) => ({
        ...partition,
        eligibleLeaderReplicas: undefined
      }))
      return [topic.topic, Result.succeed({ ...topic, partitions })]
    }))
  }
)
