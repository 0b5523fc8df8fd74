// Committed offsets: written to the groups' topic first, seen by readers after. All writes of one
// group go to one partition and end in its order, so that what is in memory is what a reader of the
// topic would find.
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type { CommitEvent } from "../../domain/group/GroupEvent.ts"
import * as GroupRecord from "../../domain/group/GroupRecord.ts"
import * as SubscribedTopics from "../../domain/group/SubscribedTopics.ts"
import type { TopicPartition } from "../../domain/Topic.ts"
import type { GroupConfig } from "../config/GroupConfig.ts"
import type { GroupLog } from "./GroupLog.ts"
import * as GroupOffsets from "./GroupOffsets.ts"
import type { Asked, GroupEntry, GroupTable } from "./GroupTable.ts"

export interface OffsetToCommit extends TopicPartition {
  readonly offset: number
  readonly leaderEpoch: number
  readonly metadata: string
  /** -1: the broker's. */
  readonly retentionMs: number
}

export interface RemovedOffsets {
  /** Of the group as a whole. */
  readonly errorCode: ErrorCode
  /** In the order asked. */
  readonly partitions: ReadonlyArray<ErrorCode>
}

/** How often a deletion looks whether the commits before it are written. */
const DRAIN_INTERVAL_MS = 5

export class OffsetStore {
  private readonly table: GroupTable
  private readonly log: GroupLog
  private readonly config: GroupConfig

  constructor(table: GroupTable, log: GroupLog, config: GroupConfig) {
    this.table = table
    this.log = log
    this.config = config
  }

  /** An error for each offset, in their order, when those that are taken are durable. */
  commit(
    groupId: string,
    event: Asked<CommitEvent>,
    offsets: ReadonlyArray<OffsetToCommit>
  ): Effect.Effect<ReadonlyArray<ErrorCode>> {
    return Effect.uninterruptible(Effect.gen({ self: this }, function*() {
      const unready = this.table.unready(groupId)
      if (unready !== ErrorCode.NONE) return offsets.map(() => unready)
      const isUnknown = event.generationId >= 0 && this.table.get(groupId) === undefined
      if (isUnknown) return offsets.map(() => ErrorCode.ILLEGAL_GENERATION)
      const entry = this.table.entry(groupId)
      entry.writing++
      const refused = yield* Deferred.await(this.table.mayCommit(entry, event))
      const outcome = refused === ErrorCode.NONE
        ? yield* this.write(entry, groupId, offsets)
        : offsets.map(() => refused)
      entry.writing--
      this.table.forgetIdle(groupId)
      return outcome
    }))
  }

  private readonly write = Effect.fnUntraced(function*(
    this: OffsetStore,
    entry: GroupEntry,
    groupId: string,
    offsets: ReadonlyArray<OffsetToCommit>
  ) {
    const nowMs = yield* Clock.currentTimeMillis
    const isTooLong = ({ metadata }: OffsetToCommit) =>
      Buffer.byteLength(metadata) > this.config.offsetMetadataMaxBytes
    const taken = offsets.filter((offset) => !isTooLong(offset)).map((offset) => ({
      ...offset,
      committed: committedOf(offset, nowMs)
    }))
    const records = taken.map(({ committed, partition, topic }) =>
      GroupRecord.offset(groupId, topic, partition, committed)
    )
    const errorCode = records.length === 0
      ? ErrorCode.NONE
      : yield* this.log.append(groupId, records)
    if (errorCode === ErrorCode.NONE) {
      for (const { committed, partition, topic } of taken) {
        entry.offsets.set(topic, partition, committed)
      }
    }
    return offsets.map((offset) =>
      isTooLong(offset) ? ErrorCode.OFFSET_METADATA_TOO_LARGE : errorCode
    )
  })

  /** OffsetDelete: not of topics that consumers of the group are reading. */
  removeOffsets(
    groupId: string,
    places: ReadonlyArray<TopicPartition>
  ): Effect.Effect<RemovedOffsets> {
    return Effect.uninterruptible(Effect.gen({ self: this }, function*() {
      const refusal = this.table.unready(groupId) || refusalToRemove(this.table.get(groupId))
      const entry = this.table.get(groupId)
      if (refusal !== ErrorCode.NONE || entry === undefined) {
        return { errorCode: refusal, partitions: [] }
      }
      const { group } = entry.runner
      const isInUse = ({ topic }: TopicPartition) => SubscribedTopics.isInUse(group, topic)
      const removed = places.filter((place) => !isInUse(place))
      const errorCode = yield* this.takeBack(groupId, entry, removed)
      return {
        errorCode,
        partitions: places.map((place) =>
          isInUse(place) ? ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC : ErrorCode.NONE
        )
      }
    }))
  }

  /** DeleteGroups: an empty group goes, with all that it has committed. */
  removeGroup(groupId: string): Effect.Effect<ErrorCode> {
    return Effect.uninterruptible(Effect.gen({ self: this }, function*() {
      const unready = this.table.unready(groupId)
      if (unready !== ErrorCode.NONE) return unready
      const entry = this.table.get(groupId)
      if (entry === undefined) return ErrorCode.GROUP_ID_NOT_FOUND
      const refused = yield* Deferred.await(this.table.remove(entry))
      if (refused !== ErrorCode.NONE) return refused
      // It takes no more commits now; those that came before must not outlive it.
      while (entry.writing > 0) yield* Effect.sleep(DRAIN_INTERVAL_MS)
      const errorCode = yield* this.takeBack(groupId, entry, placesOf(entry))
      if (errorCode === ErrorCode.NONE) this.table.forget(groupId)
      else this.table.revive(entry)
      return errorCode
    }))
  }

  /** The topic is no more: nor is what was read of it. */
  readonly forgetTopic = Effect.fnUntraced(function*(this: OffsetStore, topic: string) {
    for (const entry of this.table.all()) {
      const places = [...entry.offsets.partitionsOf(topic).keys()].map((partition) => ({
        topic,
        partition
      }))
      yield* this.takeBack(entry.runner.group.groupId, entry, places)
    }
  })

  /** Takes back what is older than offsets.retention.minutes, and groups that have nothing left. */
  readonly expire = Effect.fnUntraced(function*(this: OffsetStore) {
    for (const entry of this.table.all()) {
      const { group } = entry.runner
      // A commit on its way would be taken back with what it replaces.
      if (entry.writing > 0 || this.table.unready(group.groupId) !== ErrorCode.NONE) continue
      const nowMs = yield* Clock.currentTimeMillis
      const subscribed = SubscribedTopics.of(group)
      const expired: Array<TopicPartition> = []
      for (const [topic, partition, committed] of entry.offsets.entries()) {
        if (
          this.isExpired(
            committed,
            nowMs,
            () => GroupOffsets.retainedSinceMs(group, subscribed, topic, committed)
          )
        ) expired.push({ topic, partition })
      }
      yield* this.takeBack(group.groupId, entry, expired)
      const isOver = group.state === "Empty" && group.generationId > 0 && entry.offsets.isEmpty
      if (isOver) yield* this.removeGroup(group.groupId)
    }
  })

  private isExpired(
    committed: GroupRecord.CommittedOffset,
    nowMs: number,
    sinceMs: () => number | undefined
  ): boolean {
    if (committed.expireTimestampMs >= 0) return nowMs >= committed.expireTimestampMs
    const since = sinceMs()
    return since !== undefined && nowMs - since >= this.config.offsetsRetentionMs
  }

  private readonly takeBack = Effect.fnUntraced(function*(
    this: OffsetStore,
    groupId: string,
    entry: GroupEntry,
    places: ReadonlyArray<TopicPartition>
  ) {
    const there = places.filter(({ partition, topic }) =>
      entry.offsets.get(topic, partition) !== undefined || entry.writing > 0
    )
    if (there.length === 0) return ErrorCode.NONE
    const errorCode = yield* this.log.append(
      groupId,
      there.map(({ partition, topic }) => GroupRecord.offset(groupId, topic, partition, null))
    )
    if (errorCode !== ErrorCode.NONE) return errorCode
    for (const { partition, topic } of there) entry.offsets.set(topic, partition, null)
    this.table.forgetIdle(groupId)
    return errorCode
  })
}

const committedOf = (
  { leaderEpoch, metadata, offset, retentionMs }: OffsetToCommit,
  nowMs: number
): GroupRecord.CommittedOffset => ({
  offset,
  leaderEpoch,
  metadata,
  commitTimestampMs: nowMs,
  expireTimestampMs: retentionMs < 0 ? -1 : nowMs + retentionMs
})

const placesOf = ({ offsets }: GroupEntry): ReadonlyArray<TopicPartition> =>
  [...offsets.entries()].map(([topic, partition]) => ({ topic, partition }))

/** Of a group that is in use only offsets of consumers can be judged one by one. */
const refusalToRemove = (entry: GroupEntry | undefined): ErrorCode => {
  const group = entry?.runner.group
  if (group === undefined || group.state === "Dead") return ErrorCode.GROUP_ID_NOT_FOUND
  const isOpaque = group.protocolType !== SubscribedTopics.CONSUMER_PROTOCOL_TYPE
  return group.state !== "Empty" && isOpaque ? ErrorCode.NON_EMPTY_GROUP : ErrorCode.NONE
}
