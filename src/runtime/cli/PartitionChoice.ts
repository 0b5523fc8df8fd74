// The partitions of a topic that a command is about: all, or those that were named, which must be there.
import * as Effect from "effect/Effect"
import type { TopicPartition } from "../../domain/Topic.ts"
import { Admin } from "../client/Admin.ts"
import * as Quantity from "./Quantity.ts"
import * as Refusal from "./Refusal.ts"

/** `chosen`: empty for all. */
export const of = Effect.fnUntraced(function*(
  topic: string,
  chosen: ReadonlyArray<number>
): Effect.fn.Return<ReadonlyArray<TopicPartition>, Refusal.Refusal, Admin> {
  const admin = yield* Admin
  const { partitions } = yield* Refusal.named("topic", topic)(
    Admin.onlyOne(admin.describeTopics([topic]))
  )
  const count = partitions.length
  const missing = chosen.find((partition) => partition >= count)
  if (missing !== undefined) {
    const has = Quantity.count(count, "partition")
    const detail = `topic "${topic}" has ${has}, from 0 on, and no ${missing}`
    return yield* new Refusal.Refusal({ detail })
  }
  const all = partitions.map(({ partition }) => ({ topic, partition }))
  return chosen.length === 0 ? all : all.filter(({ partition }) => chosen.includes(partition))
})
