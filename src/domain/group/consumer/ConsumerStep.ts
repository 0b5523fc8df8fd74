// The one switch over what happens to a consumer group: the group and an event in, the next group and what
// must be done out. No clock, no chance, no effect.
import { ErrorCode } from "../../ErrorCode.ts"
import type { HeartbeatEvent as ClassicHeartbeatEvent } from "../GroupEvent.ts"
import type { JoinEvent, LeaveEvent, SyncEvent } from "../GroupEvent.ts"
import { classicHeartbeat } from "./ClassicHeartbeat.ts"
import { classicJoin } from "./ClassicJoin.ts"
import { classicLeave } from "./ClassicLeave.ts"
import { classicSync } from "./ClassicSync.ts"
import type { ConsumerGroup, ConsumerGroupWorld } from "./ConsumerGroup.ts"
import { dismiss, heartbeat, type HeartbeatEvent } from "./ConsumerHeartbeat.ts"
import { type ConsumerAction, ConsumerTransition } from "./ConsumerTransition.ts"

export type ConsumerEvent =
  | HeartbeatEvent
  | {
    readonly _tag: "Commit"
    readonly requestId: number
    readonly memberId: string
    /** Negative for who assigns its partitions itself. */
    readonly memberEpoch: number
  }
  /** DeleteGroups. */
  | { readonly _tag: "Delete"; readonly requestId: number }
  | { readonly _tag: "SessionExpired"; readonly memberId: string }
  /** It had time to give up partitions, and has not. */
  | { readonly _tag: "RebalanceExpired"; readonly memberId: string }
  /** A member of the classic protocol was told to join, or has joined and has to sync. */
  | { readonly _tag: "JoinExpired"; readonly memberId: string }
  | { readonly _tag: "SyncExpired"; readonly memberId: string }
  /** A request of the classic protocol. */
  | { readonly _tag: "Classic"; readonly event: ClassicRequest }

export type ClassicRequest = JoinEvent | SyncEvent | ClassicHeartbeatEvent | LeaveEvent

export interface ConsumerStepped {
  readonly group: ConsumerGroup
  readonly actions: ReadonlyArray<ConsumerAction>
}

export const step = (
  group: ConsumerGroup,
  event: ConsumerEvent,
  world: ConsumerGroupWorld
): ConsumerStepped => {
  const t = new ConsumerTransition(group, world)
  apply(t, event)
  return { group: t.group, actions: t.actions }
}

const apply = (t: ConsumerTransition, event: ConsumerEvent): void => {
  switch (event._tag) {
    case "Heartbeat":
      return heartbeat(t, event)
    case "Commit":
      return t.answerCode(event.requestId, refusalToCommit(t.group, event))
    case "Delete":
      return remove(t, event.requestId)
    case "SessionExpired":
    case "JoinExpired":
    case "SyncExpired":
      return dismiss(t, event.memberId)
    case "RebalanceExpired":
      if (t.group.members.get(event.memberId)?.state === "unrevoked") dismiss(t, event.memberId)
      return
    case "Classic":
      return applyClassic(t, event.event)
  }
}

const applyClassic = (t: ConsumerTransition, event: ClassicRequest): void => {
  switch (event._tag) {
    case "Join":
      return classicJoin(t, event)
    case "Sync":
      return classicSync(t, event)
    case "Heartbeat":
      return classicHeartbeat(t, event)
    case "Leave":
      return classicLeave(t, event)
  }
}

const remove = (t: ConsumerTransition, requestId: number): void => {
  if (t.group.isDead) return t.answerCode(requestId, ErrorCode.GROUP_ID_NOT_FOUND)
  if (t.group.members.size > 0) return t.answerCode(requestId, ErrorCode.NON_EMPTY_GROUP)
  t.die()
  t.answerCode(requestId, ErrorCode.NONE)
}

/** A member reads and commits offsets in its present epoch only. */
export const refusalToCommit = (
  group: ConsumerGroup,
  who: { readonly memberId: string; readonly memberEpoch: number }
): ErrorCode => {
  if (group.isDead) return ErrorCode.COORDINATOR_NOT_AVAILABLE
  if (who.memberEpoch < 0 && group.members.size === 0) return ErrorCode.NONE
  const member = group.members.get(who.memberId)
  if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
  if (member.memberEpoch === who.memberEpoch) return ErrorCode.NONE
  return member.classic === null ? ErrorCode.STALE_MEMBER_EPOCH : ErrorCode.ILLEGAL_GENERATION
}

/** A group that was loaded: its members have their sessions to show that they are still there. */
export const resume = (
  group: ConsumerGroup,
  { sessionTimeoutMs }: Pick<ConsumerGroupWorld, "sessionTimeoutMs">
): ReadonlyArray<ConsumerAction> =>
  [...group.members.values()].flatMap(({ classic, memberId, rebalanceTimeoutMs, state }) => [
    {
      _tag: "ArmTimer",
      timer: `session/${memberId}`,
      delayMs: classic?.sessionTimeoutMs ?? sessionTimeoutMs
    },
    ...(state === "unrevoked"
      ? [
        {
          _tag: "ArmTimer",
          timer: `${classic === null ? "rebalance" : "join"}/${memberId}`,
          delayMs: rebalanceTimeoutMs
        } as const
      ]
      : [])
  ])
