// ListGroups: all groups, or those in some states or of some types; filters ignore case, as Kafka's.
// Versions: v1 throttle; v3 flexible; v4 states; v5 types
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ListGroups } from "../../../domain/protocol/ListGroups.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import * as Handler from "../Handler.ts"

export const listGroups = Handler.make(ListGroups, {
  versions: "0-5",
  handle: Effect.fnUntraced(function*({ statesFilter, typesFilter }) {
    const coordinator = yield* GroupCoordinator
    const states = new Set(statesFilter.map((state) => state.toLowerCase()))
    const types = new Set(typesFilter.map((type) => type.toLowerCase()))
    const all = Array.from(coordinator.groups(), (entry) => ({
      groupId: entry.groupId,
      protocolType: entry.protocolType ?? "",
      groupState: entry.state,
      groupType: entry.consumer === undefined ? "classic" : "consumer"
    }))
    const groups = all
      .filter(({ groupState }) => states.size === 0 || states.has(groupState.toLowerCase()))
      .filter(({ groupType }) => types.size === 0 || types.has(groupType.toLowerCase()))
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, groups }
  })
})
