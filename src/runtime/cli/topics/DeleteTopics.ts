// What `mymq topics delete` does: deletes topics with all that is in them.
import * as Effect from "effect/Effect"
import { Admin } from "../../client/Admin.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Refusal from "../Refusal.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly topics: ReadonlyArray<string>
  readonly json: boolean
}

const remove = Effect.fnUntraced(function*({ json, topics }: Given) {
  const admin = yield* Admin
  const { done, refused } = yield* Refusal.sorted("topic", yield* admin.deleteTopics(topics))
  if (json) {
    yield* Output.document([
      ...[...done.keys()].map((topic) => ({ topic, isDeleted: true })),
      ...refused.map(({ error, name }) => ({ topic: name, isDeleted: false, error }))
    ])
  } else {
    for (const topic of done.keys()) yield* Output.line(`deleted topic "${topic}"`)
  }
  yield* Refusal.told(refused)
})

export const run = (given: Given) =>
  Effect.provide(remove(given), ClusterAccess.layer(given.broker))
