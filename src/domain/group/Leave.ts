// LeaveGroup: members go, and the others need not wait for their sessions to end. Static members
// leave only when they are told to, by an administrator; a client of theirs that stops says nothing.
import { ErrorCode } from "../ErrorCode.ts"
import { sessionTimer } from "./GroupAction.ts"
import type { Identity, LeaveEvent } from "./GroupEvent.ts"
import * as Rebalance from "./Rebalance.ts"
import { identify, type Transition } from "./Transition.ts"

export const leave = (t: Transition, { members, requestId }: LeaveEvent): void => {
  if (t.group.state === "Dead") {
    return answer(t, requestId, ErrorCode.COORDINATOR_NOT_AVAILABLE, [])
  }
  const before = t.group.members
  const left = members.map((identity) => ({ ...identity, errorCode: remove(t, identity) }))
  answer(t, requestId, ErrorCode.NONE, left)
  if (t.group.members !== before) Rebalance.beginOrContinue(t)
  else Rebalance.completeWhenAllJoined(t)
}

const answer = (
  t: Transition,
  requestId: number,
  errorCode: ErrorCode,
  members: ReadonlyArray<Identity & { readonly errorCode: ErrorCode }>
): void => {
  t.actions.push({ _tag: "AnswerLeave", requestId, answer: { errorCode, members } })
}

const remove = (t: Transition, identity: Identity): ErrorCode => {
  const { groupInstanceId, memberId } = identity
  const { group } = t
  if (memberId === "" && groupInstanceId !== null) {
    const member = group.staticMembers.get(groupInstanceId)
    if (member === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    t.remove(member)
    return ErrorCode.NONE
  }
  if (group.pendingMembers.has(memberId)) {
    t.dropPending(memberId)
    t.cancel(sessionTimer(memberId))
    return ErrorCode.NONE
  }
  const unknown = identify(group, identity)
  if (unknown === ErrorCode.NONE) t.remove(memberId)
  return unknown
}
