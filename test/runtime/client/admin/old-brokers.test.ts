// What older brokers do not serve is done in another way, or refused in a sentence.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { AlterConfigs } from "../../../../src/domain/protocol/AlterConfigs.ts"
import { DescribeCluster } from "../../../../src/domain/protocol/DescribeCluster.ts"
import { DescribeConfigs } from "../../../../src/domain/protocol/DescribeConfigs.ts"
import { DescribeTopicPartitions } from "../../../../src/domain/protocol/DescribeTopicPartitions.ts"
import { IncrementalAlterConfigs } from "../../../../src/domain/protocol/IncrementalAlterConfigs.ts"
import { ListGroups } from "../../../../src/domain/protocol/ListGroups.ts"
import { ListOffsets } from "../../../../src/domain/protocol/ListOffsets.ts"
import { NO_TOPIC_ID } from "../../../../src/domain/Topic.ts"
import type * as Api from "../../../../src/domain/wire/Api.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import * as ConfigResource from "../../../../src/runtime/client/admin/ConfigResource.ts"
import { type Asked, layer, ScriptedBroker, type Topics } from "../../../world/ScriptedBroker.ts"

const world = (topics: Topics = {}) => Admin.layer.pipe(Layer.provideMerge(layer({ topics })))

const NOT_SERVED = -1
const TOPIC = 1
const DEFAULT = 5

const configs = (entries: ReadonlyArray<readonly [string, string | null, number]>) =>
(
  { request }: Asked<typeof DescribeConfigs>
): Api.Response<typeof DescribeConfigs> => ({
  throttleTimeMs: 0,
  results: request.resources.map((resource) => ({
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

const altered = ({ request }: Asked<typeof AlterConfigs>): Api.Response<typeof AlterConfigs> => ({
  throttleTimeMs: 0,
  responses: request.resources.map((resource) => ({
    ...resource,
    errorCode: 0,
    errorMessage: null
  }))
})

describe("a broker without IncrementalAlterConfigs", () => {
  const old = Effect.fnUntraced(function*(...entries: Parameters<typeof configs>[0]) {
    const brokers = yield* ScriptedBroker
    brokers.setVersionMax(IncrementalAlterConfigs, NOT_SERVED)
    brokers.on(DescribeConfigs, configs(entries))
    brokers.on(AlterConfigs, altered)
    return brokers
  })

  it.effect("gets all settings of the topic back, the changed ones changed", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* old(
        ["retention.ms", "5000", TOPIC],
        ["cleanup.policy", "delete", DEFAULT],
        ["segment.bytes", "1024", TOPIC],
        ["max.message.bytes", "1000", DEFAULT]
      )
      yield* Admin.onlyOne(admin.incrementalAlterConfigs([{
        resource: ConfigResource.topic("orders"),
        changes: [
          { name: "segment.bytes", operation: "delete" },
          { name: "cleanup.policy", operation: "append", value: "compact" },
          { name: "flush.ms", operation: "set", value: "9" }
        ]
      }]))
      const [sent] = brokers.asked(AlterConfigs)
      assert.deepStrictEqual(
        sent!.request.resources[0]!.configs.map(({ name, value }) => [name, value]),
        [["retention.ms", "5000"], ["cleanup.policy", "delete,compact"], ["flush.ms", "9"]]
      )
    }).pipe(Effect.provide(world())))

  it.effect("is not made to forget a secret that cannot be read", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* old(["secret", null, TOPIC])
      const error = yield* Effect.flip(Admin.onlyOne(admin.incrementalAlterConfigs([{
        resource: ConfigResource.topic("orders"),
        changes: [{ name: "flush.ms", operation: "set", value: "9" }]
      }])))
      assert.match(error.message, /topic orders has a secret secret/)
      assert.deepStrictEqual(brokers.asked(AlterConfigs), [])
    }).pipe(Effect.provide(world())))
})

describe("topics", () => {
  it.effect("are described from Metadata where there are no pages", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.setVersionMax(DescribeTopicPartitions, NOT_SERVED)
      const { partitions } = yield* Admin.onlyOne(admin.describeTopics(["orders"]))
      assert.strictEqual(partitions.length, 2)
      assert.isUndefined(partitions[0]!.eligibleLeaderReplicas)
    }).pipe(Effect.provide(world({ orders: [1, 1] }))))

  it.effect("are put together from pages that end within a topic", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      const pages = [
        page("audit", 0, ["orders", 0]),
        page("orders", 0, ["orders", 2]),
        page("orders", 2, null)
      ]
      brokers.on(DescribeTopicPartitions, ({ count }) => pages[count]!)
      const topics = yield* Admin.orFail(admin.describeTopics(["orders", "audit"]))
      assert.deepStrictEqual(
        [...topics].map(([topic, { partitions }]) => [topic, partitions.length]),
        [["orders", 4], ["audit", 2]]
      )
      assert.deepStrictEqual(topics.get("orders")!.partitions[3]!.eligibleLeaderReplicas, [2])
      const asked = brokers.asked(DescribeTopicPartitions)
      assert.deepStrictEqual(asked.map(({ request }) => request.topics.length), [2, 1, 1])
    }).pipe(Effect.provide(world())))
})

/** Two partitions of a topic, and where the next page begins. */
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

describe("the cluster", () => {
  it.effect("is described from Metadata where DescribeCluster is not served", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.setVersionMax(DescribeCluster, NOT_SERVED)
      const cluster = yield* admin.describeCluster()
      assert.deepStrictEqual([cluster.clusterId, cluster.controllerId], ["scripted", 1])
    }).pipe(Effect.provide(world())))
})

describe("what an older broker cannot do", () => {
  it.effect("is told in a sentence, before anything is asked", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.setVersionMax(ListOffsets, 6)
      brokers.setVersionMax(ListGroups, 3)
      const newest = yield* Effect.flip(
        Admin.onlyOne(admin.listOffsets([{ topic: "orders", partition: 0, at: "maxTimestamp" }]))
      )
      assert.match(newest.message, /cannot find the largest timestamp \(before Kafka 3\.0\)/)
      const byState = yield* Effect.flip(admin.listGroups({ states: ["Stable"] }))
      assert.match(byState.message, /by state before Kafka 2\.6/)
      assert.deepStrictEqual([brokers.asked(ListOffsets), brokers.asked(ListGroups)], [[], []])
    }).pipe(Effect.provide(world({ orders: [1] }))))
})
