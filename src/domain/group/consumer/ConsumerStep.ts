// The one switch over what happens to a consumer group: the group and an event in, the next group and what
// must be done out. No clock, no chance, no effect.
import { ErrorCode } from "../../ErrorCode.ts"
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
      return dismiss(t, event.memberId)
    case "RebalanceExpired":
      if (t.group.members.get(event.memberId)?.state === "unrevoked") dismiss(t, event.memberId)
      return
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
  return member.memberEpoch === who.memberEpoch ? ErrorCode.NONE : ErrorCode.STALE_MEMBER_EPOCH
}

/** A group that was loaded: its members have their sessions to show that they are still there. */
export const resume = (
  group: ConsumerGroup,
  { sessionTimeoutMs }: Pick<ConsumerGroupWorld, "sessionTimeoutMs">
): ReadonlyArray<ConsumerAction> =>
  [...group.members.values()].flatMap(({ memberId, rebalanceTimeoutMs, state }) => [
    { _tag: "ArmTimer", timer: `session/${memberId}`, delayMs: sessionTimeoutMs },
    ...(state === "unrevoked"
      ? [
        {
          _tag: "ArmTimer",
          timer: `rebalance/${memberId}`,
          delayMs: rebalanceTimeoutMs
        } as const
      ]
      : [])
  ])
