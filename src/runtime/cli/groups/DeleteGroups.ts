// What `mymq groups delete` does: forgets groups that have no members, and all that they have committed.
import * as Effect from "effect/Effect"
import { Admin } from "../../client/Admin.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Refusal from "../Refusal.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly groups: ReadonlyArray<string>
  readonly json: boolean
}

const remove = Effect.fnUntraced(function*({ groups, json }: Given) {
  const admin = yield* Admin
  const { done, refused } = yield* Refusal.sorted("group", yield* admin.deleteGroups(groups))
  if (json) {
    yield* Output.document([
      ...[...done.keys()].map((groupId) => ({ groupId, isDeleted: true })),
      ...refused.map(({ error, name }) => ({ groupId: name, isDeleted: false, error }))
    ])
  } else {
    for (const group of done.keys()) yield* Output.line(`deleted group "${group}"`)
  }
  yield* Refusal.told(refused)
})

export const run = (given: Given) =>
  Effect.provide(remove(given), ClusterAccess.layer(given.broker))
