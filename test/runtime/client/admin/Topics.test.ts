// Topics through the admin, against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import * as AdminWorld from "../../../world/AdminWorld.ts"

describe("topics", () => {
  it.effect("are created, listed, described and deleted", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const created = yield* Admin.onlyOne(
        admin.createTopics([{
          topic: "orders",
          partitions: 3,
          configs: { "retention.ms": "5000" }
        }])
      )
      assert.deepStrictEqual(
        [created.topic, created.partitions, created.replicationFactor],
        ["orders", 3, 1]
      )
      yield* Admin.orFail(admin.createTopics([{ topic: "audit" }]))
      assert.deepStrictEqual(
        (yield* admin.listTopics()).map(({ partitions, topic }) => [topic, partitions.length]),
        [["audit", 1], ["orders", 3]]
      )
      const described = yield* Admin.onlyOne(admin.describeTopics(["orders"]))
      assert.strictEqual(described.topicId, created.topicId)
      assert.deepStrictEqual(described.partitions.map(({ leaderId }) => leaderId), [1, 1, 1])
      assert.deepStrictEqual(described.partitions[2]!.inSyncReplicas, [1])
      yield* Admin.orFail(admin.deleteTopics(["audit", "orders"]))
      assert.deepStrictEqual(yield* admin.listTopics(), [])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("are told of one by one: what is refused hides nothing of the others", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      yield* Admin.orFail(admin.createTopics([{ topic: "orders" }]))
      const outcomes = yield* admin.createTopics([
        { topic: "fresh" },
        { topic: "orders" },
        { topic: "no/name" },
        { topic: "copies", replicationFactor: 3 }
      ])
      assert.deepStrictEqual(
        [...outcomes].map(([topic, outcome]) => [
          topic,
          Result.isSuccess(outcome) ? 0 : outcome.failure.errorCode
        ]),
        [
          ["fresh", ErrorCode.NONE],
          ["orders", ErrorCode.TOPIC_ALREADY_EXISTS],
          ["no/name", ErrorCode.INVALID_TOPIC_EXCEPTION],
          ["copies", ErrorCode.INVALID_REPLICATION_FACTOR]
        ]
      )
      const error = yield* Effect.flip(Admin.orFail(admin.deleteTopics(["fresh", "missing"])))
      assert.match(error.message, /^DeleteTopics of missing: UNKNOWN_TOPIC_OR_PARTITION: /)
      assert.deepStrictEqual((yield* admin.listTopics()).map(({ topic }) => topic), ["orders"])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("that are not there are refused at once, not waited for", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const error = yield* Effect.flip(Admin.onlyOne(admin.describeTopics(["missing"])))
      assert.strictEqual(error.errorCode, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION)
      const ends = yield* admin.listOffsets([{ topic: "missing", partition: 0, at: "latest" }])
      const outcome = ends.get("missing-0")!
      assert.isTrue(Result.isFailure(outcome))
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("can be checked without being made", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const checked = yield* Admin.onlyOne(
        admin.createTopics([{ topic: "orders", partitions: 5 }], { validateOnly: true })
      )
      assert.strictEqual(checked.partitions, 5)
      assert.deepStrictEqual(yield* admin.listTopics(), [])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("can be assigned to brokers by hand", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const created = yield* Admin.onlyOne(
        admin.createTopics([{ topic: "orders", assignments: [[1], [1]] }])
      )
      assert.strictEqual(created.partitions, 2)
      const elsewhere = yield* Effect.flip(
        Admin.onlyOne(admin.createTopics([{ topic: "far", assignments: [[7]] }]))
      )
      assert.strictEqual(elsewhere.errorCode, ErrorCode.INVALID_REPLICA_ASSIGNMENT)
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("get more partitions, never fewer", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      yield* Admin.orFail(admin.createTopics([{ topic: "orders", partitions: 2 }]))
      yield* Admin.orFail(admin.createPartitions([{ topic: "orders", total: 4 }]))
      const { partitions } = yield* Admin.onlyOne(admin.describeTopics(["orders"]))
      assert.strictEqual(partitions.length, 4)
      const fewer = admin.createPartitions([{ topic: "orders", total: 3 }])
      const error = yield* Effect.flip(Admin.orFail(fewer))
      assert.strictEqual(error.errorCode, ErrorCode.INVALID_PARTITIONS)
    }).pipe(Effect.provide(AdminWorld.layer())))
})
