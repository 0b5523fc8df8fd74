// SyncGroup: the leader hands in everybody's assignment; the others wait for theirs.
import { ErrorCode } from "../ErrorCode.ts"
import type { Group } from "./Group.ts"
import type { SyncEvent } from "./GroupEvent.ts"
import * as Member from "./Member.ts"
import { identify, type Transition, without } from "./Transition.ts"

export const sync = (t: Transition, event: SyncEvent): void => {
  const { group } = t
  const refusal = refusalOf(group, event)
  if (refusal !== ErrorCode.NONE) return t.refuseSync(event.requestId, refusal)
  const member = group.members.get(event.memberId)!
  t.set({ pendingSync: without(group.pendingSync, member.memberId) })
  if (t.group.pendingSync.size === 0 && group.pendingSync.size > 0) t.cancel("sync")
  if (group.state === "Stable") {
    t.armSession(member)
    return t.answerSync(event.requestId, member.assignment)
  }
  if (member.syncRequest !== null) {
    t.refuseSync(member.syncRequest, ErrorCode.REBALANCE_IN_PROGRESS)
  }
  t.put({ ...member, syncRequest: event.requestId })
  if (member.memberId === group.leaderId) handOut(t, event.assignments)
}

const refusalOf = (group: Group, event: SyncEvent): ErrorCode => {
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
  const unknown = identify(group, event)
  if (unknown !== ErrorCode.NONE) return unknown
  if (event.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  const { protocolName, protocolType } = event
  const isOther = (protocolType !== null && protocolType !== group.protocolType) ||
    (protocolName !== null && protocolName !== group.protocolName)
  if (isOther) return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
  if (group.state === "PreparingRebalance") return ErrorCode.REBALANCE_IN_PROGRESS
  return ErrorCode.NONE
}

/** Whom the leader forgot gets nothing. */
const handOut = (t: Transition, assignments: SyncEvent["assignments"]): void => {
  const given = new Map(assignments.map(({ assignment, memberId }) => [memberId, assignment]))
  const members = new Map(t.group.members)
  t.set({ members })
  t.become("Stable")
  t.store()
  for (const member of members.values()) {
    const assignment = given.get(member.memberId) ?? Member.NO_BYTES
    members.set(member.memberId, { ...member, assignment, syncRequest: null })
    if (member.syncRequest === null) continue
    t.answerSync(member.syncRequest, assignment)
    t.armSession(member)
  }
}
