// JoinGroup: a member comes, comes back, or says that its subscription has changed.
// Facts are those of Kafka's GroupMetadataManager.classicGroupJoin.
import { ErrorCode } from "../ErrorCode.ts"
import * as Group from "./Group.ts"
import { sessionTimer } from "./GroupAction.ts"
import type { JoinEvent } from "./GroupEvent.ts"
import * as Member from "./Member.ts"
import * as Rebalance from "./Rebalance.ts"
import { identify, type Transition } from "./Transition.ts"

export const join = (t: Transition, event: JoinEvent): void => {
  const refusal = refusalOf(t, event)
  if (refusal === ErrorCode.NONE) {
    return event.memberId === ""
      ? newMember(t, event)
      : known(t, event)
  }
  if (refusal === ErrorCode.GROUP_MAX_SIZE_REACHED) t.remove(event.memberId, refusal)
  t.refuseJoin(event.requestId, refusal, event.memberId)
}

const refusalOf = ({ group, limits }: Transition, event: JoinEvent): ErrorCode => {
  const { sessionTimeoutMs } = event
  if (
    sessionTimeoutMs < limits.minSessionTimeoutMs || sessionTimeoutMs > limits.maxSessionTimeoutMs
  ) return ErrorCode.INVALID_SESSION_TIMEOUT
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
  if (!hasRoom(group, event.memberId, limits.maxSize)) return ErrorCode.GROUP_MAX_SIZE_REACHED
  if (!Group.supports(group, event.protocolType, event.protocols)) {
    return ErrorCode.INCONSISTENT_GROUP_PROTOCOL
  }
  return event.memberId === "" || group.pendingMembers.has(event.memberId)
    ? ErrorCode.NONE
    : identify(group, event)
}

/** While a rebalance gathers, places go to those who joined in it, old members or not. */
const hasRoom = (group: Group.Group, memberId: string, maxSize: number): boolean => {
  const member = group.members.get(memberId)
  if (group.state === "PreparingRebalance") {
    return (member !== undefined && member.joinRequest !== null) || Group.joining(group) < maxSize
  }
  return group.state === "Empty" || member !== undefined || group.members.size < maxSize
}

const newMember = (t: Transition, event: JoinEvent): void => {
  const { groupInstanceId, newMemberId } = event
  if (groupInstanceId !== null) {
    const oldMemberId = t.group.staticMembers.get(groupInstanceId)
    return oldMemberId === undefined ? add(t, event, newMemberId) : replace(t, event, oldMemberId)
  }
  if (!event.requiresKnownMemberId) return add(t, event, newMemberId)
  t.set({ pendingMembers: new Set(t.group.pendingMembers).add(newMemberId) })
  t.arm(sessionTimer(newMemberId), event.sessionTimeoutMs)
  t.refuseJoin(event.requestId, ErrorCode.MEMBER_ID_REQUIRED, newMemberId)
}

const add = (t: Transition, event: JoinEvent, memberId: string): void => {
  if (t.group.members.size === 0) t.set({ protocolType: event.protocolType })
  if (t.group.initialDelay !== null) {
    t.set({ initialDelay: { ...t.group.initialDelay, hasNewMember: true } })
  }
  t.dropPending(memberId)
  t.put({ ...joined(event, memberId), assignment: Member.NO_BYTES, isNew: true, syncRequest: null })
  t.arm(sessionTimer(memberId), t.limits.newMemberJoinTimeoutMs)
  Rebalance.beginOrContinue(t)
}

const joined = (event: JoinEvent, memberId: string) => ({
  memberId,
  groupInstanceId: event.groupInstanceId,
  clientId: event.clientId,
  clientHost: event.clientHost,
  rebalanceTimeoutMs: event.rebalanceTimeoutMs,
  sessionTimeoutMs: event.sessionTimeoutMs,
  protocols: event.protocols,
  joinRequest: event.requestId
})

const known = (t: Transition, event: JoinEvent): void => {
  const { group } = t
  const { memberId } = event
  if (group.pendingMembers.has(memberId)) return add(t, event, memberId)
  const member = group.members.get(memberId)!
  const isUnchanged = Member.hasProtocols(member, event.protocols)
  // Its answer was lost: it is told once more.
  const isRepeat = isUnchanged && group.state === "CompletingRebalance"
  // Followers that ask again have nothing new to say; a leader's asking is how it calls for another
  // assignment.
  const isIdle = isUnchanged && group.state === "Stable" && memberId !== group.leaderId
  if (isRepeat || isIdle) {
    t.armSession(member)
    return t.answerJoin(event.requestId, Rebalance.answerFor(group, memberId))
  }
  update(t, event, member)
  Rebalance.beginOrContinue(t)
}

/** The member waits with what it says now; a request that it waited with before is given up. */
const update = (t: Transition, event: JoinEvent, member: Member.Member): void => {
  if (member.joinRequest !== null) {
    t.refuseJoin(member.joinRequest, ErrorCode.REBALANCE_IN_PROGRESS, member.memberId)
  }
  t.put({ ...member, ...joined(event, member.memberId) })
}

/** A static member is back under a new id, or somebody takes its place: the old id is fenced. */
const replace = (t: Transition, event: JoinEvent, oldMemberId: string): void => {
  const before = t.group
  const old = before.members.get(oldMemberId)!
  const wasLeader = before.leaderId === oldMemberId
  const member = exchange(t, event, old)
  if (before.state !== "Stable") return Rebalance.beginOrContinue(t)
  if (Group.selectProtocol(t.group) !== before.protocolName) return Rebalance.begin(t)
  t.put({ ...member, joinRequest: null })
  t.armSession(member)
  const skips = event.supportsSkippingAssignment
  t.answerJoin(event.requestId, {
    ...Rebalance.answerFor(t.group, member.memberId),
    // Before v9 a leader that returns must not take itself for one, or it would assign anew.
    leader: wasLeader && !skips ? oldMemberId : t.group.leaderId ?? "",
    members: wasLeader && skips ? Rebalance.roster(t.group) : [],
    skipAssignment: wasLeader && skips
  })
  t.store()
}

const exchange = (t: Transition, event: JoinEvent, old: Member.Member): Member.Member => {
  const member = {
    ...joined(event, event.newMemberId),
    assignment: old.assignment,
    isNew: false,
    syncRequest: null
  }
  const { group } = t
  // In the old one's place, so that the order of members, which assignors see, stays.
  const members = new Map(
    [...group.members].map(([id, other]) =>
      id === old.memberId ? [member.memberId, member] as const : [id, other] as const
    )
  )
  const pendingSync = new Set(
    [...group.pendingSync].map((id) => id === old.memberId ? member.memberId : id)
  )
  const leaderId = group.leaderId === old.memberId ? member.memberId : group.leaderId
  const staticMembers = new Map(group.staticMembers).set(event.groupInstanceId!, member.memberId)
  t.set({ members, pendingSync, leaderId, staticMembers })
  t.cancel(sessionTimer(old.memberId))
  t.refuseWaiting(old, ErrorCode.FENCED_INSTANCE_ID)
  t.armSession(member)
  return member
}
