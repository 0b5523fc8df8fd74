// From one generation to the next: the group is told to join again, waits for its members, chooses
// a protocol and a leader, and answers all joins together.
import { ErrorCode } from "../ErrorCode.ts"
import * as Group from "./Group.ts"
import type { JoinAnswer } from "./GroupAction.ts"
import * as Member from "./Member.ts"
import type { Transition } from "./Transition.ts"

/** Begins a rebalance, or goes on with the one that is going on. */
export const beginOrContinue = (t: Transition): void => {
  if (t.group.state === "PreparingRebalance") completeWhenAllJoined(t)
  else if (t.group.state !== "Dead") begin(t)
}

/** Everybody has to join again. */
export const begin = (t: Transition): void => {
  const { state } = t.group
  if (state === "CompletingRebalance") forgetAssignments(t)
  if (t.group.pendingSync.size > 0) t.set({ pendingSync: new Set() })
  if (state === "CompletingRebalance" || state === "Stable") t.cancel("sync")
  t.become("PreparingRebalance")
  const timeoutMs = Group.rebalanceTimeoutMs(t.group)
  if (state === "Empty") {
    const delayMs = t.limits.initialRebalanceDelayMs
    if (delayMs === 0) return complete(t)
    const remainingMs = Math.max(timeoutMs - delayMs, 0)
    t.set({ initialDelay: { remainingMs, hasNewMember: false } })
    t.arm("join", delayMs)
  } else {
    t.set({ initialDelay: null })
    t.arm("join", timeoutMs)
    completeWhenAllJoined(t)
  }
}

/** The first rebalance waits for its delay, whoever is there already. */
export const completeWhenAllJoined = (t: Transition): void => {
  const { group } = t
  const isReady = group.state === "PreparingRebalance" && group.initialDelay === null &&
    Group.hasAllJoined(group)
  if (isReady) complete(t)
}

/** The time to join is over, or the first rebalance's delay. */
export const joinExpired = (t: Transition): void => {
  const { group, limits } = t
  if (group.state !== "PreparingRebalance") return
  const delay = group.initialDelay
  if (delay === null || !delay.hasNewMember || delay.remainingMs === 0) return complete(t)
  const delayMs = Math.min(limits.initialRebalanceDelayMs, delay.remainingMs)
  const remainingMs = Math.max(delay.remainingMs - limits.initialRebalanceDelayMs, 0)
  t.set({ initialDelay: { remainingMs, hasNewMember: false } })
  t.arm("join", delayMs)
}

/** Who has not handed in or asked for its assignment in time is out. */
export const syncExpired = (t: Transition): void => {
  const { group } = t
  if (group.state !== "CompletingRebalance" && group.state !== "Stable") return
  const silent = [...group.pendingSync]
  if (silent.length === 0) return
  for (const memberId of silent) t.remove(memberId)
  begin(t)
}

/** Ends the joining: the next generation is who has joined, and absent static members. */
const complete = (t: Transition): void => {
  t.cancel("join")
  for (const member of t.group.members.values()) {
    const isAbsent = member.joinRequest === null && member.groupInstanceId === null
    if (isAbsent) t.remove(member.memberId)
  }
  const leader = t.group.leaderId === null ? undefined : t.group.members.get(t.group.leaderId)
  if (leader !== undefined && leader.joinRequest === null && !electOther(t)) {
    // Only absent static members are left: their sessions decide.
    t.set({ initialDelay: null })
    return t.arm("join", Group.rebalanceTimeoutMs(t.group))
  }
  t.set({ generationId: t.group.generationId + 1, initialDelay: null })
  if (t.group.members.size === 0) {
    t.set({ protocolName: null })
    t.become("Empty")
    return t.store()
  }
  t.set({ protocolName: Group.selectProtocol(t.group) })
  t.become("CompletingRebalance")
  answerAll(t)
}

const electOther = (t: Transition): boolean => {
  for (const { joinRequest, memberId } of t.group.members.values()) {
    if (joinRequest === null) continue
    t.set({ leaderId: memberId })
    return true
  }
  return false
}

const answerAll = (t: Transition): void => {
  const members = new Map(t.group.members)
  t.set({ members, pendingSync: new Set(members.keys()) })
  for (const member of t.group.members.values()) {
    if (member.joinRequest !== null) {
      t.answerJoin(member.joinRequest, answerFor(t.group, member.memberId))
    }
    members.set(member.memberId, { ...member, joinRequest: null, isNew: false })
    t.armSession(member)
  }
  t.arm("sync", Group.rebalanceTimeoutMs(t.group))
}

/** What a member is told of the generation; its leader also who the others are. */
export const answerFor = (group: Group.Group, memberId: string): JoinAnswer => ({
  errorCode: ErrorCode.NONE,
  generationId: group.generationId,
  protocolType: group.protocolType,
  protocolName: group.protocolName,
  leader: group.leaderId ?? "",
  skipAssignment: false,
  memberId,
  members: memberId === group.leaderId ? roster(group) : []
})

export const roster = (group: Group.Group): JoinAnswer["members"] =>
  [...group.members.values()].map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.groupInstanceId,
    metadata: Member.metadataOf(member, group.protocolName)
  }))

/** An assignment that was under way is void: who waits for it joins again. */
const forgetAssignments = (t: Transition): void => {
  const members = new Map(t.group.members)
  t.set({ members })
  for (const member of members.values()) {
    if (member.syncRequest !== null) {
      t.refuseSync(member.syncRequest, ErrorCode.REBALANCE_IN_PROGRESS)
      t.armSession(member)
    }
    members.set(member.memberId, { ...member, syncRequest: null, assignment: Member.NO_BYTES })
  }
}
