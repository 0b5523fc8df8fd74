// Requests about partitions, which only their leaders answer: grouped by leader, sent at the same time, and
// the answers put together by partition. A leader that is not known or cannot be reached is an error of its
// partitions, and has the cluster looked at again.
import * as Effect from "effect/Effect"
import * as ErrorCode from "../../../domain/ErrorCode.ts"
import type { LeaderEpoch } from "../../../domain/Offset.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "./BrokerConnection.ts"
import type { Cluster } from "./Cluster.ts"
import * as Retry from "./Retry.ts"

export type Led<Q> = Q & { readonly leaderEpoch: LeaderEpoch }

type Answers<A> = ReadonlyMap<string, A | ClientError.ClientError>

/** One round, by `Topic.format`: each partition that was asked about is in it. */
export const ask = <Q extends Topic.TopicPartition, A>(
  cluster: Cluster["Service"],
  questions: ReadonlyArray<Q>,
  request: (
    connection: BrokerConnection,
    asked: ReadonlyArray<Led<Q>>
  ) => Effect.Effect<
    ReadonlyArray<readonly [key: string, answer: A | ClientError.ClientError]>,
    ClientError.ClientError
  >,
  lane: string
): Effect.Effect<Answers<A>> =>
  Effect.gen(function*() {
    const answers = new Map<string, A | ClientError.ClientError>()
    const byLeader = new Map<number, Array<Led<Q>>>()
    const view = cluster.view()
    for (const question of questions) {
      const key = Topic.format(question.topic, question.partition)
      const told = view.topics.get(question.topic)?.partitions[question.partition]
      const leaderId = told?.leaderId ?? -1
      const { LEADER_NOT_AVAILABLE, UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode.ErrorCode
      const code = told === undefined ? UNKNOWN_TOPIC_OR_PARTITION : LEADER_NOT_AVAILABLE
      answers.set(key, ClientError.refused(`the leader of ${key}`, code))
      if (told === undefined || leaderId < 0) continue
      const led = { ...question, leaderEpoch: told.leaderEpoch }
      const asked = byLeader.get(leaderId)
      if (asked === undefined) byLeader.set(leaderId, [led])
      else asked.push(led)
    }
    yield* Effect.forEach([...byLeader], ([nodeId, asked]) =>
      cluster.connection(nodeId, lane).pipe(
        Effect.flatMap((connection) => request(connection, asked)),
        Effect.match({
          onSuccess: (told) => {
            for (const [key, answer] of told) answers.set(key, answer)
          },
          onFailure: (error) => {
            for (const { partition, topic } of asked) {
              answers.set(Topic.format(topic, partition), error)
            }
          }
        })
      ), { concurrency: "unbounded", discard: true })
    const isStale = [...answers.values()].some((answer) =>
      answer instanceof ClientError.ClientError && answer.isRetriable
    )
    if (isStale) cluster.refreshSoon()
    return answers
  })

/** Rounds until each partition has its answer; fails with the first error that will not pass. */
export const untilAnswered = <Q extends Topic.TopicPartition, A>(
  cluster: Cluster["Service"],
  what: string,
  questions: ReadonlyArray<Q>,
  round: (questions: ReadonlyArray<Q>) => Effect.Effect<Answers<A>>
): Effect.Effect<ReadonlyMap<string, A>, ClientError.ClientError> =>
  Effect.suspend(() => {
    const found = new Map<string, A>()
    const attempt = Effect.gen(function*() {
      const topics = new Set(questions.map(({ topic }) => topic))
      yield* Effect.forEach(topics, (topic) => cluster.topic(topic), {
        concurrency: "unbounded",
        discard: true
      })
      const left = questions.filter(({ partition, topic }) =>
        !found.has(Topic.format(topic, partition))
      )
      let failure: ClientError.ClientError | undefined
      for (const [key, answer] of yield* round(left)) {
        if (!(answer instanceof ClientError.ClientError)) found.set(key, answer)
        else if (failure === undefined || failure.isRetriable) failure = answer
      }
      if (failure !== undefined) return yield* failure
      return found
    })
    return attempt.pipe(
      Retry.retried(cluster.config, { what, timeoutMs: cluster.config.apiTimeoutMs })
    )
  })

export const byTopic = <Q extends Topic.TopicPartition>(
  partitions: ReadonlyArray<Q>
): ReadonlyArray<readonly [topic: Topic.TopicName, partitions: ReadonlyArray<Q>]> => {
  const topics = new Map<Topic.TopicName, Array<Q>>()
  for (const one of partitions) {
    const known = topics.get(one.topic)
    if (known === undefined) topics.set(one.topic, [one])
    else known.push(one)
  }
  return [...topics]
}
