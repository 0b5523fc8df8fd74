// Committed offsets: written to the groups' topic first, seen by readers after. All writes of one
// group go to one partition and end in its order, so that what is in memory is what a reader of the
// topic would find.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import type { CommitEvent } from "../../domain/group/GroupEvent.ts"
import * as GroupRecord from "../../domain/group/GroupRecord.ts"
import { CONSUMER_PROTOCOL_TYPE } from "../../domain/group/SubscribedTopics.ts"
import type { TopicPartition } from "../../domain/Topic.ts"
import type { GroupConfig } from "../config/GroupConfig.ts"
import type { GroupEntry } from "./GroupEntry.ts"
import type { GroupLoads } from "./GroupLoads.ts"
import type { GroupLog } from "./GroupLog.ts"
import type { Asked, GroupTable } from "./GroupTable.ts"

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
  private readonly loads: GroupLoads
  private readonly log: GroupLog
  private readonly config: GroupConfig
  private readonly nowMs: () => number

  constructor(
    table: GroupTable,
    loads: GroupLoads,
    log: GroupLog,
    config: GroupConfig,
    nowMs: () => number
  ) {
    this.table = table
    this.loads = loads
    this.log = log
    this.config = config
    this.nowMs = nowMs
  }

  /** An error for each offset, in their order, when those that are taken are durable. */
  commit(
    groupId: string,
    event: Asked<CommitEvent>,
    offsets: ReadonlyArray<OffsetToCommit>
  ): Deferred.Deferred<ReadonlyArray<ErrorCode>> {
    const outcome = Deferred.makeUnsafe<ReadonlyArray<ErrorCode>>()
    const end = (errorCodes: ReadonlyArray<ErrorCode>) => {
      Deferred.doneUnsafe(outcome, Exit.succeed(errorCodes))
    }
    const unready = this.loads.unready(groupId)
    const isUnknown = event.generationId >= 0 && this.table.get(groupId) === undefined
    const refused = unready || (isUnknown ? ErrorCode.ILLEGAL_GENERATION : ErrorCode.NONE)
    if (refused !== ErrorCode.NONE) {
      end(offsets.map(() => refused))
      return outcome
    }
    const entry = this.table.entry(groupId)
    const settle = (errorCodes: ReadonlyArray<ErrorCode>) => {
      entry.writing--
      this.table.forgetIdle(groupId)
      end(errorCodes)
    }
    entry.writing++
    this.table.mayCommit(entry, event, (refused) => {
      if (refused === ErrorCode.NONE) this.write(entry, groupId, offsets, settle)
      else settle(offsets.map(() => refused))
    })
    return outcome
  }

  private write(
    entry: GroupEntry,
    groupId: string,
    offsets: ReadonlyArray<OffsetToCommit>,
    settle: (errorCodes: ReadonlyArray<ErrorCode>) => void
  ): void {
    const nowMs = this.nowMs()
    const isTooLong = ({ metadata }: OffsetToCommit) =>
      Buffer.byteLength(metadata) > this.config.offsetMetadataMaxBytes
    const taken = offsets.filter((offset) => !isTooLong(offset)).map((offset) => ({
      ...offset,
      committed: committedOf(offset, nowMs)
    }))
    const written = (errorCode: ErrorCode) => {
      if (errorCode === ErrorCode.NONE) {
        for (const { committed, partition, topic } of taken) {
          entry.offsets.set(topic, partition, committed)
        }
      }
      settle(
        offsets.map((offset) => isTooLong(offset) ? ErrorCode.OFFSET_METADATA_TOO_LARGE : errorCode)
      )
    }
    const records = taken.map(({ committed, partition, topic }) =>
      GroupRecord.offset(groupId, topic, partition, committed)
    )
    if (records.length === 0) written(ErrorCode.NONE)
    else this.log.appendThen(groupId, records, written)
  }

  /** OffsetDelete: not of topics that consumers of the group are reading. */
  removeOffsets(
    groupId: string,
    places: ReadonlyArray<TopicPartition>
  ): Effect.Effect<RemovedOffsets> {
    return Effect.uninterruptible(Effect.gen({ self: this }, function*() {
      const refusal = this.loads.unready(groupId) || refusalToRemove(this.table.get(groupId))
      const entry = this.table.get(groupId)
      if (refusal !== ErrorCode.NONE || entry === undefined) {
        return { errorCode: refusal, partitions: [] }
      }
      const isInUse = ({ topic }: TopicPartition) => entry.isInUse(topic)
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
      const unready = this.loads.unready(groupId)
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
      yield* this.takeBack(entry.groupId, entry, places)
    }
  })

  /** Takes back what is older than offsets.retention.minutes, and groups that have nothing left. */
  readonly expire = Effect.fnUntraced(function*(this: OffsetStore) {
    for (const entry of this.table.all()) {
      const { groupId } = entry
      // A commit on its way would be taken back with what it replaces.
      if (entry.writing > 0 || this.loads.unready(groupId) !== ErrorCode.NONE) continue
      const nowMs = this.nowMs()
      const expired: Array<TopicPartition> = []
      for (const [topic, partition, committed] of entry.offsets.entries()) {
        if (this.isExpired(entry, topic, committed, nowMs)) expired.push({ topic, partition })
      }
      yield* this.takeBack(groupId, entry, expired)
      if (entry.isOver) yield* this.removeGroup(groupId)
    }
  })

  private isExpired(
    entry: GroupEntry,
    topic: string,
    { commitTimestampMs, expireTimestampMs }: GroupRecord.CommittedOffset,
    nowMs: number
  ): boolean {
    if (expireTimestampMs >= 0) return nowMs >= expireTimestampMs
    const sinceMs = entry.retainedSinceMs(topic, commitTimestampMs)
    return sinceMs !== undefined && nowMs - sinceMs >= this.config.offsetsRetentionMs
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
  if (entry === undefined || entry.state === "Dead") return ErrorCode.GROUP_ID_NOT_FOUND
  const isOpaque = entry.protocolType !== CONSUMER_PROTOCOL_TYPE
  return entry.state !== "Empty" && isOpaque ? ErrorCode.NON_EMPTY_GROUP : ErrorCode.NONE
}
