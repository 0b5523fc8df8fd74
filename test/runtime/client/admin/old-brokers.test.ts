// What older brokers do not serve is done in another way, or refused in a sentence.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { AlterConfigs } from "../../../../src/domain/protocol/AlterConfigs.ts"
import type { DescribeConfigs } from "../../../../src/domain/protocol/DescribeConfigs.ts"
import type {
  DescribeTopicPartitions
} from "../../../../src/domain/protocol/DescribeTopicPartitions.ts"
import { NO_TOPIC_ID } from "../../../../src/domain/Topic.ts"
import type * as Api from "../../../../src/domain/wire/Api.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import * as ConfigResource from "../../../../src/runtime/client/admin/ConfigResource.ts"
import { ScriptedBrokers, type ScriptedOptions } from "../../../world/ScriptedBrokers.ts"

const world = (options: Omit<ScriptedOptions, "nodes">) => {
  const brokers = new ScriptedBrokers({ nodes: [1], ...options })
  return { brokers, layer: Admin.layer.pipe(Layer.provideMerge(brokers.layer)) }
}

const describedConfigs = (entries: ReadonlyArray<readonly [string, string | null, number]>) =>
(
  { request }: { readonly request: never }
): Api.Response<typeof DescribeConfigs> => ({
  throttleTimeMs: 0,
  results: (request as Api.Request<typeof DescribeConfigs>).resources.map((resource) => ({
    ...resource,
    errorCode: 0,
    errorMessage: null,
    configs: entries.map(([name, value, configSource]) => ({
      name,
      value,
      readOnly: false,
      configSource,
      isSensitive: value === null,
      synonyms: [],
      configType: 0,
      documentation: null
    }))
  }))
})

const altered = ({ request }: { readonly request: never }): Api.Response<typeof AlterConfigs> => ({
  throttleTimeMs: 0,
  responses: (request as Api.Request<typeof AlterConfigs>).resources.map((resource) => ({
    ...resource,
    errorCode: 0,
    errorMessage: null
  }))
})

const TOPIC = 1
const DEFAULT = 5

describe("a broker without IncrementalAlterConfigs", () => {
  it.effect("gets all settings of the topic back, the changed ones changed", () => {
    const { brokers, layer } = world({
      answers: {
        DescribeConfigs: describedConfigs([
          ["retention.ms", "5000", TOPIC],
          ["cleanup.policy", "delete", DEFAULT],
          ["segment.bytes", "1024", TOPIC],
          ["max.message.bytes", "1000", DEFAULT]
        ]),
        AlterConfigs: altered
      }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      yield* Admin.onlyOne(admin.incrementalAlterConfigs([{
        resource: ConfigResource.topic("orders"),
        changes: [
          { name: "segment.bytes", operation: "delete" },
          { name: "cleanup.policy", operation: "append", value: "compact" },
          { name: "flush.ms", operation: "set", value: "9" }
        ]
      }]))
      const sent = brokers.asked.at(-1)!.request as Api.Request<typeof AlterConfigs>
      assert.deepStrictEqual(
        sent.resources[0]!.configs.map(({ name, value }) => [name, value]),
        [["retention.ms", "5000"], ["cleanup.policy", "delete,compact"], ["flush.ms", "9"]]
      )
    }).pipe(Effect.provide(layer))
  })

  it.effect("is not made to forget a secret that cannot be read", () => {
    const { brokers, layer } = world({
      answers: {
        DescribeConfigs: describedConfigs([["secret", null, TOPIC]]),
        AlterConfigs: altered
      }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const error = yield* Effect.flip(Admin.onlyOne(admin.incrementalAlterConfigs([{
        resource: ConfigResource.topic("orders"),
        changes: [{ name: "flush.ms", operation: "set", value: "9" }]
      }])))
      assert.match(error.message, /topic orders has a secret secret/)
      assert.deepStrictEqual(brokers.told.map(([, api]) => api), ["DescribeConfigs"])
    }).pipe(Effect.provide(layer))
  })
})

describe("topics", () => {
  it.effect("are described from Metadata where there are no pages", () => {
    const { layer } = world({ answers: {}, leaders: () => ({ orders: [1, 1] }) })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const { partitions } = yield* Admin.onlyOne(admin.describeTopics(["orders"]))
      assert.strictEqual(partitions.length, 2)
      assert.isUndefined(partitions[0]!.eligibleLeaderReplicas)
    }).pipe(Effect.provide(layer))
  })

  it.effect("are put together from pages that end within a topic", () => {
    const page = (
      topic: string,
      from: number,
      next: readonly [string, number] | null
    ): Api.Response<typeof DescribeTopicPartitions> => ({
      throttleTimeMs: 0,
      topics: [{
        errorCode: 0,
        name: topic,
        topicId: NO_TOPIC_ID,
        isInternal: false,
        partitions: [from, from + 1].map((partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: 1,
          leaderEpoch: 0,
          replicaNodes: [1],
          isrNodes: [1],
          eligibleLeaderReplicas: [2],
          lastKnownElr: null,
          offlineReplicas: []
        })),
        topicAuthorizedOperations: 0
      }],
      nextCursor: next === null ? null : { topicName: next[0], partitionIndex: next[1] }
    })
    const pages = [page("audit", 0, ["orders", 0]), page("orders", 0, ["orders", 2])]
    const { brokers, layer } = world({
      answers: { DescribeTopicPartitions: () => pages.shift() ?? page("orders", 2, null) }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const topics = yield* Admin.orFail(admin.describeTopics(["orders", "audit"]))
      assert.deepStrictEqual(
        [...topics].map(([topic, { partitions }]) => [topic, partitions.length]),
        [["orders", 4], ["audit", 2]]
      )
      assert.deepStrictEqual(topics.get("orders")!.partitions[3]!.eligibleLeaderReplicas, [2])
      const asked = brokers.asked.filter(({ api }) => api === "DescribeTopicPartitions")
        .map(({ request }) =>
          (request as Api.Request<typeof DescribeTopicPartitions>).topics.length
        )
      assert.deepStrictEqual(asked, [2, 1, 1])
    }).pipe(Effect.provide(layer))
  })
})

describe("the cluster", () => {
  it.effect("is described from Metadata where DescribeCluster is not served", () => {
    const { layer } = world({ answers: {}, controllerId: 1 })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const cluster = yield* admin.describeCluster()
      assert.deepStrictEqual([cluster.clusterId, cluster.controllerId], ["scripted", 1])
    }).pipe(Effect.provide(layer))
  })
})

describe("what an older broker cannot do", () => {
  it.effect("is told in a sentence, before anything is asked", () => {
    const unasked = () => {
      throw new Error("this must not be asked")
    }
    const { layer } = world({
      answers: { ListOffsets: unasked, ListGroups: unasked },
      versionsMax: { ListOffsets: 6, ListGroups: 3 },
      leaders: () => ({ orders: [1] })
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const newest = yield* Effect.flip(
        Admin.onlyOne(admin.listOffsets([{ topic: "orders", partition: 0, at: "maxTimestamp" }]))
      )
      assert.match(newest.message, /cannot find the largest timestamp \(before Kafka 3\.0\)/)
      const byState = yield* Effect.flip(admin.listGroups({ states: ["Stable"] }))
      assert.match(byState.message, /by state before Kafka 2\.6/)
    }).pipe(Effect.provide(layer))
  })
})
