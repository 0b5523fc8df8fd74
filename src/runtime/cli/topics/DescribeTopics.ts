// What `mymq topics describe` does: partitions with their leaders and offsets, and the settings that are
// the topic's own.
import * as Effect from "effect/Effect"
import * as Topic from "../../../domain/Topic.ts"
import { Admin } from "../../client/Admin.ts"
import * as ConfigResource from "../../client/admin/ConfigResource.ts"
import { succeeded } from "../../client/admin/Outcomes.ts"
import type { PartitionDescription, TopicDescription } from "../../client/admin/Topics.ts"
import type * as BrokerFlags from "../BrokerFlags.ts"
import * as ClusterAccess from "../ClusterAccess.ts"
import * as Output from "../Output.ts"
import * as Refusal from "../Refusal.ts"

export interface Given {
  readonly broker: BrokerFlags.Given
  readonly topics: ReadonlyArray<string>
  readonly json: boolean
}

interface Described {
  readonly topic: string
  readonly topicId: string
  readonly isInternal: boolean
  readonly configs: Readonly<Record<string, string | null>>
  readonly partitions: ReadonlyArray<
    PartitionDescription & {
      /** Undefined while nobody leads the partition. */
      readonly startOffset: number | undefined
      readonly endOffset: number | undefined
    }
  >
}

const COLUMNS = [
  { name: "PARTITION", align: "right" },
  { name: "LEADER", align: "right" },
  { name: "REPLICAS" },
  { name: "IN SYNC" },
  { name: "START", align: "right" },
  { name: "END", align: "right" },
  { name: "OFFSETS", align: "right" }
] as const

/** A partition without a leader is not waited for. */
const OFFSETS_TIMEOUT_MS = 3000

const describe = Effect.fnUntraced(function*({ json, topics }: Given) {
  const admin = yield* Admin
  const { done, refused } = yield* Refusal.sorted("topic", yield* admin.describeTopics(topics))
  const described = yield* Effect.forEach(done.values(), whole)
  if (json) {
    yield* Output.document([
      ...described,
      ...refused.map(({ error, name }) => ({ topic: name, error }))
    ])
  } else {
    for (const [i, topic] of described.entries()) {
      if (i > 0) yield* Output.line("")
      yield* show(topic)
    }
  }
  yield* Refusal.told(refused)
})

const whole = Effect.fnUntraced(
  function*({ isInternal, partitions, topic, topicId }: TopicDescription) {
    const admin = yield* Admin
    const list = (at: "earliest" | "latest") =>
      Effect.map(
        admin.listOffsets(
          partitions.map(({ partition }) => ({ topic, partition, at })),
          { timeoutMs: OFFSETS_TIMEOUT_MS }
        ),
        succeeded
      )
    const resource = ConfigResource.topic(topic)
    const [configs, starts, ends] = yield* Effect.all([
      Refusal.named("topic", topic)(Admin.onlyOne(admin.describeConfigs([resource]))),
      list("earliest"),
      list("latest")
    ], { concurrency: "unbounded" })
    const own = [...configs.values()].filter(({ source }) => source === "topic")
    const described: Described = {
      topic,
      topicId,
      isInternal,
      configs: Object.fromEntries(own.map(({ name, value }) => [name, value])),
      partitions: partitions.map((partition) => {
        const key = Topic.format(topic, partition.partition)
        return {
          ...partition,
          startOffset: starts.get(key)?.offset,
          endOffset: ends.get(key)?.offset
        }
      })
    }
    return described
  }
)

const show = Effect.fnUntraced(function*({ configs, partitions, topic, topicId }: Described) {
  yield* Output.line(`topic    ${topic}`)
  yield* Output.line(`id       ${topicId}`)
  const own = Object.entries(configs).map(([name, value]) => `${name}=${value ?? "(secret)"}`)
  yield* Output.line(`configs  ${own.length === 0 ? "all by default" : own.join(" ")}`)
  yield* Output.line("")
  yield* Output.table(
    COLUMNS,
    partitions.map(({ endOffset, inSyncReplicas, leaderId, partition, replicas, startOffset }) => [
      partition,
      leaderId < 0 ? "none" : leaderId,
      replicas.join(","),
      inSyncReplicas.join(","),
      startOffset ?? "?",
      endOffset ?? "?",
      startOffset === undefined || endOffset === undefined ? "?" : endOffset - startOffset
    ])
  )
})

export const run = (given: Given) =>
  Effect.provide(describe(given), ClusterAccess.layer(given.broker))
