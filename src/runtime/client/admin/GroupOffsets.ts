// How far groups have come: read, moved and forgotten, at the group's coordinator. Offsets are moved as by
// a consumer that is no member, which the broker refuses while the group has members.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import type { LeaderEpoch, Offset } from "../../../domain/Offset.ts"
import { OffsetCommit } from "../../../domain/protocol/OffsetCommit.ts"
import { OffsetDelete } from "../../../domain/protocol/OffsetDelete.ts"
import { OffsetFetch } from "../../../domain/protocol/OffsetFetch.ts"
import * as Topic from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import type { GroupId } from "./Groups.ts"
import { answersOf, onlyOne, type Outcome, type Outcomes, told } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import { byTopic, type InPartition, type Routes } from "./Routes.ts"

export interface CommittedOffset extends InPartition {
  /** Of the next record to read. */
  readonly offset: Offset
  /** Of the last record read; -1 where unknown. */
  readonly leaderEpoch: LeaderEpoch
  /** What the committer wrote beside it; "" as a rule. */
  readonly metadata: string
}

export interface NewOffset extends InPartition {
  readonly offset: Offset
  readonly leaderEpoch?: LeaderEpoch | undefined
  readonly metadata?: string | undefined
}

export interface GroupOffsetsOptions extends CallOptions {
  /** Only these. Default: all that the group has committed. */
  readonly partitions?: ReadonlyArray<InPartition> | undefined
  /** Waits for open transactions that may still move an offset. Default: false. */
  readonly requireStable?: boolean | undefined
}

export interface GroupOffsets {
  /** Outcomes go by `Topic.format`, "orders-0"; a partition without a commit is not among them. */
  readonly listGroupOffsets: (
    groupId: GroupId,
    options?: GroupOffsetsOptions
  ) => Effect.Effect<Outcomes<string, CommittedOffset>, ClientError.ClientError>
  /** Refused with UNKNOWN_MEMBER_ID while the group has members. */
  readonly alterGroupOffsets: (
    groupId: GroupId,
    offsets: ReadonlyArray<NewOffset>,
    options?: CallOptions
  ) => Effect.Effect<Outcomes<string, void>, ClientError.ClientError>
  /** Refused with GROUP_SUBSCRIBED_TO_TOPIC while a member reads the topic. */
  readonly deleteGroupOffsets: (
    groupId: GroupId,
    partitions: ReadonlyArray<InPartition>,
    options?: CallOptions
  ) => Effect.Effect<Outcomes<string, void>, ClientError.ClientError>
}

export const make = (routes: Routes): GroupOffsets => ({
  listGroupOffsets: (groupId, options = {}) =>
    onlyOne(routes.run(
      {
        name: OffsetFetch.name,
        keyOf: (groupId: GroupId) => groupId,
        route: (items, round) => routes.toCoordinators(items, round, (groupId) => groupId),
        ask: (connection, [groupId]) => fetched(connection, groupId!, options),
        isRepeatable: true
      },
      [groupId],
      options
    )),
  alterGroupOffsets: (groupId, offsets, options) =>
    routes.run(
      {
        name: OffsetCommit.name,
        keyOf,
        route: (items, round) => routes.toCoordinators(items, round, () => groupId),
        ask: (connection, items: ReadonlyArray<NewOffset>) =>
          answersOf(
            connection.request(OffsetCommit, {
              groupId,
              generationIdOrMemberEpoch: -1,
              memberId: "",
              groupInstanceId: null,
              retentionTimeMs: -1,
              topics: byTopic(items, ({ leaderEpoch = -1, metadata = "", offset, partition }) => ({
                partitionIndex: partition,
                committedOffset: offset,
                committedLeaderEpoch: leaderEpoch,
                committedMetadata: metadata
              }))
            }),
            ({ topics }) => topics.flatMap((topic) => done("OffsetCommit", topic))
          ),
        isRepeatable: true
      },
      offsets,
      options
    ),
  deleteGroupOffsets: (groupId, partitions, options) =>
    routes.run(
      {
        name: OffsetDelete.name,
        keyOf,
        route: (items, round) => routes.toCoordinators(items, round, () => groupId),
        ask: (connection, items) => deleted(connection, groupId, items),
        isRepeatable: true
      },
      partitions,
      options
    )
})

const keyOf = ({ partition, topic }: InPartition): string => Topic.format(topic, partition)

type AnswerTopics = Api.Response<typeof OffsetFetch>["topics"]

/** One group: named at the top of the request before version 8, in a list since. */
const fetched = Effect.fnUntraced(function*(
  connection: BrokerConnection,
  groupId: GroupId,
  { partitions, requireStable = false }: GroupOffsetsOptions
) {
  const topics = partitions === undefined
    ? null
    : byTopic(partitions, ({ partition }) => partition).map(({ name, partitions }) => ({
      name,
      partitionIndexes: partitions
    }))
  const answer = yield* connection.request(OffsetFetch, {
    groupId,
    topics,
    groups: [{ groupId, memberId: null, memberEpoch: -1, topics }],
    requireStable
  })
  const [group = answer] = answer.groups
  const isUnstable = group.topics.some(({ partitions }) =>
    partitions.some(({ errorCode }) => errorCode === ErrorCode.UNSTABLE_OFFSET_COMMIT)
  )
  // A transaction of one partition ends soon: all are asked for again then.
  const errorCode = isUnstable ? ErrorCode.UNSTABLE_OFFSET_COMMIT : group.errorCode
  const outcome = told(
    `OffsetFetch of ${groupId}`,
    errorCode,
    null,
    () => new Map(group.topics.flatMap(committed))
  )
  return new Map([[groupId, outcome]])
})

const committed = ({ name, partitions }: AnswerTopics[number]) =>
  partitions
    .filter(({ committedOffset, errorCode }) =>
      committedOffset >= 0 || errorCode !== ErrorCode.NONE
    )
    .map((partition): [string, Outcome<CommittedOffset>] => {
      const key = Topic.format(name, partition.partitionIndex)
      return [
        key,
        told(`OffsetFetch of ${key}`, partition.errorCode, null, () => ({
          topic: name,
          partition: partition.partitionIndex,
          offset: partition.committedOffset,
          leaderEpoch: partition.committedLeaderEpoch,
          metadata: partition.metadata ?? ""
        }))
      ]
    })

const done = (
  api: string,
  { name, partitions }: Api.Response<typeof OffsetCommit>["topics"][number]
): ReadonlyArray<readonly [string, Outcome<void>]> =>
  partitions.map(({ errorCode, partitionIndex }) => {
    const key = Topic.format(name, partitionIndex)
    return [key, told(`${api} of ${key}`, errorCode, null, () => {})]
  })

const deleted = Effect.fnUntraced(function*(
  connection: BrokerConnection,
  groupId: GroupId,
  items: ReadonlyArray<InPartition>
) {
  const answer = yield* connection.request(OffsetDelete, {
    groupId,
    topics: byTopic(items, ({ partition }) => ({ partitionIndex: partition }))
  })
  if (answer.errorCode !== ErrorCode.NONE) {
    return yield* ClientError.refused(`OffsetDelete of ${groupId}`, answer.errorCode)
  }
  return new Map(answer.topics.flatMap((topic) => done("OffsetDelete", topic)))
})
