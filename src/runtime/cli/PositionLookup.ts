// What a position means in partitions: an offset in each, never outside of what the log holds. A time
// after the last record is the end.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Topic from "../../domain/Topic.ts"
import { Admin } from "../client/Admin.ts"
import type { OffsetSpec } from "../client/admin/Offsets.ts"
import type { InPartition } from "../client/admin/Routes.ts"
import type { ClientError } from "../client/ClientError.ts"
import * as Position from "./Position.ts"

export interface Place extends InPartition {
  /** Where the log begins and ends. */
  readonly start: number
  readonly end: number
  /** Where the position is. */
  readonly offset: number
}

/** In the order given. */
export const places = Effect.fnUntraced(function*(
  partitions: ReadonlyArray<InPartition>,
  position: Position.Position
): Effect.fn.Return<ReadonlyArray<Place>, ClientError, Admin> {
  const admin = yield* Admin
  const list = (at: OffsetSpec) =>
    Admin.orFail(
      admin.listOffsets(partitions.map(({ partition, topic }) => ({ topic, partition, at })))
    )
  const timeMs = Position.timeOf(position, yield* Clock.currentTimeMillis)
  const [starts, ends, times] = yield* Effect.all([
    list("earliest"),
    list("latest"),
    timeMs === undefined ? Effect.succeed(undefined) : list({ timeMs })
  ], { concurrency: "unbounded" })
  return partitions.map(({ partition, topic }) => {
    const key = Topic.format(topic, partition)
    const start = starts.get(key)!.offset
    const end = ends.get(key)!.offset
    const found = times?.get(key)!.offset ?? -1
    const offset = offsetOf(position, start, end, found)
    return { topic, partition, start, end, offset: Math.min(end, Math.max(start, offset)) }
  })
})

const offsetOf = (
  position: Position.Position,
  start: number,
  end: number,
  atTime: number
): number => {
  switch (position._tag) {
    case "Start":
      return start
    case "End":
      return end
    case "Last":
      return end - position.records
    case "Offset":
      return position.offset
    default:
      return atTime < 0 ? end : atTime
  }
}
