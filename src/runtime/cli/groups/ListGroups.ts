// What `mymq groups ls` does: the groups of all brokers, by their ids.
import * as Effect from "effect/Effect"
import { Admin } from "../../client/Admin.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly states: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
  readonly json: boolean
}

const COLUMNS = [
  { name: "GROUP" },
  { name: "STATE" },
  { name: "TYPE" },
  { name: "PROTOCOL" },
  { name: "COORDINATOR", align: "right" }
] as const

const list = Effect.fnUntraced(function*({ json, states, types }: Given) {
  const admin = yield* Admin
  const groups = yield* admin.listGroups({ states, types })
  if (json) return yield* Output.document(groups)
  yield* Output.table(
    COLUMNS,
    groups.map(({ coordinatorId, groupId, protocolType, state, type }) => [
      groupId,
      state,
      type,
      protocolType || "none",
      coordinatorId
    ])
  )
})

export const run = (given: Given) => Effect.provide(list(given), ClusterAccess.layer(given.broker))
