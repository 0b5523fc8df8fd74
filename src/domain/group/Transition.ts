// A group on its way from one value to the next, with the actions that this asks for: what the
// transitions of this room share. It lives for one event; nobody sees it before `Step` is done.
import { ErrorCode } from "../ErrorCode.ts"
import type { Group, GroupLimits, GroupState } from "./Group.ts"
import type { GroupAction, JoinAnswer, TimerKey } from "./GroupAction.ts"
import { sessionTimer } from "./GroupAction.ts"
import type { Identity, RequestId } from "./GroupEvent.ts"
import * as Member from "./Member.ts"

export class Transition {
  group: Group
  readonly actions: Array<GroupAction> = []
  readonly nowMs: number
  readonly limits: GroupLimits

  constructor(group: Group, nowMs: number, limits: GroupLimits) {
    this.group = group
    this.nowMs = nowMs
    this.limits = limits
  }

  set(change: Partial<Group>): void {
    this.group = { ...this.group, ...change }
  }

  become(state: GroupState): void {
    this.set({ state, stateTimestampMs: this.nowMs })
  }

  /** Adds a member, or replaces the one of the same id. */
  put(member: Member.Member): void {
    const { group } = this
    const members = new Map(group.members).set(member.memberId, member)
    const { groupInstanceId } = member
    const staticMembers = groupInstanceId === null
      ? group.staticMembers
      : new Map(group.staticMembers).set(groupInstanceId, member.memberId)
    this.set({ members, staticMembers, leaderId: group.leaderId ?? member.memberId })
  }

  /** Takes a member out and ends its waiting. */
  remove(memberId: string, errorCode: ErrorCode = ErrorCode.UNKNOWN_MEMBER_ID): void {
    const { group } = this
    const member = group.members.get(memberId)
    if (member === undefined) return
    const members = new Map(group.members)
    members.delete(memberId)
    const staticMembers = new Map(group.staticMembers)
    const { groupInstanceId } = member
    if (groupInstanceId !== null && staticMembers.get(groupInstanceId) === memberId) {
      staticMembers.delete(groupInstanceId)
    }
    const leaderId = group.leaderId === memberId
      ? members.keys().next().value ?? null
      : group.leaderId
    this.set({
      members,
      staticMembers,
      leaderId,
      pendingSync: without(group.pendingSync, memberId)
    })
    this.cancel(sessionTimer(memberId))
    this.refuseWaiting(member, errorCode)
  }

  /** Answers whatever the member waits for with an error. */
  refuseWaiting(member: Member.Member, errorCode: ErrorCode): void {
    if (member.joinRequest !== null) this.refuseJoin(member.joinRequest, errorCode)
    if (member.syncRequest !== null) this.refuseSync(member.syncRequest, errorCode)
  }

  dropPending(memberId: string): void {
    this.set({ pendingMembers: without(this.group.pendingMembers, memberId) })
  }

  arm(timer: TimerKey, delayMs: number): void {
    this.actions.push({ _tag: "ArmTimer", timer, delayMs })
  }

  /** The member has been heard of. */
  armSession({ memberId, sessionTimeoutMs }: Member.Member): void {
    this.arm(sessionTimer(memberId), sessionTimeoutMs)
  }

  cancel(timer: TimerKey): void {
    this.actions.push({ _tag: "CancelTimer", timer })
  }

  store(): void {
    this.actions.push({ _tag: "Store" })
  }

  answerJoin(requestId: RequestId, answer: JoinAnswer): void {
    this.actions.push({ _tag: "AnswerJoin", requestId, answer })
  }

  refuseJoin(requestId: RequestId, errorCode: ErrorCode, memberId = ""): void {
    this.answerJoin(requestId, {
      errorCode,
      generationId: -1,
      protocolType: null,
      protocolName: null,
      leader: "",
      skipAssignment: false,
      memberId,
      members: []
    })
  }

  answerSync(requestId: RequestId, assignment: Uint8Array): void {
    const { protocolName, protocolType } = this.group
    const answer = { errorCode: ErrorCode.NONE, protocolType, protocolName, assignment }
    this.actions.push({ _tag: "AnswerSync", requestId, answer })
  }

  refuseSync(requestId: RequestId, errorCode: ErrorCode): void {
    const answer = {
      errorCode,
      protocolType: null,
      protocolName: null,
      assignment: Member.NO_BYTES
    }
    this.actions.push({ _tag: "AnswerSync", requestId, answer })
  }

  answerCode(requestId: RequestId, errorCode: ErrorCode): void {
    this.actions.push({ _tag: "AnswerCode", requestId, errorCode })
  }
}

/** NONE when the sender is the member that it says it is. */
export const identify = (group: Group, { groupInstanceId, memberId }: Identity): ErrorCode => {
  if (groupInstanceId !== null) {
    const known = group.staticMembers.get(groupInstanceId)
    if (known === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    if (known !== memberId) return ErrorCode.FENCED_INSTANCE_ID
  }
  return group.members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID
}

export const without = (ids: ReadonlySet<string>, id: string): ReadonlySet<string> => {
  if (!ids.has(id)) return ids
  const rest = new Set(ids)
  rest.delete(id)
  return rest
}
