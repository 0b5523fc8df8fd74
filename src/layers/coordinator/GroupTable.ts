// All groups of this broker by their id. A group is made by who joins it or commits to it, and forgotten
// again when nothing of it is worth keeping. Every request gets a number here, under which it is answered.
import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as ConsumerGroup from "../../domain/group/consumer/ConsumerGroup.ts"
import type { HeartbeatEvent as ConsumerHeartbeat } from "../../domain/group/consumer/ConsumerHeartbeat.ts"
import { JOIN_EPOCH } from "../../domain/group/consumer/ConsumerMember.ts"
import * as ConsumerRecords from "../../domain/group/consumer/ConsumerRecords.ts"
import type { ConsumerEvent } from "../../domain/group/consumer/ConsumerStep.ts"
import { type HeartbeatAnswer, refusal } from "../../domain/group/consumer/ConsumerTransition.ts"
import * as Group from "../../domain/group/Group.ts"
import type { JoinAnswer, LeaveAnswer, SyncAnswer } from "../../domain/group/GroupAction.ts"
import type {
  CommitEvent,
  GroupEvent,
  HeartbeatEvent,
  JoinEvent,
  LeaveEvent,
  RequestId,
  SyncEvent
} from "../../domain/group/GroupEvent.ts"
import * as GroupRecord from "../../domain/group/GroupRecord.ts"
import { type ClassicAnswer, ClassicRunner, REFUSED_JOIN, REFUSED_SYNC } from "./ClassicRunner.ts"
import { type ConsumerAnswer, ConsumerRunner } from "./ConsumerRunner.ts"
import { GroupEntry } from "./GroupEntry.ts"
import type { GroupTimers } from "./GroupTimers.ts"

/** An event without what the table adds to it. */
export type Asked<E> = Omit<E, "_tag" | "requestId">

/** What the table needs of the coordinator. */
export interface TableWorld {
  readonly limits: Group.GroupLimits
  readonly consumer: () => ConsumerGroup.ConsumerGroupWorld
  readonly nowMs: () => number
  readonly timers: GroupTimers
  /** Calls back, later, with what became of it. */
  readonly write: (
    groupId: string,
    records: ReadonlyArray<GroupRecord.StoredRecord>,
    done: (errorCode: ErrorCode) => void
  ) => void
}

export class GroupTable {
  private readonly entries = new Map<string, GroupEntry>()
  private readonly waiting = new Map<RequestId, (answer: ClassicAnswer | ConsumerAnswer) => void>()
  private readonly world: TableWorld
  /** Why nothing is known of the group at the moment. */
  private readonly unready: (groupId: string) => ErrorCode
  private nextRequest: RequestId = 1

  constructor(world: TableWorld, unready: (groupId: string) => ErrorCode) {
    this.world = world
    this.unready = unready
  }

  join(groupId: string, event: Asked<JoinEvent>): Deferred.Deferred<JoinAnswer> {
    const errorCode = this.refusal(groupId) || this.toClassic(groupId) ||
      // Who brings an id has had it from a group that is there.
      (event.memberId !== "" && !this.entries.has(groupId) ? ErrorCode.UNKNOWN_MEMBER_ID : 0)
    if (errorCode !== ErrorCode.NONE) {
      return ended<JoinAnswer>({ ...REFUSED_JOIN, errorCode, memberId: event.memberId })
    }
    return this.ask(this.entry(groupId), (requestId) => ({ _tag: "Join", requestId, ...event }))
  }

  sync(groupId: string, event: Asked<SyncEvent>): Deferred.Deferred<SyncAnswer> {
    const entry = this.classicEntry(groupId)
    return typeof entry === "number"
      ? ended<SyncAnswer>({ ...REFUSED_SYNC, errorCode: entry })
      : this.ask(entry, (requestId) => ({ _tag: "Sync", requestId, ...event }))
  }

  heartbeat(groupId: string, event: Asked<HeartbeatEvent>): Deferred.Deferred<ErrorCode> {
    const entry = this.classicEntry(groupId)
    return typeof entry === "number"
      ? ended<ErrorCode>(entry)
      : this.ask(entry, (requestId) => ({ _tag: "Heartbeat", requestId, ...event }))
  }

  leave(groupId: string, event: Asked<LeaveEvent>): Deferred.Deferred<LeaveAnswer> {
    const entry = this.classicEntry(groupId)
    return typeof entry === "number"
      ? ended<LeaveAnswer>({ errorCode: entry, members: [] })
      : this.ask(entry, (requestId) => ({ _tag: "Leave", requestId, ...event }))
  }

  consumerHeartbeat(
    groupId: string,
    event: Asked<ConsumerHeartbeat>
  ): Deferred.Deferred<HeartbeatAnswer> {
    const unready = this.unready(groupId)
    if (unready !== ErrorCode.NONE) return ended(refusal(unready, "The group is not loaded."))
    if (groupId === "") {
      return ended(refusal(ErrorCode.INVALID_REQUEST, "GroupId can't be empty."))
    }
    const runner = this.toConsumer(groupId, event.memberEpoch === JOIN_EPOCH)
    return runner === undefined
      ? ended(refusal(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} is not a consumer group.`))
      : this.askConsumer(runner, (requestId) => ({ _tag: "Heartbeat", requestId, ...event }))
  }

  mayCommit(entry: GroupEntry, event: Asked<CommitEvent>): Deferred.Deferred<ErrorCode> {
    const { generationId, memberId } = event
    return entry.consumer === undefined
      ? this.ask(entry, (requestId) => ({ _tag: "Commit", requestId, ...event }))
      : this.askConsumer(entry.consumer, (requestId) => ({
        _tag: "Commit",
        requestId,
        memberId,
        memberEpoch: generationId
      }))
  }

  remove(entry: GroupEntry): Deferred.Deferred<ErrorCode> {
    return entry.consumer === undefined
      ? this.ask(entry, (requestId) => ({ _tag: "Delete", requestId }))
      : this.askConsumer(entry.consumer, (requestId) => ({ _tag: "Delete", requestId }))
  }

  private ask<A extends ClassicAnswer>(
    entry: GroupEntry,
    event: (requestId: RequestId) => GroupEvent
  ): Deferred.Deferred<A> {
    return this.answered((requestId) => entry.classic.submit(event(requestId)))
  }

  private askConsumer<A extends ConsumerAnswer>(
    runner: ConsumerRunner,
    event: (requestId: RequestId) => ConsumerEvent
  ): Deferred.Deferred<A> {
    return this.answered((requestId) => runner.submit(event(requestId)))
  }

  private answered<A>(submit: (requestId: RequestId) => void): Deferred.Deferred<A> {
    const requestId = this.nextRequest++
    const deferred = Deferred.makeUnsafe<A>()
    // The event's kind says what its answer is.
    this.waiting.set(
      requestId,
      (answer) => Deferred.doneUnsafe(deferred, Exit.succeed(answer as A))
    )
    submit(requestId)
    return deferred
  }

  private readonly answer = (
    requestId: RequestId,
    answer: ClassicAnswer | ConsumerAnswer
  ): void => {
    const waiting = this.waiting.get(requestId)
    this.waiting.delete(requestId)
    waiting?.(answer)
  }

  /** Why no event of this group can be taken; an empty id is nobody's. */
  private refusal(groupId: string): ErrorCode {
    return groupId === "" ? ErrorCode.INVALID_GROUP_ID : this.unready(groupId)
  }

  /** The group for who says that it is a member of it, or why there is none. */
  private classicEntry(groupId: string): GroupEntry | ErrorCode {
    const refusal = this.refusal(groupId)
    if (refusal !== ErrorCode.NONE) return refusal
    const entry = this.entries.get(groupId)
    return entry === undefined || entry.consumer !== undefined ? ErrorCode.UNKNOWN_MEMBER_ID : entry
  }

  /** A group of the consumer protocol that nobody is in becomes a classic one. */
  private toClassic(groupId: string): ErrorCode {
    const entry = this.entries.get(groupId)
    if (entry?.consumer === undefined) return ErrorCode.NONE
    if (entry.state !== "Empty") return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    const { value } = entry.consumer
    entry.consumer = undefined
    // When this does not last, the group is found as an empty one of the other kind: no harm.
    this.world.write(groupId, ConsumerRecords.between(value, { ...value, isDead: true }), () => {})
    return ErrorCode.NONE
  }

  /** A classic group that nobody is in becomes one of the consumer protocol. */
  private toConsumer(groupId: string, isJoining: boolean): ConsumerRunner | undefined {
    const found = this.entries.get(groupId)
    if (found?.consumer !== undefined) return found.consumer
    if (!isJoining || (found !== undefined && found.state !== "Empty")) return undefined
    const entry = this.entry(groupId)
    const { generationId } = entry.classic.value
    if (generationId > 0) this.world.write(groupId, [GroupRecord.group(groupId, null)], () => {})
    entry.classic = this.classicRunner(Group.empty(groupId, this.world.nowMs()))
    entry.consumer = this.consumerRunner(ConsumerGroup.empty(groupId))
    return entry.consumer
  }

  get(groupId: string): GroupEntry | undefined {
    return this.entries.get(groupId)
  }

  all(): Iterable<GroupEntry> {
    return this.entries.values()
  }

  get size(): number {
    return this.entries.size
  }

  /** The group, made when it is not there. */
  entry(groupId: string): GroupEntry {
    let entry = this.entries.get(groupId)
    if (entry === undefined) {
      entry = new GroupEntry(
        groupId,
        this.classicRunner(Group.empty(groupId, this.world.nowMs()))
      )
      this.entries.set(groupId, entry)
    }
    return entry
  }

  /** Begins a group again that was deleted, but whose offsets could not be. */
  revive(entry: GroupEntry): void {
    entry.consumer = undefined
    entry.classic = this.classicRunner(Group.empty(entry.groupId, this.world.nowMs()))
  }

  forget(groupId: string): void {
    this.entries.delete(groupId)
  }

  forgetIdle(groupId: string): void {
    if (this.entries.get(groupId)?.isNothing === true) this.forget(groupId)
  }

  private worldOf(groupId: string) {
    return {
      timers: this.world.timers,
      answer: this.answer,
      write: (
        records: ReadonlyArray<GroupRecord.StoredRecord>,
        done: (errorCode: ErrorCode) => void
      ) => this.world.write(groupId, records, done),
      onStep: () => this.forgetIdle(groupId)
    }
  }

  private classicRunner(group: Group.Group): ClassicRunner {
    const { limits, nowMs } = this.world
    return new ClassicRunner(group, { ...this.worldOf(group.groupId), limits, nowMs })
  }

  private consumerRunner(group: ConsumerGroup.ConsumerGroup): ConsumerRunner {
    return new ConsumerRunner(group, {
      ...this.worldOf(group.groupId),
      group: this.world.consumer
    })
  }

  /** A record of a partition that is being loaded; the last of a key holds. */
  replay(record: GroupRecord.GroupRecord): void {
    if (record._tag === "Other") return
    const entry = this.entry(record.groupId)
    switch (record._tag) {
      case "Offset":
        return entry.offsets.set(record.topic, record.partition, record.committed)
      case "Group": {
        const { group } = record
        if (group !== null) entry.consumer = undefined
        entry.classic = this.classicRunner(
          group ?? Group.empty(record.groupId, this.world.nowMs())
        )
        return
      }
      case "Consumer": {
        const before = entry.consumer?.value ?? ConsumerGroup.empty(record.groupId)
        const after = record.applyTo(before)
        entry.consumer = after === undefined ? undefined : this.consumerRunner(after)
        return
      }
    }
  }

  /** The groups are served from now on, and their members' sessions run. */
  resume(isLoaded: (groupId: string) => boolean): void {
    for (const [groupId, entry] of this.entries) {
      if (!isLoaded(groupId)) continue
      entry.classic.resume()
      entry.consumer?.resume()
      this.forgetIdle(groupId)
    }
  }
}

const ended = <A>(answer: A): Deferred.Deferred<A> => {
  const deferred = Deferred.makeUnsafe<A>()
  Deferred.doneUnsafe(deferred, Exit.succeed(answer))
  return deferred
}
