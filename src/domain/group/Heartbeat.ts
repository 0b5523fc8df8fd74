// Heartbeat: the member lives; its answer is how it learns of a rebalance.
import { ErrorCode } from "../ErrorCode.ts"
import type { HeartbeatEvent } from "./GroupEvent.ts"
import { identify, type Transition } from "./Transition.ts"

export const heartbeat = (t: Transition, event: HeartbeatEvent): void =>
  t.answerCode(event.requestId, outcome(t, event))

const outcome = (t: Transition, event: HeartbeatEvent): ErrorCode => {
  const { group } = t
  if (group.state === "Dead") return ErrorCode.COORDINATOR_NOT_AVAILABLE
  const unknown = identify(group, event)
  if (unknown !== ErrorCode.NONE) return unknown
  if (event.generationId !== group.generationId) return ErrorCode.ILLEGAL_GENERATION
  // A member that has not answered its join yet has the long time of newcomers.
  const member = group.members.get(event.memberId)!
  if (!member.isNew) t.armSession(member)
  return group.state === "PreparingRebalance" ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE
}
