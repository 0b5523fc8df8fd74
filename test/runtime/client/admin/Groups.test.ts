// Groups through the admin, against a whole broker in memory: of both protocols, with members and without.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { ConsumerGroupHeartbeat } from "../../../../src/domain/protocol/ConsumerGroupHeartbeat.ts"
import * as ConsumerProtocol from "../../../../src/domain/protocol/ConsumerProtocol.ts"
import { JoinGroup } from "../../../../src/domain/protocol/JoinGroup.ts"
import { SyncGroup } from "../../../../src/domain/protocol/SyncGroup.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import * as AdminWorld from "../../../world/AdminWorld.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Groups from "../../../world/Groups.ts"

const createOrders = Effect.gen(function*() {
  const admin = yield* Admin
  yield* Admin.orFail(admin.createTopics([{ topic: "orders", partitions: 2 }]))
  return admin
})

/** A member of the classic protocol that has both partitions. */
const classicMember = Effect.fnUntraced(function*(groupId: string, groupInstanceId?: string) {
  const client = yield* BrokerWorld.connect
  const joined = yield* client.ask(
    JoinGroup,
    groupInstanceId === undefined ? 3 : 5,
    Groups.join(groupId, { groupInstanceId: groupInstanceId ?? null })
  )
  const assignment = ConsumerProtocol.encodeAssignment(0, {
    assignedPartitions: [{ topic: "orders", partitions: [0, 1] }],
    userData: null
  })
  const { memberId } = joined
  yield* client.ask(SyncGroup, 3, Groups.sync(groupId, joined, [{ memberId, assignment }]))
  return joined
})

/** A member of the consumer protocol. */
const consumerMember = Effect.fnUntraced(function*(groupId: string) {
  const client = yield* BrokerWorld.connect
  return yield* client.ask(ConsumerGroupHeartbeat, 1, {
    groupId,
    memberId: "first",
    memberEpoch: 0,
    instanceId: null,
    rackId: null,
    rebalanceTimeoutMs: 30_000,
    subscribedTopicNames: ["orders"],
    subscribedTopicRegex: null,
    serverAssignor: null,
    topicPartitions: []
  })
})

describe("groups", () => {
  it.effect("of both protocols are listed, and chosen by state and type", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      yield* classicMember("old")
      yield* consumerMember("new")
      yield* AdminWorld.commit("idle", "orders", 0, 1)
      const told = (yield* admin.listGroups()).map(({ coordinatorId, groupId, state, type }) => [
        groupId,
        state,
        type,
        coordinatorId
      ])
      assert.deepStrictEqual(told, [
        ["idle", "Empty", "classic", 1],
        ["new", "Stable", "consumer", 1],
        ["old", "Stable", "classic", 1]
      ])
      const empty = yield* admin.listGroups({ states: ["empty"] })
      assert.deepStrictEqual(empty.map(({ groupId }) => groupId), ["idle"])
      const consumers = yield* admin.listGroups({ types: ["consumer"] })
      assert.deepStrictEqual(consumers.map(({ groupId }) => groupId), ["new"])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("are described with what their members have, whichever protocol they speak", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      yield* classicMember("old")
      yield* consumerMember("new")
      const groups = yield* Admin.orFail(admin.describeGroups(["old", "new"]))
      const both = [{ topic: "orders", partition: 0 }, { topic: "orders", partition: 1 }]
      const old = groups.get("old")!
      assert.deepStrictEqual([old.type, old.state, old.assignor], ["classic", "Stable", "range"])
      assert.deepStrictEqual(old.members[0]!.assignment, both)
      assert.deepStrictEqual(old.members[0]!.subscribedTopics, ["orders"])
      const modern = groups.get("new")!
      assert.deepStrictEqual([modern.type, modern.groupEpoch], ["consumer", 1])
      assert.deepStrictEqual(modern.members[0]!.targetAssignment, both)
      assert.deepStrictEqual(modern.members[0]!.subscribedTopics, ["orders"])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("that are not there are refused, beside those that are", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      yield* classicMember("old")
      const outcomes = yield* admin.describeGroups(["gone", "old"])
      const gone = outcomes.get("gone")!
      assert.isTrue(
        Result.isFailure(gone) && gone.failure.errorCode === ErrorCode.GROUP_ID_NOT_FOUND
      )
      assert.isTrue(Result.isSuccess(outcomes.get("old")!))
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("are deleted once they have no members", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      const { memberId } = yield* classicMember("old")
      const tooEarly = yield* Effect.flip(Admin.orFail(admin.deleteGroups(["old"])))
      assert.strictEqual(tooEarly.errorCode, ErrorCode.NON_EMPTY_GROUP)
      yield* Admin.orFail(admin.removeMembers("old", [{ memberId }]))
      yield* Admin.orFail(admin.deleteGroups(["old"]))
      assert.deepStrictEqual(yield* admin.listGroups(), [])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("lose static members by their instance ids, and tell of those they do not know", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      yield* classicMember("old", "shelf-1")
      const outcomes = yield* admin.removeMembers("old", [
        { groupInstanceId: "shelf-1" },
        { groupInstanceId: "shelf-2" }
      ])
      assert.isTrue(Result.isSuccess(outcomes.get("shelf-1")!))
      const unknown = outcomes.get("shelf-2")!
      assert.isTrue(
        Result.isFailure(unknown) && unknown.failure.errorCode === ErrorCode.UNKNOWN_MEMBER_ID
      )
    }).pipe(Effect.provide(AdminWorld.layer())))
})

describe("offsets of groups", () => {
  it.effect("are read, moved and forgotten", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      yield* AdminWorld.produce("orders", 0, ["a", "b", "c"])
      yield* Admin.orFail(admin.alterGroupOffsets("billing", [
        { topic: "orders", partition: 0, offset: 2, metadata: "moved" },
        { topic: "orders", partition: 1, offset: 0 }
      ]))
      const offsets = yield* Admin.orFail(admin.listGroupOffsets("billing"))
      assert.deepStrictEqual(
        [...offsets.values()].map((
          { metadata, offset, partition }
        ) => [partition, offset, metadata]),
        [[0, 2, "moved"], [1, 0, ""]]
      )
      yield* Admin.orFail(admin.deleteGroupOffsets("billing", [{ topic: "orders", partition: 1 }]))
      const left = yield* admin.listGroupOffsets("billing", {
        partitions: [{ topic: "orders", partition: 0 }, { topic: "orders", partition: 1 }]
      })
      assert.deepStrictEqual([...left.keys()], ["orders-0"])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("stay where they are while the group has members", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      yield* classicMember("old")
      const moved = admin.alterGroupOffsets("old", [{ topic: "orders", partition: 0, offset: 0 }])
      const error = yield* Effect.flip(Admin.orFail(moved))
      assert.strictEqual(error.errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("tell with the logs' ends how far a group is behind", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      yield* AdminWorld.produce("orders", 0, ["a", "b", "c"])
      yield* AdminWorld.produce("orders", 1, ["d", "e"])
      yield* AdminWorld.commit("old", "orders", 0, 1)
      const { memberId } = yield* classicMember("old")
      const { group, lag, partitions } = yield* admin.groupLag("old")
      assert.deepStrictEqual([group.state, lag], ["Stable", 4])
      assert.deepStrictEqual(
        partitions.map((each) => [
          each.partition,
          each.committedOffset,
          each.endOffset,
          each.lag,
          each.member?.memberId
        ]),
        [[0, 1, 3, 2, memberId], [1, undefined, 2, 2, memberId]]
      )
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("of topics that were deleted do not count", () =>
    Effect.gen(function*() {
      const admin = yield* createOrders
      yield* Admin.orFail(admin.createTopics([{ topic: "gone" }]))
      yield* AdminWorld.commit("old", "gone", 0, 0)
      yield* AdminWorld.commit("old", "orders", 0, 0)
      yield* Admin.orFail(admin.deleteTopics(["gone"]))
      const { partitions } = yield* admin.groupLag("old")
      assert.deepStrictEqual(partitions.map(({ topic }) => topic), ["orders"])
    }).pipe(Effect.provide(AdminWorld.layer())))
})
