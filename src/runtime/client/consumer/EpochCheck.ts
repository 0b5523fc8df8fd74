// Whether a log still has what was read from it: the new leader tells where the epoch of the last record
// read ended (OffsetForLeaderEpoch). Source: KIP-320.
import * as Effect from "effect/Effect"
import * as ErrorCode from "../../../domain/ErrorCode.ts"
import type { LeaderEpoch, Offset } from "../../../domain/Offset.ts"
import { OffsetForLeaderEpoch } from "../../../domain/protocol/OffsetForLeaderEpoch.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import { type Cluster, MAIN_LANE } from "../cluster/Cluster.ts"
import * as LeaderRequests from "../cluster/LeaderRequests.ts"
import type { AssignedPartition } from "./SubscriptionState.ts"

export interface EpochEnd {
  readonly leaderEpoch: LeaderEpoch
  /** -1 where the leader knows nothing of the epoch. */
  readonly endOffset: Offset
}

/** One round, by `Topic.format`. A broker without the API cannot tell: that is no error. */
export const ask = (
  cluster: Cluster["Service"],
  states: ReadonlyArray<AssignedPartition>
): Effect.Effect<ReadonlyMap<string, EpochEnd | ClientError.ClientError>> =>
  LeaderRequests.ask(cluster, states.map(questionOf), (connection, asked) => {
    if (connection.versionOf(OffsetForLeaderEpoch) === undefined) {
      const unknown: EpochEnd = { leaderEpoch: -1, endOffset: -1 }
      return Effect.succeed(
        asked.map(({ partition, topic }) => [Topic.format(topic, partition), unknown] as const)
      )
    }
    const request = connection.request(OffsetForLeaderEpoch, {
      replicaId: -1,
      topics: LeaderRequests.byTopic(asked).map(([topic, partitions]) => ({
        topic,
        partitions: partitions.map(({ leaderEpoch, partition, positionEpoch }) => ({
          partition,
          currentLeaderEpoch: leaderEpoch,
          leaderEpoch: positionEpoch
        }))
      }))
    })
    return Effect.map(
      request,
      (answer) =>
        answer.topics.flatMap(({ partitions, topic }) =>
          partitions.map(({ endOffset, errorCode, leaderEpoch, partition }) => {
            const key = Topic.format(topic, partition)
            const result: EpochEnd | ClientError.ClientError =
              errorCode === ErrorCode.ErrorCode.NONE
                ? { leaderEpoch, endOffset }
                : ClientError.refused(`OffsetForLeaderEpoch of ${key}`, errorCode)
            return [key, result] as const
          })
        )
    )
  }, MAIN_LANE)

const questionOf = ({ partition, positionEpoch, topic }: AssignedPartition) => ({
  topic,
  partition,
  positionEpoch
})
