// Where logs begin and end, and what stands at a time: asked of the partitions' leaders.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import type { LeaderEpoch, Offset, Timestamp } from "../../../domain/Offset.ts"
import { ListOffsets } from "../../../domain/protocol/ListOffsets.ts"
import * as Topic from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import { answersOf, type Outcomes, told } from "./Outcomes.ts"
import * as Rounds from "./Rounds.ts"
import { byTopic, type InPartition, type Routes } from "./Routes.ts"

/**
 * "earliest": the log's first offset; "latest": one past its last; "maxTimestamp": of the newest record
 * by its timestamp (Kafka 3.0); a time: of the first record at or after it.
 */
export type OffsetSpec = "earliest" | "latest" | "maxTimestamp" | { readonly timeMs: Timestamp }

export interface OffsetQuestion extends InPartition {
  readonly at: OffsetSpec
}

export interface ListedOffset extends InPartition {
  /** -1: no record is as new as the time, or the log is empty. */
  readonly offset: Offset
  /** Of the record found; -1 for the ends of the log. */
  readonly timestampMs: Timestamp
  /** -1 where the broker does not tell. */
  readonly leaderEpoch: LeaderEpoch
}

export interface ListOffsetsOptions extends Rounds.CallOptions {
  /** "read_committed": the end is where the oldest open transaction begins. */
  readonly isolationLevel?: "read_uncommitted" | "read_committed" | undefined
}

export interface Offsets {
  /** Outcomes go by `Topic.format`: "orders-0". Each partition once in a call. */
  readonly listOffsets: (
    questions: ReadonlyArray<OffsetQuestion>,
    options?: ListOffsetsOptions
  ) => Effect.Effect<Outcomes<string, ListedOffset>, ClientError.ClientError>
}

const MAX_TIMESTAMP_FROM = 7

export const make = (routes: Routes): Offsets => ({
  listOffsets: (questions, options = {}) =>
    routes.run(
      {
        name: ListOffsets.name,
        keyOf,
        route: routes.toLeaders,
        ask: (connection, items, timeoutMs) => {
          const version = connection.versionOf(ListOffsets) ?? MAX_TIMESTAMP_FROM
          if (version < MAX_TIMESTAMP_FROM && items.some(({ at }) => at === "maxTimestamp")) {
            const detail =
              `${connection.address} cannot find the largest timestamp (before Kafka 3.0)`
            const reason = ClientError.Reason.NotSupported({ api: ListOffsets.name, detail })
            return Effect.fail(new ClientError.ClientError({ reason }))
          }
          return answersOf(
            connection.request(ListOffsets, {
              replicaId: -1,
              isolationLevel: options.isolationLevel === "read_committed" ? 1 : 0,
              topics: byTopic(items, ({ at, partition }) => ({
                partitionIndex: partition,
                currentLeaderEpoch: -1,
                timestamp: timestampOf(at)
              })),
              timeoutMs
            }),
            ({ topics }) => topics.flatMap(listed)
          )
        },
        isRepeatable: true,
        isAgain: isAgainAtLeader
      },
      questions,
      options
    )
})

/** A leader that does not know its partition yet will: the metadata has told of it. */
export const isAgainAtLeader = (errorCode: ErrorCode): boolean =>
  errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || Rounds.isAgain(errorCode)

const keyOf = ({ partition, topic }: InPartition): string => Topic.format(topic, partition)

/** Negative numbers are questions (ListOffsetsRequest). */
const timestampOf = (at: OffsetSpec): number => {
  switch (at) {
    case "latest":
      return -1
    case "earliest":
      return -2
    case "maxTimestamp":
      return -3
    default:
      return at.timeMs
  }
}

const listed = ({ name, partitions }: Api.Response<typeof ListOffsets>["topics"][number]) =>
  partitions.map(({ errorCode, leaderEpoch, offset, partitionIndex, timestamp }) => {
    const key = Topic.format(name, partitionIndex)
    const outcome = told(`ListOffsets of ${key}`, errorCode, null, () => ({
      topic: name,
      partition: partitionIndex,
      offset,
      timestampMs: timestamp,
      leaderEpoch
    }))
    return [key, outcome] as const
  })
