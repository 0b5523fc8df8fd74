// What `mymq groups reset` does: moves what a group has committed. The group must have no members, which
// would not hear of it. A group that is not there yet begins where it is told to.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Topic from "../../../domain/Topic.ts"
import { Admin } from "../../client/Admin.ts"
import { succeeded } from "../../client/admin/Outcomes.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as PartitionChoice from "../PartitionChoice.ts"
import type * as Position from "../Position.ts"
import * as PositionLookup from "../PositionLookup.ts"
import * as Quantity from "../Quantity.ts"
import * as Refusal from "../Refusal.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly group: string
  readonly topics: ReadonlyArray<string>
  /** Empty for all. */
  readonly partitions: ReadonlyArray<number>
  readonly to: Position.Position
  readonly dryRun: boolean
  readonly json: boolean
}

const COLUMNS = [
  { name: "TOPIC" },
  { name: "PARTITION", align: "right" },
  { name: "FROM", align: "right" },
  { name: "TO", align: "right" }
] as const

const reset = Effect.fnUntraced(function*(given: Given) {
  const { dryRun, group, json, to, topics } = given
  const admin = yield* Admin
  const named = Refusal.named("group", group)
  yield* nobodyIsIn(group)
  const chosen = yield* Effect.forEach(
    topics,
    (topic) => PartitionChoice.of(topic, given.partitions),
    { concurrency: "unbounded" }
  )
  const partitions = chosen.flat()
  const places = yield* named(PositionLookup.places(partitions, to))
  const before = succeeded(yield* named(admin.listGroupOffsets(group, { partitions })))
  if (!dryRun) {
    const moved = yield* named(admin.alterGroupOffsets(
      group,
      places.map(({ offset, partition, topic }) => ({ topic, partition, offset }))
    ))
    yield* named(Admin.orFail(Effect.succeed(moved)))
  }
  const rows = places.map(({ offset, partition, topic }) => ({
    topic,
    partition,
    from: before.get(Topic.format(topic, partition))?.offset ?? null,
    to: offset
  }))
  if (json) return yield* Output.document({ groupId: group, isReset: !dryRun, offsets: rows })
  yield* Output.table(
    COLUMNS,
    rows.map(({ from, partition, to, topic }) => [topic, partition, from ?? "none", to])
  )
  if (dryRun) yield* Output.line("\nnothing was done: --dry-run")
})

const nobodyIsIn = Effect.fnUntraced(function*(group: string) {
  const admin = yield* Admin
  const described = yield* Refusal.named("group", group)(admin.describeGroups([group]))
  const outcome = described.get(group)!
  if (Result.isFailure(outcome)) {
    if (outcome.failure.errorCode === ErrorCode.GROUP_ID_NOT_FOUND) return
    return yield* new Refusal.Refusal({
      detail: Refusal.sentence("group", group, outcome.failure)
    })
  }
  const { length } = outcome.success.members
  if (length === 0) return
  const detail = `group "${group}" has ${Quantity.count(length, "member")}: ` +
    "stop them first, or they go on where they are"
  return yield* new Refusal.Refusal({ detail })
})

export const run = (given: Given) => Effect.provide(reset(given), ClusterAccess.layer(given.broker))
