// OffsetCommit: whether who commits is one who may. The offsets themselves are not the group's
// affair; they are kept beside it.
import { ErrorCode } from "../ErrorCode.ts"
import type { Group } from "./Group.ts"
import type { CommitEvent } from "./GroupEvent.ts"
import { identify, type Transition } from "./Transition.ts"

export const offsetCommit = (t: Transition, event: CommitEvent): void => {
  const errorCode = refusalOf(t.group, event)
  const member = t.group.members.get(event.memberId)
  if (errorCode === ErrorCode.NONE && member !== undefined && !member.isNew) t.armSession(member)
  t.answerCode(event.requestId, errorCode)
}

const refusalOf = (group: Group, event: CommitEvent): ErrorCode => {
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
  const { generationId, groupInstanceId, memberId } = event
  if (generationId < 0 && group.state === "Empty") return ErrorCode.NONE
  // Without a generation and an identity it is nobody of this group, which is not empty.
  if (generationId < 0 && memberId === "" && groupInstanceId === null) {
    return ErrorCode.UNKNOWN_MEMBER_ID
  }
  const unknown = identify(group, event)
  if (unknown !== ErrorCode.NONE) return unknown
  if (generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  // The member knows the new generation, but not yet what is its own in it.
  return group.state === "CompletingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
}
