// What `mymq topics trim` does: deletes the records before a position, in all partitions or in some.
// A position beyond the end of a log is its end: nothing is deleted that is not there yet.
import * as Effect from "effect/Effect"
import * as Topic from "../../../domain/Topic.ts"
import { Admin } from "../../client/Admin.ts"
import { succeeded } from "../../client/admin/Outcomes.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as PartitionChoice from "../PartitionChoice.ts"
import type * as Position from "../Position.ts"
import * as PositionLookup from "../PositionLookup.ts"
import * as Refusal from "../Refusal.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly topic: string
  readonly before: Position.Position
  /** Empty for all. */
  readonly partitions: ReadonlyArray<number>
  readonly dryRun: boolean
  readonly json: boolean
}

const COLUMNS = [
  { name: "PARTITION", align: "right" },
  { name: "START WAS", align: "right" },
  { name: "START IS", align: "right" },
  { name: "END", align: "right" }
] as const

const DRY_COLUMNS = [
  COLUMNS[0],
  { name: "START IS", align: "right" },
  { name: "START WOULD BE", align: "right" },
  COLUMNS[3]
] as const

const trim = Effect.fnUntraced(function*(given: Given) {
  const { before, dryRun, json, topic } = given
  const admin = yield* Admin
  const named = Refusal.named("topic", topic)
  const partitions = yield* PartitionChoice.of(topic, given.partitions)
  const places = yield* named(PositionLookup.places(partitions, before))
  const wanted = places.filter(({ offset, start }) => offset > start)
  const outcomes = dryRun || wanted.length === 0
    ? new Map()
    : yield* named(
      admin.deleteRecords(wanted.map(({ offset, partition }) => ({
        topic,
        partition,
        before: offset
      })))
    )
  const done = succeeded<string, { readonly lowWatermark: number }>(outcomes)
  const rows = places.map(({ end, offset, partition, start }) => ({
    topic,
    partition,
    startOffsetBefore: start,
    startOffset: done.get(Topic.format(topic, partition))?.lowWatermark ??
      (dryRun ? offset : start),
    endOffset: end
  }))
  yield* json ? Output.document(rows) : Output.table(
    dryRun ? DRY_COLUMNS : COLUMNS,
    rows.map((row) => [row.partition, row.startOffsetBefore, row.startOffset, row.endOffset])
  )
  const { refused } = yield* Refusal.sorted("topic", outcomes)
  yield* Refusal.told(refused)
})

export const run = (given: Given) => Effect.provide(trim(given), ClusterAccess.layer(given.broker))
