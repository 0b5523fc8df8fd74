// What `mymq groups describe` does: the state of groups, and their members with what they have.
import * as Effect from "effect/Effect"
import type { TopicPartition } from "../../../domain/Topic.ts"
import { Admin } from "../../client/Admin.ts"
import type { GroupDescription } from "../../client/admin/GroupDescriptions.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Refusal from "../Refusal.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly groups: ReadonlyArray<string>
  readonly json: boolean
}

const COLUMNS = [
  { name: "MEMBER" },
  { name: "INSTANCE" },
  { name: "CLIENT" },
  { name: "HOST" },
  { name: "HAS" }
] as const

const describe = Effect.fnUntraced(function*({ groups, json }: Given) {
  const admin = yield* Admin
  const { done, refused } = yield* Refusal.sorted("group", yield* admin.describeGroups(groups))
  if (json) {
    yield* Output.document([
      ...done.values(),
      ...refused.map(({ error, name }) => ({ groupId: name, error }))
    ])
  } else {
    for (const [i, group] of [...done.values()].entries()) {
      if (i > 0) yield* Output.line("")
      yield* show(group)
    }
  }
  yield* Refusal.told(refused)
})

const show = Effect.fnUntraced(function*(group: GroupDescription) {
  const { assignor, groupEpoch, groupId, members, state, type } = group
  yield* Output.line(`group     ${groupId}`)
  yield* Output.line(`state     ${state}`)
  yield* Output.line(`protocol  ${type}${groupEpoch < 0 ? "" : `, epoch ${groupEpoch}`}`)
  yield* Output.line(`assignor  ${assignor || "none"}`)
  yield* Output.line(`members   ${members.length}`)
  if (members.length === 0) return
  yield* Output.line("")
  yield* Output.table(
    COLUMNS,
    members.map(({ assignment, clientHost, clientId, groupInstanceId, memberId }) => [
      memberId,
      groupInstanceId ?? "",
      clientId,
      clientHost.replace(/^\//, ""),
      ranges(assignment) || "nothing"
    ])
  )
})

/** "orders 0-3,5; returns 1" */
export const ranges = (partitions: ReadonlyArray<TopicPartition>): string => {
  const byTopic = new Map<string, Array<number>>()
  for (const { partition, topic } of partitions) {
    byTopic.set(topic, [...byTopic.get(topic) ?? [], partition])
  }
  return [...byTopic].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([topic, numbers]) => `${topic} ${runs(numbers.sort((a, b) => a - b))}`)
    .join("; ")
}

const runs = (sorted: ReadonlyArray<number>): string => {
  const found: Array<{ readonly first: number; last: number }> = []
  for (const number of sorted) {
    const run = found.at(-1)
    if (run !== undefined && run.last === number - 1) run.last = number
    else found.push({ first: number, last: number })
  }
  return found.map(({ first, last }) => first === last ? `${first}` : `${first}-${last}`).join(",")
}

export const run = (given: Given) =>
  Effect.provide(describe(given), ClusterAccess.layer(given.broker))
