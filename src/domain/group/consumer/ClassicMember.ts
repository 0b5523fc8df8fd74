// A member of the classic protocol inside a consumer group: who it says that it is, and whether it has to
// join again, which is the only way in which it can be told that its assignment has changed.
import { ErrorCode } from "../../ErrorCode.ts"
import type { Identity } from "../GroupEvent.ts"
import * as ConsumerGroup from "./ConsumerGroup.ts"
import type { ClassicMetadata, ConsumerMember } from "./ConsumerMember.ts"
import type { ConsumerTransition } from "./ConsumerTransition.ts"

export type ClassicMember = ConsumerMember & { readonly classic: ClassicMetadata }

export const isClassic = (member: ConsumerMember): member is ClassicMember =>
  member.classic !== null

/** The member of either protocol, or why there is none of that name. */
export const find = (
  { members, staticMembers }: ConsumerGroup.ConsumerGroup,
  { groupInstanceId, memberId }: Identity
): ConsumerMember | ErrorCode => {
  if (groupInstanceId !== null) {
    const known = staticMembers.get(groupInstanceId)
    if (known === undefined) return ErrorCode.UNKNOWN_MEMBER_ID
    if (known !== memberId) return ErrorCode.FENCED_INSTANCE_ID
  }
  return members.get(memberId) ?? ErrorCode.UNKNOWN_MEMBER_ID
}

/** The member, or why the sender is none that speaks the classic protocol. */
export const identify = (
  group: ConsumerGroup.ConsumerGroup,
  who: Identity
): ClassicMember | ErrorCode => {
  const member = find(group, who)
  if (typeof member === "number") return member
  return isClassic(member) ? member : ErrorCode.UNKNOWN_MEMBER_ID
}

/** Likewise, of the generation that it names. */
export const identifyInGeneration = (
  group: ConsumerGroup.ConsumerGroup,
  who: Identity & { readonly generationId: number }
): ClassicMember | ErrorCode => {
  const member = identify(group, who)
  if (typeof member === "number") return member
  return member.memberEpoch === who.generationId ? member : ErrorCode.ILLEGAL_GENERATION
}

/** The group has moved on, and the member does not follow yet. */
export const isBehind = (group: ConsumerGroup.ConsumerGroup, member: ConsumerMember): boolean =>
  member.memberEpoch < group.groupEpoch

/** Something is there to be fetched, or to be given up, by joining again. */
export const hasToJoin = (group: ConsumerGroup.ConsumerGroup, member: ConsumerMember): boolean =>
  isBehind(group, member) || member.state === "unrevoked" ||
  (member.state === "unreleased" && !isWaiting(group, member))

/** Whether others still have something of what the member is to get. */
const isWaiting = (group: ConsumerGroup.ConsumerGroup, member: ConsumerMember): boolean => {
  const isHeldByOther = ConsumerGroup.isHeldByOther(group, member.memberId)
  for (const [topicId, partitions] of group.target.get(member.memberId) ?? []) {
    for (const partition of partitions) if (isHeldByOther(topicId, partition)) return true
  }
  return false
}

/** It is told to join again, and has the time of a rebalance for it from the first word on. */
export const callToJoin = (t: ConsumerTransition, member: ConsumerMember): void =>
  t.keep(`join/${member.memberId}`, member.rebalanceTimeoutMs)
