// SyncGroup: the leader hands in the assignments, every member gets its own.
// Behaviour: the assignments are durable before they are given out.
// Versions: v1 throttle; v3 static members; v4 flexible; v5 protocol type and name are compared
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { REFUSED_SYNC } from "../../../domain/group/GroupAction.ts"
import { SyncGroup } from "../../../domain/protocol/SyncGroup.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import * as GroupAnswer from "../GroupAnswer.ts"
import * as Handler from "../Handler.ts"

export const syncGroup = Handler.staged(SyncGroup, {
  versions: "0-5",
  dispatch: Effect.fnUntraced(function*(request, context) {
    const coordinator = yield* GroupCoordinator
    const synced = coordinator.sync(request.groupId, {
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generationId: request.generationId,
      protocolType: request.protocolType,
      protocolName: request.protocolName,
      assignments: request.assignments.map(({ assignment, memberId }) => ({
        memberId,
        assignment: Buffer.from(assignment) // Kept for longer than the request's bytes.
      }))
    })
    const gone = { ...REFUSED_SYNC, errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE }
    return yield* GroupAnswer.outcome(synced, gone, context, (answer) => ({
      throttleTimeMs: 0,
      ...answer
    }))
  })
})
