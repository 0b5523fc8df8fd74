// A member's session has ended: nothing was heard of it for its session timeout.
import * as Rebalance from "./Rebalance.ts"
import type { Transition } from "./Transition.ts"

export const sessionExpired = (t: Transition, memberId: string): void => {
  const { group } = t
  if (group.pendingMembers.has(memberId)) {
    t.dropPending(memberId)
    return Rebalance.completeWhenAllJoined(t)
  }
  const member = group.members.get(memberId)
  if (member === undefined) return
  // Who waits for an answer is not silent; its session begins anew with the answer. A newcomer's
  // timer is another one: it bounds the waiting itself, since its client may be gone.
  const isWaiting = member.joinRequest !== null || member.syncRequest !== null
  if (isWaiting && !member.isNew) return
  t.remove(memberId)
  Rebalance.beginOrContinue(t)
}
