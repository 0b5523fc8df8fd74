// Making topics, making them larger, and deleting them: asked of the controller. None of it is sent a
// second time after an answer was lost, because the second answer would be about what the first has done.
import type * as Effect from "effect/Effect"
import { CreatePartitions } from "../../../domain/protocol/CreatePartitions.ts"
import { CreateTopics } from "../../../domain/protocol/CreateTopics.ts"
import { DeleteTopics } from "../../../domain/protocol/DeleteTopics.ts"
import { NO_TOPIC_ID, type TopicId, type TopicName } from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import type { ClientError } from "../ClientError.ts"
import { answersOf, type Outcome, type Outcomes, told } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import type { Routes } from "./Routes.ts"

/** Brokers of each partition, from 0 on; the first of each is its preferred leader. */
export type Assignments = ReadonlyArray<ReadonlyArray<number>>

export interface NewTopic {
  readonly topic: TopicName
  /** Default: the broker's num.partitions. */
  readonly partitions?: number | undefined
  /** Default: the broker's default.replication.factor. */
  readonly replicationFactor?: number | undefined
  /** Instead of the two above. */
  readonly assignments?: Assignments | undefined
  readonly configs?: Readonly<Record<string, string>> | undefined
}

export interface CreatedTopic {
  readonly topic: TopicName
  /** All zero before Kafka 2.8, and when it was only checked. */
  readonly topicId: TopicId
  /** -1 where the broker does not tell. */
  readonly partitions: number
  /** -1 where the broker does not tell. */
  readonly replicationFactor: number
}

export interface MorePartitions {
  readonly topic: TopicName
  /** How many there shall be in all. */
  readonly total: number
  /** Of the new ones only. Default: the cluster's choice. */
  readonly assignments?: Assignments | undefined
}

export interface ChangeOptions extends CallOptions {
  /** Checks whether it could be done, and does nothing. Default: false. */
  readonly validateOnly?: boolean | undefined
}

export interface TopicChanges {
  readonly createTopics: (
    topics: ReadonlyArray<NewTopic>,
    options?: ChangeOptions
  ) => Effect.Effect<Outcomes<TopicName, CreatedTopic>, ClientError>
  readonly deleteTopics: (
    topics: ReadonlyArray<TopicName>,
    options?: CallOptions
  ) => Effect.Effect<Outcomes<TopicName, void>, ClientError>
  readonly createPartitions: (
    topics: ReadonlyArray<MorePartitions>,
    options?: ChangeOptions
  ) => Effect.Effect<Outcomes<TopicName, void>, ClientError>
}

export const make = (routes: Routes): TopicChanges => ({
  createTopics: (topics, options = {}) =>
    routes.run(
      {
        name: CreateTopics.name,
        keyOf: ({ topic }: NewTopic) => topic,
        route: routes.toController,
        ask: (connection, topics, timeoutMs) =>
          answersOf(
            connection.request(CreateTopics, {
              topics: topics.map(asked),
              timeoutMs,
              validateOnly: options.validateOnly ?? false
            }),
            ({ topics }) => topics.map(created)
          ),
        isRepeatable: options.validateOnly ?? false
      },
      topics,
      options
    ),
  deleteTopics: (topics, options) =>
    routes.run(
      {
        name: DeleteTopics.name,
        keyOf: (topic: TopicName) => topic,
        route: routes.toController,
        ask: (connection, topics, timeoutMs) =>
          answersOf(
            connection.request(DeleteTopics, {
              topics: topics.map((name) => ({ name, topicId: NO_TOPIC_ID })),
              topicNames: topics,
              timeoutMs
            }),
            ({ responses }) =>
              responses.map((answer) => [answer.name ?? "", done("DeleteTopics", answer)])
          ),
        isRepeatable: false
      },
      topics,
      options
    ),
  createPartitions: (topics, options = {}) =>
    routes.run(
      {
        name: CreatePartitions.name,
        keyOf: ({ topic }: MorePartitions) => topic,
        route: routes.toController,
        ask: (connection, topics, timeoutMs) =>
          answersOf(
            connection.request(CreatePartitions, {
              topics: topics.map(({ assignments, topic, total }) => ({
                name: topic,
                count: total,
                assignments: assignments?.map((brokerIds) => ({ brokerIds })) ?? null
              })),
              timeoutMs,
              validateOnly: options.validateOnly ?? false
            }),
            ({ results }) =>
              results.map((answer) => [answer.name, done("CreatePartitions", answer)])
          ),
        isRepeatable: options.validateOnly ?? false
      },
      topics,
      options
    )
})

const asked = (
  { assignments, configs = {}, partitions, replicationFactor, topic }: NewTopic
): Api.Request<typeof CreateTopics>["topics"][number] => ({
  name: topic,
  numPartitions: partitions ?? -1,
  replicationFactor: replicationFactor ?? -1,
  assignments: (assignments ?? []).map((brokerIds, partitionIndex) => ({
    partitionIndex,
    brokerIds
  })),
  configs: Object.entries(configs).map(([name, value]) => ({ name, value }))
})

const created = (
  answer: Api.Response<typeof CreateTopics>["topics"][number]
): readonly [TopicName, Outcome<CreatedTopic>] => [
  answer.name,
  told(`CreateTopics of ${answer.name}`, answer.errorCode, answer.errorMessage, () => ({
    topic: answer.name,
    topicId: answer.topicId,
    partitions: answer.numPartitions,
    replicationFactor: answer.replicationFactor
  }))
]

const done = (
  api: string,
  answer: {
    readonly name: string | null
    readonly errorCode: number
    readonly errorMessage: string | null
  }
): Outcome<void> => told(`${api} of ${answer.name}`, answer.errorCode, answer.errorMessage, nothing)

const nothing = (): void => {}
