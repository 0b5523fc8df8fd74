// Records that are to go: a partition's log is made to begin later, by its leader.
import type * as Effect from "effect/Effect"
import type { Offset } from "../../../domain/Offset.ts"
import { DeleteRecords } from "../../../domain/protocol/DeleteRecords.ts"
import * as Topic from "../../../domain/Topic.ts"
import type { ClientError } from "../ClientError.ts"
import { isAgainAtLeader } from "./Offsets.ts"
import { answersOf, type Outcomes, told } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import { byTopic, type InPartition, type Routes } from "./Routes.ts"

export interface RecordsBefore extends InPartition {
  /** The first offset to keep; "end" keeps none of what is there now. */
  readonly before: Offset | "end"
}

export interface DeletedRecords extends InPartition {
  /** Where the log begins now: the smallest of all replicas. */
  readonly lowWatermark: Offset
}

export interface Records {
  /** Outcomes go by `Topic.format`: "orders-0". There is no way back. */
  readonly deleteRecords: (
    records: ReadonlyArray<RecordsBefore>,
    options?: CallOptions
  ) => Effect.Effect<Outcomes<string, DeletedRecords>, ClientError>
}

const HIGH_WATERMARK = -1

export const make = (routes: Routes): Records => ({
  deleteRecords: (records, options) =>
    routes.run(
      {
        name: DeleteRecords.name,
        keyOf: ({ partition, topic }: RecordsBefore) => Topic.format(topic, partition),
        route: routes.toLeaders,
        ask: (connection, items, timeoutMs) =>
          answersOf(
            connection.request(DeleteRecords, {
              topics: byTopic(items, ({ before, partition }) => ({
                partitionIndex: partition,
                offset: before === "end" ? HIGH_WATERMARK : before
              })),
              timeoutMs
            }),
            ({ topics }) =>
              topics.flatMap(({ name, partitions }) =>
                partitions.map(({ errorCode, lowWatermark, partitionIndex }) => {
                  const key = Topic.format(name, partitionIndex)
                  const outcome = told(`DeleteRecords of ${key}`, errorCode, null, () => ({
                    topic: name,
                    partition: partitionIndex,
                    lowWatermark
                  }))
                  return [key, outcome] as const
                })
              )
          ),
        // "end" is another place later: records that came meanwhile would go with a second request.
        isRepeatable: records.every(({ before }) => before !== "end"),
        isAgain: isAgainAtLeader
      },
      records,
      options
    )
})
