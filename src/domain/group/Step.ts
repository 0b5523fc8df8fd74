// The one switch over events: a group and what happens to it in, the next group and what must be
// done out. No clock, no chance, no effect: time and new ids come in with the event.
import { ErrorCode } from "../ErrorCode.ts"
import { sessionExpired } from "./Expire.ts"
import type { Group, GroupLimits } from "./Group.ts"
import type { GroupAction } from "./GroupAction.ts"
import { sessionTimer } from "./GroupAction.ts"
import type { GroupEvent, RequestId } from "./GroupEvent.ts"
import { heartbeat } from "./Heartbeat.ts"
import { join } from "./Join.ts"
import { leave } from "./Leave.ts"
import { offsetCommit } from "./OffsetCommit.ts"
import { begin, joinExpired, syncExpired } from "./Rebalance.ts"
import { sync } from "./Sync.ts"
import { Transition } from "./Transition.ts"

export interface Stepped {
  readonly group: Group
  readonly actions: ReadonlyArray<GroupAction>
}

export const step = (
  group: Group,
  event: GroupEvent,
  nowMs: number,
  limits: GroupLimits
): Stepped => {
  const t = new Transition(group, nowMs, limits)
  apply(t, event)
  return { group: t.group, actions: t.actions }
}

const apply = (t: Transition, event: GroupEvent): void => {
  switch (event._tag) {
    case "Join":
      return join(t, event)
    case "Sync":
      return sync(t, event)
    case "Heartbeat":
      return heartbeat(t, event)
    case "Commit":
      return offsetCommit(t, event)
    case "Leave":
      return leave(t, event)
    case "Delete":
      return remove(t, event.requestId)
    case "SessionExpired":
      return sessionExpired(t, event.memberId)
    case "JoinExpired":
      return joinExpired(t)
    case "SyncExpired":
      return syncExpired(t)
  }
}

/** Only a group without members can be deleted. */
const remove = (t: Transition, requestId: RequestId): void => {
  const { state } = t.group
  if (state === "Dead") return t.answerCode(requestId, ErrorCode.GROUP_ID_NOT_FOUND)
  if (state !== "Empty") return t.answerCode(requestId, ErrorCode.NON_EMPTY_GROUP)
  for (const memberId of t.group.pendingMembers) t.cancel(sessionTimer(memberId))
  t.set({ pendingMembers: new Set() })
  t.become("Dead")
  t.actions.push({ _tag: "Forget" })
  t.answerCode(requestId, ErrorCode.NONE)
}

/** A group that was loaded: its members have their sessions to show that they are still there. */
export const resume = (group: Group, nowMs: number, limits: GroupLimits): Stepped => {
  // A rebalance was begun when it was written, and is begun again.
  if (group.leaderId === null && group.members.size > 0) return rebalance(group, nowMs, limits)
  const t = new Transition(group, nowMs, limits)
  for (const member of group.members.values()) t.armSession(member)
  return { group, actions: t.actions }
}

/** A group that comes with its members, who have to join again. */
export const rebalance = (group: Group, nowMs: number, limits: GroupLimits): Stepped => {
  const leaderId = group.leaderId ?? group.members.keys().next().value ?? null
  const t = new Transition({ ...group, leaderId }, nowMs, limits)
  for (const member of group.members.values()) t.armSession(member)
  begin(t)
  return { group: t.group, actions: t.actions }
}
