// What `mymq topics ls` does: all topics, by name.
import * as Effect from "effect/Effect"
import { Admin } from "../../client/Admin.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly internal: boolean
  readonly json: boolean
}

const COLUMNS = [
  { name: "TOPIC" },
  { name: "PARTITIONS", align: "right" },
  { name: "REPLICAS", align: "right" }
] as const

const list = Effect.fnUntraced(function*({ internal, json }: Given) {
  const admin = yield* Admin
  const topics = (yield* admin.listTopics({ includeInternal: internal })).map((topic) => ({
    topic: topic.topic,
    topicId: topic.topicId,
    partitions: topic.partitions.length,
    replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
    isInternal: topic.isInternal
  }))
  if (json) return yield* Output.document(topics)
  yield* Output.table(
    COLUMNS,
    topics.map(({ partitions, replicationFactor, topic }) => [topic, partitions, replicationFactor])
  )
})

export const run = (given: Given) => Effect.provide(list(given), ClusterAccess.layer(given.broker))
