// LeaveGroup: members go at once instead of when their sessions end.
// Behaviour: it does not wait for a join of the same connection, which ends with it.
// Versions: v1 throttle; v3 many members, static ones by their instance id; v4 flexible; v5 reason
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import type { Identity } from "../../../domain/group/GroupEvent.ts"
import { LeaveGroup } from "../../../domain/protocol/LeaveGroup.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import * as GroupAnswer from "../GroupAnswer.ts"
import * as Handler from "../Handler.ts"

const MANY_MEMBERS_FROM = 3

export const leaveGroup = Handler.staged(LeaveGroup, {
  versions: "0-5",
  dispatch: Effect.fnUntraced(function*(request, { apiVersion }) {
    const coordinator = yield* GroupCoordinator
    const isMany = apiVersion >= MANY_MEMBERS_FROM
    const members = isMany
      ? request.members.map(({ groupInstanceId, memberId }) => ({ groupInstanceId, memberId }))
      : [{ memberId: request.memberId, groupInstanceId: null }]
    const leave = coordinator.leave(request.groupId, { members })
    return yield* GroupAnswer.begun(Effect.map(leave, (left) => {
      // Who is in no group is told so as one who is not in this group.
      if (isMany && left.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) return strangers(members)
      const only = isMany ? undefined : left.members[0]?.errorCode
      return {
        throttleTimeMs: 0,
        errorCode: left.errorCode === ErrorCode.NONE ? only ?? ErrorCode.NONE : left.errorCode,
        members: isMany ? left.members : []
      }
    }))
  })
})

const strangers = (members: ReadonlyArray<Identity>) => ({
  throttleTimeMs: 0,
  errorCode: ErrorCode.NONE,
  members: members.map((member) => ({ ...member, errorCode: ErrorCode.UNKNOWN_MEMBER_ID }))
})
