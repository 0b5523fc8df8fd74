// Heartbeat: keeps a member's session alive, and tells it of a rebalance.
// Versions: v1 throttle; v3 static members; v4 flexible
import * as Effect from "effect/Effect"
import { Heartbeat } from "../../../domain/protocol/Heartbeat.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import * as Handler from "../Handler.ts"

export const heartbeat = Handler.make(Heartbeat, {
  versions: "0-4",
  handle: Effect.fnUntraced(function*({ generationId, groupId, groupInstanceId, memberId }) {
    const coordinator = yield* GroupCoordinator
    const errorCode = yield* coordinator.heartbeat(groupId, {
      memberId,
      groupInstanceId,
      generationId
    })
    return { throttleTimeMs: 0, errorCode }
  })
})
