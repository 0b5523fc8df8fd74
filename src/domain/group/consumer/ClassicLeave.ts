// LeaveGroup in a consumer group. Members of the classic protocol send it for themselves; an administrator
// sends it for members of either one, who learn from their next request that they are out.
// Facts are those of Kafka's GroupMetadataManager.classicGroupLeaveToConsumerGroup.
import { ErrorCode } from "../../ErrorCode.ts"
import type { Identity, LeaveEvent } from "../GroupEvent.ts"
import * as ClassicMember from "./ClassicMember.ts"
import type { ConsumerTransition } from "./ConsumerTransition.ts"

export const classicLeave = (t: ConsumerTransition, { members, requestId }: LeaveEvent): void => {
  const before = t.group.members.size
  const left = members.map((identity) => ({ ...identity, errorCode: remove(t, identity) }))
  if (t.group.members.size < before) t.refresh(true)
  t.answerLeave(requestId, { errorCode: ErrorCode.NONE, members: left })
}

/** An administrator may name a static member by its instance id alone. */
const remove = (t: ConsumerTransition, { groupInstanceId, memberId }: Identity): ErrorCode => {
  const holder = groupInstanceId === null ? undefined : t.group.staticMembers.get(groupInstanceId)
  const member = ClassicMember.find(t.group, {
    groupInstanceId,
    memberId: memberId === "" ? holder ?? "" : memberId
  })
  if (typeof member === "number") return member
  t.remove(member.memberId)
  return ErrorCode.NONE
}
