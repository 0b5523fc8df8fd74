// Administration beside topics: settings, offsets of logs and of groups, groups, records, disks; and that
// what is refused is refused one by one, with a typed error.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { Admin } from "../../../src/runtime/client/Admin.ts"
import type { ResourceChange } from "../../../src/runtime/client/admin/ConfigChanges.ts"
import * as ConfigResource from "../../../src/runtime/client/admin/ConfigResource.ts"
import * as Case from "./Case.ts"

const configs = Case.of(
  "describes and changes settings of topics and brokers",
  Effect.gen(function*() {
    const admin = yield* Admin
    const topic = yield* Case.topic()
    const resource = ConfigResource.topic(topic)
    const change = (...changes: ResourceChange["changes"]) =>
      Admin.orFail(admin.incrementalAlterConfigs([{ resource, changes }]))
    const describe = (name: string) =>
      Effect.map(Admin.onlyOne(admin.describeConfigs([resource])), (all) => all.get(name)!)
    const retention = yield* describe("retention.ms")
    assert.deepInclude(retention, { value: "604800000", source: "default" })
    yield* change(
      { name: "retention.ms", operation: "set", value: "3600000" },
      { name: "cleanup.policy", operation: "append", value: "compact" }
    )
    const changed = yield* Effect.repeat(describe("retention.ms"), {
      until: ({ source }) => source === "topic"
    })
    assert.strictEqual(changed.value, "3600000")
    const { value: policy } = yield* describe("cleanup.policy")
    assert.sameMembers(policy!.split(","), ["delete", "compact"])
    yield* change({ name: "retention.ms", operation: "delete" })
    yield* Effect.repeat(describe("retention.ms"), { until: ({ value }) => value === "604800000" })
    const { controllerId } = yield* admin.describeCluster()
    const broker = yield* Admin.onlyOne(
      admin.describeConfigs([ConfigResource.broker(controllerId)])
    )
    assert.isTrue(broker.has("log.dirs") || broker.has("log.dir"))
    const refused = yield* Effect.flip(change({
      name: "retention.ms",
      operation: "set",
      value: "soon"
    }))
    assert.strictEqual(Case.reasonOf(refused), "BrokerRefused INVALID_CONFIG")
    return refused.message
  })
)

const records = Case.of(
  "lists offsets and deletes records",
  Effect.gen(function*() {
    const admin = yield* Admin
    const topic = yield* Case.topic(2)
    const producer = yield* Case.producer()
    for (const index of [2, 9, 4]) {
      const timestampMs = 1_700_000_000_000 + index
      yield* producer.send({ topic, partition: 0, value: "v", timestampMs })
    }
    const at = Case.at(topic)
    const offset = (spec: "earliest" | "latest" | "maxTimestamp" | { readonly timeMs: number }) =>
      Effect.map(
        Admin.onlyOne(admin.listOffsets([{ ...at, at: spec }])),
        (listed) => listed.offset
      )
    assert.strictEqual(yield* offset("earliest"), 0)
    assert.strictEqual(yield* offset("latest"), 3)
    assert.strictEqual(yield* offset("maxTimestamp"), 1)
    assert.strictEqual(yield* offset({ timeMs: 1_700_000_000_003 }), 1)
    const { lowWatermark } = yield* Admin.onlyOne(admin.deleteRecords([{ ...at, before: 2 }]))
    assert.strictEqual(lowWatermark, 2)
    assert.strictEqual(yield* offset("earliest"), 2)
    yield* Admin.orFail(admin.deleteRecords([{ ...at, before: "end" }]))
    assert.strictEqual(yield* offset("earliest"), 3)
    const refused = yield* Effect.flip(
      Admin.onlyOne(admin.deleteRecords([{ ...at, before: 1000 }]))
    )
    assert.strictEqual(Case.reasonOf(refused), "BrokerRefused OFFSET_OUT_OF_RANGE")
    const outcomes = yield* admin.listOffsets([
      { topic, partition: 1, at: "latest" },
      { topic, partition: 9, at: "latest" }
    ], { timeoutMs: 2000 })
    assert.strictEqual(outcomes.get(`${topic}-1`)?._tag, "Success")
    assert.strictEqual(outcomes.get(`${topic}-9`)?._tag, "Failure")
  })
)

const groups = Case.of(
  "lists, describes, moves and deletes groups and their offsets",
  Effect.gen(function*() {
    const admin = yield* Admin
    const topic = yield* Case.topic(2)
    const groupId = Case.fresh("admin")
    const producer = yield* Case.producer()
    yield* producer.sendAll(Case.records(topic, Case.numbered(5)))
    const key = `${topic}-0`
    yield* Effect.scoped(Effect.gen(function*() {
      const consumer = yield* Case.consumer({
        groupId,
        topics: [topic],
        protocol: "classic",
        groupInstanceId: "here"
      })
      yield* Case.read(consumer, 5)
      yield* consumer.commitSync()
      const listed = (yield* admin.listGroups()).find((one) => one.groupId === groupId)
      assert.deepInclude(listed, { protocolType: "consumer", state: "Stable", type: "classic" })
      const group = (yield* Admin.orFail(admin.describeGroups([groupId]))).get(groupId)!
      assert.deepInclude(group, { state: "Stable", assignor: "cooperative-sticky" })
      assert.lengthOf(group.members[0]!.assignment, 2)
      const { lag, partitions } = yield* admin.groupLag(groupId)
      assert.deepStrictEqual([lag, partitions.length], [0, 2])
      const busy = yield* Effect.flip(
        Admin.orFail(admin.alterGroupOffsets(groupId, [{ ...Case.at(topic), offset: 1 }]))
      )
      assert.strictEqual(Case.reasonOf(busy), "BrokerRefused UNKNOWN_MEMBER_ID")
      const full = yield* Effect.flip(Admin.orFail(admin.deleteGroups([groupId])))
      assert.strictEqual(Case.reasonOf(full), "BrokerRefused NON_EMPTY_GROUP")
      yield* Admin.orFail(admin.removeMembers(groupId, [{ groupInstanceId: "here" }]))
      yield* consumer.unsubscribe
    }))
    yield* Admin.orFail(admin.alterGroupOffsets(groupId, [
      { ...Case.at(topic), offset: 1, metadata: "moved" }
    ]))
    const offsets = yield* Admin.orFail(admin.listGroupOffsets(groupId))
    assert.deepInclude(offsets.get(key), { offset: 1, metadata: "moved" })
    yield* Admin.orFail(admin.deleteGroupOffsets(groupId, [Case.at(topic)]))
    assert.isFalse((yield* Admin.orFail(admin.listGroupOffsets(groupId))).has(key))
    yield* Admin.orFail(admin.deleteGroups([groupId]))
    const gone = yield* Effect.flip(Admin.orFail(admin.describeGroups([groupId])))
    assert.strictEqual(Case.reasonOf(gone), "BrokerRefused GROUP_ID_NOT_FOUND")
    return gone.message
  })
)

const disks = Case.of(
  "tells what lies on the brokers' disks",
  Effect.gen(function*() {
    const admin = yield* Admin
    const topic = yield* Case.topic()
    const producer = yield* Case.producer()
    yield* producer.send({ topic, partition: 0, value: Buffer.alloc(10_000, 1) })
    const brokers = yield* Admin.orFail(admin.describeLogDirs())
    const replica = [...brokers.values()].flat().flatMap(({ replicas }) => replicas)
      .find((one) => one.topic === topic)
    assert.isAbove(replica!.sizeBytes, 10_000)
    return [...brokers.values()].flat().map(({ path, totalBytes }) => `${path} ${totalBytes}`)
      .join(", ")
  })
)

export const cases: ReadonlyArray<Case.Case> = [configs, records, groups, disks]
