// All groups of this broker by their id: what runs them, and what they have committed. A group is made
// by who joins it or commits to it, and forgotten again when nothing of it is worth keeping.
import * as Deferred from "effect/Deferred"
import * as Exit from "effect/Exit"
import { ErrorCode } from "../../domain/ErrorCode.ts"
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
import type { GroupRecord } from "../../domain/group/GroupRecord.ts"
import { GroupOffsets } from "./GroupOffsets.ts"
import {
  type Answer,
  GroupRunner,
  type GroupWorld,
  REFUSED_JOIN,
  REFUSED_SYNC
} from "./GroupRunner.ts"

/** An event without what the table adds to it. */
export type Asked<E> = Omit<E, "_tag" | "requestId">

export interface GroupEntry {
  runner: GroupRunner
  readonly offsets: GroupOffsets
  /** Commits that are being written: the group must not be forgotten meanwhile. */
  writing: number
}

type Load = "loading" | "loaded" | "failed"

export class GroupTable {
  private readonly entries = new Map<string, GroupEntry>()
  private readonly waiting = new Map<RequestId, (answer: Answer) => void>()
  private readonly world: GroupWorld
  /** By partition of the groups' topic; one that is not named is new, and there is nothing to load. */
  private readonly loads = new Map<number, Load>()
  private readonly partitionOf: (groupId: string) => number
  private nextRequest: RequestId = 1

  constructor(
    world: Omit<GroupWorld, "answer" | "onStep">,
    partitionOf: (groupId: string) => number
  ) {
    this.partitionOf = partitionOf
    this.world = {
      ...world,
      answer: (requestId, answer) => this.answer(requestId, answer),
      onStep: (runner) => this.forgetIdle(runner.group.groupId)
    }
  }

  join(groupId: string, event: Asked<JoinEvent>): Deferred.Deferred<JoinAnswer> {
    const refusal = this.refusal(groupId)
    if (refusal !== ErrorCode.NONE) return ended({ ...REFUSED_JOIN, errorCode: refusal })
    // Who brings an id has had it from a group that is there.
    const isUnknown = event.memberId !== "" && !this.entries.has(groupId)
    if (isUnknown) {
      const errorCode = ErrorCode.UNKNOWN_MEMBER_ID
      return ended<JoinAnswer>({ ...REFUSED_JOIN, errorCode, memberId: event.memberId })
    }
    return this.ask(this.entry(groupId), (requestId) => ({ _tag: "Join", requestId, ...event }))
  }

  sync(groupId: string, event: Asked<SyncEvent>): Deferred.Deferred<SyncAnswer> {
    const refusal = this.refusal(groupId)
    const entry = this.entries.get(groupId)
    if (refusal !== ErrorCode.NONE || entry === undefined) {
      return ended({ ...REFUSED_SYNC, errorCode: refusal || ErrorCode.UNKNOWN_MEMBER_ID })
    }
    return this.ask(entry, (requestId) => ({ _tag: "Sync", requestId, ...event }))
  }

  heartbeat(groupId: string, event: Asked<HeartbeatEvent>): Deferred.Deferred<ErrorCode> {
    const refusal = this.refusal(groupId)
    const entry = this.entries.get(groupId)
    if (refusal !== ErrorCode.NONE || entry === undefined) {
      return ended(refusal || ErrorCode.UNKNOWN_MEMBER_ID)
    }
    return this.ask(entry, (requestId) => ({ _tag: "Heartbeat", requestId, ...event }))
  }

  leave(groupId: string, event: Asked<LeaveEvent>): Deferred.Deferred<LeaveAnswer> {
    const refusal = this.refusal(groupId)
    const entry = this.entries.get(groupId)
    if (refusal !== ErrorCode.NONE || entry === undefined) {
      const errorCode = refusal || ErrorCode.UNKNOWN_MEMBER_ID
      return ended<LeaveAnswer>({ errorCode, members: [] })
    }
    return this.ask(entry, (requestId) => ({ _tag: "Leave", requestId, ...event }))
  }

  mayCommit(entry: GroupEntry, event: Asked<CommitEvent>): Deferred.Deferred<ErrorCode> {
    return this.ask(entry, (requestId) => ({ _tag: "Commit", requestId, ...event }))
  }

  remove(entry: GroupEntry): Deferred.Deferred<ErrorCode> {
    return this.ask(entry, (requestId) => ({ _tag: "Delete", requestId }))
  }

  private ask<A extends Answer>(
    entry: GroupEntry,
    event: (requestId: RequestId) => GroupEvent
  ): Deferred.Deferred<A> {
    const requestId = this.nextRequest++
    const answered = Deferred.makeUnsafe<A>()
    // The event's kind says what its answer is.
    this.waiting.set(
      requestId,
      (answer) => Deferred.doneUnsafe(answered, Exit.succeed(answer as A))
    )
    entry.runner.submit(event(requestId))
    return answered
  }

  private answer(requestId: RequestId, answer: Answer): void {
    const waiting = this.waiting.get(requestId)
    this.waiting.delete(requestId)
    waiting?.(answer)
  }

  /** Why no event of this group can be taken; an empty id is nobody's. */
  refusal(groupId: string): ErrorCode {
    return groupId === "" ? ErrorCode.INVALID_GROUP_ID : this.unready(groupId)
  }

  /** Why nothing is known of this group. */
  unready(groupId: string): ErrorCode {
    switch (this.loads.get(this.partitionOf(groupId))) {
      case "loading":
        return ErrorCode.COORDINATOR_LOAD_IN_PROGRESS
      case "failed":
        return ErrorCode.COORDINATOR_NOT_AVAILABLE
      default:
        return ErrorCode.NONE
    }
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
      entry = {
        runner: this.runner(Group.empty(groupId, this.world.nowMs())),
        offsets: new GroupOffsets(),
        writing: 0
      }
      this.entries.set(groupId, entry)
    }
    return entry
  }

  /** Begins a group again that was deleted, but whose offsets could not be. */
  revive(entry: GroupEntry): void {
    entry.runner = this.runner(Group.empty(entry.runner.group.groupId, this.world.nowMs()))
  }

  forget(groupId: string): void {
    this.entries.delete(groupId)
  }

  /** A group that nobody is in, that has no past and no offsets, is none. */
  forgetIdle(groupId: string): void {
    const entry = this.entries.get(groupId)
    if (entry === undefined || entry.writing > 0 || !entry.offsets.isEmpty) return
    const { generationId, pendingMembers, state } = entry.runner.group
    if (state === "Empty" && generationId === 0 && pendingMembers.size === 0) this.forget(groupId)
  }

  private runner(group: Group.Group): GroupRunner {
    return new GroupRunner(group, this.world)
  }

  startLoading(partitions: number): void {
    for (let partition = 0; partition < partitions; partition++) {
      this.loads.set(partition, "loading")
    }
  }

  /** A record of a partition that is being loaded; the last of a key holds. */
  replay(record: GroupRecord): void {
    if (record._tag === "Other") return
    const { groupId } = record
    if (record._tag === "Offset") {
      this.entry(groupId).offsets.set(record.topic, record.partition, record.committed)
    } else {
      const group = record.group ?? Group.empty(groupId, this.world.nowMs())
      this.entry(groupId).runner = this.runner(group)
    }
  }

  /** The groups of the partition are served from now on, and their members' sessions run. */
  endLoading(partition: number, isWhole: boolean): void {
    this.loads.set(partition, isWhole ? "loaded" : "failed")
    for (const [groupId, entry] of this.entries) {
      if (this.partitionOf(groupId) !== partition) continue
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
