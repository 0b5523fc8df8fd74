// How far behind a group is: what it has committed against where the logs end, for each partition that it
// has committed in or that one of its members has.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import type { Offset } from "../../../domain/Offset.ts"
import * as Topic from "../../../domain/Topic.ts"
import type * as ClientError from "../ClientError.ts"
import type { GroupDescription, GroupDescriptions, MemberDescription } from "./GroupDescriptions.ts"
import type { GroupOffsets } from "./GroupOffsets.ts"
import type { GroupId } from "./Groups.ts"
import type { ListedOffset, Offsets } from "./Offsets.ts"
import { type Outcome, type Outcomes, succeeded } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import type { InPartition } from "./Routes.ts"

export interface PartitionLag extends InPartition {
  /** Undefined where nothing is committed. */
  readonly committedOffset: Offset | undefined
  readonly startOffset: Offset
  readonly endOffset: Offset
  /**
   * Records that are there and were not read: from the commit to the end, or from the log's start
   * where nothing is committed or the commit is older.
   */
  readonly lag: number
  /** Who has the partition. */
  readonly member: MemberDescription | undefined
}

export interface GroupLag {
  readonly group: GroupDescription
  /** By topic and partition. Topics that are gone are not among them. */
  readonly partitions: ReadonlyArray<PartitionLag>
  readonly lag: number
}

export interface GroupLags {
  readonly groupLag: (
    groupId: GroupId,
    options?: CallOptions
  ) => Effect.Effect<GroupLag, ClientError.ClientError>
}

type Asked = Pick<
  GroupDescriptions & GroupOffsets & Offsets,
  "describeGroups" | "listGroupOffsets" | "listOffsets"
>

export const make = ({ describeGroups, listGroupOffsets, listOffsets }: Asked): GroupLags => ({
  groupLag: Effect.fnUntraced(function*(groupId, options) {
    const [groups, offsets] = yield* Effect.all([
      describeGroups([groupId], options),
      listGroupOffsets(groupId, options)
    ], { concurrency: "unbounded" })
    const group = yield* Effect.fromResult(groups.get(groupId)!)
    const committed = succeeded(offsets)
    const members = owners(group)
    const places = new Map<string, InPartition>(
      [...committed.values(), ...[...members.values()].flatMap(({ assignment }) => assignment)]
        .map((place) => [keyOf(place), { topic: place.topic, partition: place.partition }])
    )
    const asked = [...places.values()]
    const [starts, ends] = yield* Effect.all([
      listOffsets(asked.map((place) => ({ ...place, at: "earliest" })), options),
      listOffsets(asked.map((place) => ({ ...place, at: "latest" })), options)
    ], { concurrency: "unbounded" })
    const partitions: Array<PartitionLag> = []
    for (const [key, place] of places) {
      const start = yield* known(starts, key)
      const end = yield* known(ends, key)
      if (start === undefined || end === undefined) continue
      const committedOffset = committed.get(key)?.offset
      const from = Math.max(committedOffset ?? 0, start.offset)
      partitions.push({
        ...place,
        committedOffset,
        startOffset: start.offset,
        endOffset: end.offset,
        lag: Math.max(0, end.offset - from),
        member: members.get(key)
      })
    }
    partitions.sort(byPlace)
    return { group, partitions, lag: partitions.reduce((sum, { lag }) => sum + lag, 0) }
  })
})

const keyOf = ({ partition, topic }: InPartition): string => Topic.format(topic, partition)

const owners = ({ members }: GroupDescription): ReadonlyMap<string, MemberDescription> =>
  new Map(
    members.flatMap((member) => member.assignment.map((place) => [keyOf(place), member] as const))
  )

/** Undefined for a partition that is gone. */
const known = (
  offsets: Outcomes<string, ListedOffset>,
  key: string
): Effect.Effect<ListedOffset | undefined, ClientError.ClientError> => {
  const outcome: Outcome<ListedOffset> = offsets.get(key)!
  return Result.isFailure(outcome) &&
      outcome.failure.errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
    ? Effect.succeed(undefined)
    : Effect.fromResult(outcome)
}

const byPlace = (a: InPartition, b: InPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1
