// All groups of this broker by their id. A group is made by who joins it or commits to it, and forgotten
// again when nothing of it is worth keeping. Every request gets a number here, under which it is answered.
import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as ConsumerGroup from "../../domain/group/consumer/ConsumerGroup.ts"
import type { HeartbeatEvent as ConsumerHeartbeat } from "../../domain/group/consumer/ConsumerHeartbeat.ts"
import { JOIN_EPOCH } from "../../domain/group/consumer/ConsumerMember.ts"
import { type HeartbeatAnswer, refusal } from "../../domain/group/consumer/ConsumerTransition.ts"
import type { GroupLimits } from "../../domain/group/Group.ts"
import {
  type JoinAnswer,
  type LeaveAnswer,
  REFUSED_JOIN,
  REFUSED_SYNC,
  type SyncAnswer
} from "../../domain/group/GroupAction.ts"
import type {
  CommitEvent,
  GroupEvent,
  HeartbeatEvent,
  JoinEvent,
  LeaveEvent,
  RequestId,
  SyncEvent
} from "../../domain/group/GroupEvent.ts"
import type * as GroupRecord from "../../domain/group/GroupRecord.ts"
import * as AnyGroup from "../../domain/group/migration/AnyGroup.ts"
import type { MigrationPolicy } from "../../domain/group/migration/Migration.ts"
import { GroupEntry } from "./GroupEntry.ts"
import { type GroupAnswer, GroupRunner } from "./GroupRunner.ts"
import type { GroupTimers } from "./GroupTimers.ts"

/** An event without what the table adds to it. */
export type Asked<E> = Omit<E, "_tag" | "requestId">

/** What the table needs of the coordinator. */
export interface TableWorld {
  readonly limits: GroupLimits
  readonly policy: MigrationPolicy
  readonly consumer: () => ConsumerGroup.ConsumerGroupWorld
  readonly nowMs: () => number
  readonly timers: GroupTimers
  /** Calls back with what became of it, perhaps before it returns. */
  readonly write: (
    groupId: string,
    records: ReadonlyArray<GroupRecord.StoredRecord>,
    done: (errorCode: ErrorCode) => void
  ) => void
}

export class GroupTable {
  private readonly entries = new Map<string, GroupEntry>()
  private readonly waiting = new Map<RequestId, (answer: GroupAnswer) => void>()
  private readonly world: TableWorld
  /** Why nothing is known of the group at the moment. */
  private readonly unready: (groupId: string) => ErrorCode
  private nextRequest: RequestId = 1

  constructor(world: TableWorld, unready: (groupId: string) => ErrorCode) {
    this.world = world
    this.unready = unready
  }

  join(groupId: string, event: Asked<JoinEvent>): Deferred.Deferred<JoinAnswer> {
    const errorCode = this.refusal(groupId) ||
      // Who brings an id has had it from a group that is there.
      (event.memberId !== "" && !this.entries.has(groupId) ? ErrorCode.UNKNOWN_MEMBER_ID : 0)
    if (errorCode !== ErrorCode.NONE) {
      return ended<JoinAnswer>({ ...REFUSED_JOIN, errorCode, memberId: event.memberId })
    }
    return this.ask(this.entry(groupId), (requestId) => ({ _tag: "Join", requestId, ...event }))
  }

  sync(groupId: string, event: Asked<SyncEvent>): Deferred.Deferred<SyncAnswer> {
    const entry = this.memberEntry(groupId)
    return typeof entry === "number"
      ? ended<SyncAnswer>({ ...REFUSED_SYNC, errorCode: entry })
      : this.ask(entry, (requestId) => ({ _tag: "Sync", requestId, ...event }))
  }

  heartbeat(groupId: string, event: Asked<HeartbeatEvent>): Deferred.Deferred<ErrorCode> {
    const entry = this.memberEntry(groupId)
    return typeof entry === "number"
      ? ended<ErrorCode>(entry)
      : this.ask(entry, (requestId) => ({ _tag: "Heartbeat", requestId, ...event }))
  }

  leave(groupId: string, event: Asked<LeaveEvent>): Deferred.Deferred<LeaveAnswer> {
    const entry = this.memberEntry(groupId)
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
    if (event.memberEpoch !== JOIN_EPOCH && !this.entries.has(groupId)) {
      return ended(refusal(ErrorCode.GROUP_ID_NOT_FOUND, `Group ${groupId} not found.`))
    }
    return this.answered((requestId) =>
      this.entry(groupId).runner.submit({
        _tag: "Consumer",
        event: { _tag: "Heartbeat", requestId, ...event }
      })
    )
  }

  /** Calls back with NONE, or with why not; perhaps before it returns. */
  mayCommit(
    entry: GroupEntry,
    event: Asked<CommitEvent>,
    done: (errorCode: ErrorCode) => void
  ): void {
    const requestId = this.numbered((answer) => done(answer as ErrorCode))
    entry.runner.submit({ _tag: "Classic", event: { _tag: "Commit", requestId, ...event } })
  }

  remove(entry: GroupEntry): Deferred.Deferred<ErrorCode> {
    return this.ask(entry, (requestId) => ({ _tag: "Delete", requestId }))
  }

  private ask<A extends GroupAnswer>(
    entry: GroupEntry,
    event: (requestId: RequestId) => GroupEvent
  ): Deferred.Deferred<A> {
    return this.answered((requestId) =>
      entry.runner.submit({ _tag: "Classic", event: event(requestId) })
    )
  }

  private answered<A>(submit: (requestId: RequestId) => void): Deferred.Deferred<A> {
    const deferred = Deferred.makeUnsafe<A>()
    submit(this.numbered((answer) => Deferred.doneUnsafe(deferred, Exit.succeed(answer as A))))
    return deferred
  }

  /** The event's kind says what its answer is. */
  private numbered(done: (answer: GroupAnswer) => void): RequestId {
    const requestId = this.nextRequest++
    this.waiting.set(requestId, done)
    return requestId
  }

  private readonly answer = (
    requestId: RequestId,
    answer: GroupAnswer
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
  private memberEntry(groupId: string): GroupEntry | ErrorCode {
    const refusal = this.refusal(groupId)
    if (refusal !== ErrorCode.NONE) return refusal
    const entry = this.entries.get(groupId)
    return entry ?? ErrorCode.UNKNOWN_MEMBER_ID
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
      entry = new GroupEntry(groupId, this.runner(groupId))
      this.entries.set(groupId, entry)
    }
    return entry
  }

  /** Begins a group again that was deleted, but whose offsets could not be. */
  revive(entry: GroupEntry): void {
    entry.runner = this.runner(entry.groupId)
  }

  forget(groupId: string): void {
    this.entries.delete(groupId)
  }

  forgetIdle(groupId: string): void {
    if (this.entries.get(groupId)?.isNothing === true) this.forget(groupId)
  }

  /** Runs a group that nobody is in. */
  private runner(groupId: string): GroupRunner {
    return new GroupRunner(AnyGroup.empty(groupId, this.world.nowMs()), {
      ...this.world,
      answer: this.answer,
      write: (records, done) => this.world.write(groupId, records, done),
      onStep: () => this.forgetIdle(groupId)
    })
  }

  /** A record of a partition that is being loaded; the last of a key holds. */
  replay(record: GroupRecord.GroupRecord): void {
    if (record._tag === "Other") return
    const entry = this.entry(record.groupId)
    switch (record._tag) {
      case "Offset":
        return entry.offsets.set(record.topic, record.partition, record.committed)
      case "Group":
        // That a classic group is no more says nothing of the consumer group that it has become.
        if (record.group === null && entry.consumer !== undefined) return
        entry.runner.value = record.group === null
          ? AnyGroup.empty(record.groupId, this.world.nowMs())
          : AnyGroup.classic(record.group)
        return
      case "Consumer": {
        const after = record.applyTo(entry.consumer ?? ConsumerGroup.empty(record.groupId))
        entry.runner.value = after === undefined
          ? AnyGroup.empty(record.groupId, this.world.nowMs())
          : AnyGroup.consumer(after)
        return
      }
    }
  }

  /** The groups are served from now on, and their members' sessions run. */
  resume(isLoaded: (groupId: string) => boolean): void {
    for (const [groupId, entry] of this.entries) {
      if (!isLoaded(groupId)) continue
      entry.runner.resume()
      this.forgetIdle(groupId)
    }
  }
}

const ended = <A>(answer: A): Deferred.Deferred<A> => {
  const deferred = Deferred.makeUnsafe<A>()
  Deferred.doneUnsafe(deferred, Exit.succeed(answer))
  return deferred
}
