// DeleteGroups: removes groups that have no members, with all that they have committed.
// Behaviour: gone for good, also after a restart, when it is answered.
// Versions: v1 as v0; v2 flexible
import * as Effect from "effect/Effect"
import { DeleteGroups } from "../../../domain/protocol/DeleteGroups.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import * as Handler from "../Handler.ts"

export const deleteGroups = Handler.make(DeleteGroups, {
  versions: "0-2",
  handle: Effect.fnUntraced(function*({ groupsNames }) {
    const coordinator = yield* GroupCoordinator
    const results = yield* Effect.forEach(
      groupsNames,
      (groupId) => Effect.map(coordinator.remove(groupId), (errorCode) => ({ groupId, errorCode })),
      { concurrency: "unbounded" }
    )
    return { throttleTimeMs: 0, results }
  })
})
