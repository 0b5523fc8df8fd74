// Offsets asked of the leaders (ListOffsets): the ends of logs, and what stands at a time; and where the
// policy for a missing offset begins. Answers are by partition, since each may have an error of its own.
// Source: KIP-79, KIP-1106.
import * as Effect from "effect/Effect"
import * as ErrorCode from "../../../domain/ErrorCode.ts"
import { type LeaderEpoch, NO_OFFSET, type Offset, type Timestamp } from "../../../domain/Offset.ts"
import { ListOffsets } from "../../../domain/protocol/ListOffsets.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import { type Cluster, MAIN_LANE } from "../cluster/Cluster.ts"
import * as LeaderRequests from "../cluster/LeaderRequests.ts"
import type { ConsumerSettings, OffsetResetPolicy } from "./ConsumerOptions.ts"
import type { StartAt } from "./SubscriptionState.ts"

/** Questions that ListOffsets takes instead of a time. */
const LATEST = -1
const EARLIEST = -2

export interface OffsetAt {
  /** NO_OFFSET where no record is as young. */
  readonly offset: Offset
  /** Of the record found; NO_TIMESTAMP at an end. */
  readonly timestampMs: Timestamp
  readonly leaderEpoch: LeaderEpoch
}

export interface OffsetQuestion extends Topic.TopicPartition {
  readonly startAt: StartAt
}

/** Undefined: the policy says that somebody has to be told. */
export const startOf = (policy: OffsetResetPolicy, nowMs: number): StartAt | undefined =>
  policy === "none"
    ? undefined
    : typeof policy === "string"
    ? policy
    : { timestampMs: nowMs - policy.byDurationMs }

const timestampOf = (startAt: StartAt): number =>
  startAt === "earliest" ? EARLIEST : startAt === "latest" ? LATEST : startAt.timestampMs

/** One round of requests, by `Topic.format`. Failures that may pass are among the errors. */
export const ask = (
  cluster: Cluster["Service"],
  questions: ReadonlyArray<OffsetQuestion>,
  isolationLevel: ConsumerSettings["isolationLevel"]
): Effect.Effect<ReadonlyMap<string, OffsetAt | ClientError.ClientError>> =>
  LeaderRequests.ask(cluster, questions, (connection, asked) =>
    Effect.map(
      connection.request(ListOffsets, {
        replicaId: -1,
        isolationLevel: isolationLevel === "read_committed" ? 1 : 0,
        topics: LeaderRequests.byTopic(asked).map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ leaderEpoch, partition, startAt }) => ({
            partitionIndex: partition,
            currentLeaderEpoch: leaderEpoch,
            timestamp: timestampOf(startAt)
          }))
        })),
        timeoutMs: cluster.config.requestTimeoutMs
      }),
      (answer) =>
        answer.topics.flatMap(({ name, partitions }) =>
          partitions.map((told) => {
            const { errorCode, leaderEpoch, offset, partitionIndex, timestamp } = told
            const key = Topic.format(name, partitionIndex)
            const result: OffsetAt | ClientError.ClientError =
              errorCode === ErrorCode.ErrorCode.NONE
                ? { offset, timestampMs: timestamp, leaderEpoch }
                : ClientError.refused(`ListOffsets of ${key}`, errorCode)
            return [key, result] as const
          })
        )
    ), MAIN_LANE)

/** A time at which there is nothing yet is the end of the log. */
export const resolve = (
  cluster: Cluster["Service"],
  questions: ReadonlyArray<OffsetQuestion>,
  isolationLevel: ConsumerSettings["isolationLevel"]
): Effect.Effect<ReadonlyMap<string, OffsetAt | ClientError.ClientError>> =>
  Effect.gen(function*() {
    const answers = new Map(yield* ask(cluster, questions, isolationLevel))
    const late = questions.filter((question) => {
      const answer = answers.get(Topic.format(question.topic, question.partition))
      return answer !== undefined && "offset" in answer && answer.offset === NO_OFFSET
    })
    if (late.length === 0) return answers
    const ends = late.map((question) => ({ ...question, startAt: "latest" as const }))
    for (const [key, end] of yield* ask(cluster, ends, isolationLevel)) answers.set(key, end)
    return answers
  })
