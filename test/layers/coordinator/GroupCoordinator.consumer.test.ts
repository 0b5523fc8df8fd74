// Groups of the consumer protocol (KIP-848) through the lives of a broker: what lasts, what topics do to
// them, and how an empty group changes from one protocol to the other.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { refusalToCommit } from "../../../src/domain/group/consumer/ConsumerStep.ts"
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"
import { type Life, NOBODY, settle, World } from "./CoordinatorWorld.ts"

type Heartbeat = Parameters<Life["coordinator"]["consumerHeartbeat"]>[1]

const beat = (life: Life, memberId: string, memberEpoch: number, more: Partial<Heartbeat> = {}) =>
  life.coordinator.consumerHeartbeat("g", {
    memberId,
    memberEpoch,
    instanceId: null,
    clientId: "client",
    clientHost: "/127.0.0.1",
    rackId: null,
    rebalanceTimeoutMs: memberEpoch === 0 ? 10_000 : -1,
    subscribedTopicNames: memberEpoch === 0 ? ["orders"] : null,
    subscribedTopicRegex: null,
    serverAssignor: null,
    owned: memberEpoch === 0 ? TopicPartitions.NONE : null,
    ...more
  })

const count = (answer: { readonly assignment: TopicPartitions.TopicPartitions | null }) =>
  answer.assignment === null ? undefined : TopicPartitions.count(answer.assignment)

const started = Effect.fnUntraced(function*(configs: Readonly<Record<string, string>> = {}) {
  const world = new World(configs)
  const life = yield* world.start
  yield* life.topic("orders", 4)
  return { world, life }
})

describe("groups of the consumer protocol", () => {
  it.effect("last: after a crash members go on in their epochs with what they had", () =>
    Effect.gen(function*() {
      const { life, world } = yield* started()
      assert.strictEqual(count(yield* beat(life, "a", 0)), 4)
      const joined = yield* beat(life, "b", 0)
      assert.strictEqual(count(joined), 0)
      const asked = yield* beat(life, "a", 1)
      assert.strictEqual(count(asked), 2)
      const after = yield* world.restartAfterCrash(life)
      // a still has to give up two; b gets them only then.
      assert.strictEqual(count(yield* beat(after, "b", 2)), undefined)
      assert.strictEqual((yield* beat(after, "a", 1, { owned: asked.assignment })).memberEpoch, 2)
      assert.strictEqual(count(yield* beat(after, "b", 2)), 2)
      assert.strictEqual(after.coordinator.group("g")?.state, "Stable")
    }))

  it.effect("put out who is silent, or does not give up what it should", () =>
    Effect.gen(function*() {
      const { life } = yield* started({ "group.consumer.session.timeout.ms": "6000" })
      yield* beat(life, "a", 0)
      yield* TestClock.adjust(5000)
      yield* beat(life, "a", 1)
      yield* TestClock.adjust(5000)
      yield* beat(life, "b", 0)
      yield* beat(life, "a", 1)
      for (let second = 0; second < 10; second++) {
        yield* TestClock.adjust(1000)
        yield* beat(life, "a", 1)
        yield* beat(life, "b", 2)
      }
      yield* settle
      const { UNKNOWN_MEMBER_ID } = ErrorCode
      assert.strictEqual((yield* beat(life, "a", 1)).errorCode, UNKNOWN_MEMBER_ID)
      assert.strictEqual(life.coordinator.group("g")?.consumer?.members.size, 1)
      yield* TestClock.adjust(6000)
      yield* settle
      assert.strictEqual(life.coordinator.group("g")?.state, "Empty")
    }))

  it.effect("follow their topics: new ones, more partitions, deletion", () =>
    Effect.gen(function*() {
      const { life } = yield* started()
      const pattern = { subscribedTopicNames: [], subscribedTopicRegex: "ord.*" }
      assert.strictEqual(count(yield* beat(life, "a", 0, pattern)), 4)
      yield* life.topic("ordinals", 2)
      assert.strictEqual(count(yield* beat(life, "a", 1)), 6)
      yield* Effect.orDie(life.metadata.createPartitions("orders", 5))
      const grown = yield* beat(life, "a", 2, { owned: TopicPartitions.NONE })
      assert.strictEqual(count(grown), 7)
      yield* Effect.orDie(life.metadata.delete("ordinals"))
      assert.strictEqual(count(yield* beat(life, "a", 3, { owned: grown.assignment })), 5)
    }))

  it.effect("take commits, and show offsets, in the member's epoch only", () =>
    Effect.gen(function*() {
      const { life, world } = yield* started()
      yield* beat(life, "a", 0)
      const member = { memberId: "a", groupInstanceId: null, generationId: 1 }
      const stale = { ...member, generationId: 0 }
      assert.strictEqual(yield* life.commit("g", member, 5), ErrorCode.NONE)
      assert.strictEqual(yield* life.commit("g", stale, 6), ErrorCode.STALE_MEMBER_EPOCH)
      assert.strictEqual(yield* life.commit("g", NOBODY, 6), ErrorCode.UNKNOWN_MEMBER_ID)
      const group = life.coordinator.group("g")!.consumer!
      const who = { memberId: "a", memberEpoch: 0 }
      assert.strictEqual(refusalToCommit(group, who), ErrorCode.STALE_MEMBER_EPOCH)
      const removed = yield* life.coordinator.removeOffsets("g", [{
        topic: "orders",
        partition: 0
      }])
      assert.deepStrictEqual(removed.partitions, [ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC])
      const after = yield* world.restartAfterCrash(life)
      assert.strictEqual(after.committed("g"), 5)
    }))

  it.effect("become classic when nobody is in them, and the other way; offsets stay", () =>
    Effect.gen(function*() {
      const { life, world } = yield* started()
      yield* beat(life, "a", 0)
      const member = { memberId: "a", groupInstanceId: null, generationId: 1 }
      yield* life.commit("g", member, 5)
      yield* beat(life, "a", -1)
      const classic = yield* life.lead("g")
      assert.strictEqual(life.coordinator.group("g")?.state, "Stable")
      const restarted = yield* world.restartAfterCrash(life)
      assert.isUndefined(restarted.coordinator.group("g")?.consumer)
      assert.strictEqual(yield* restarted.coordinator.heartbeat("g", classic), ErrorCode.NONE)
      yield* restarted.coordinator.leave("g", { members: [classic] })
      assert.strictEqual(count(yield* beat(restarted, "b", 0)), 4)
      const again = yield* world.restartAfterCrash(restarted)
      assert.strictEqual(again.coordinator.group("g")?.state, "Stable")
      assert.isDefined(again.coordinator.group("g")?.consumer)
      assert.strictEqual(again.committed("g"), 5)
      const refused = yield* again.coordinator.heartbeat("g", classic)
      assert.strictEqual(refused, ErrorCode.UNKNOWN_MEMBER_ID)
    }))

  it.effect("are deleted for good once nobody is in them", () =>
    Effect.gen(function*() {
      const { life, world } = yield* started()
      yield* beat(life, "a", 0)
      assert.strictEqual(yield* life.coordinator.remove("g"), ErrorCode.NON_EMPTY_GROUP)
      yield* beat(life, "a", -1)
      assert.strictEqual(yield* life.coordinator.remove("g"), ErrorCode.NONE)
      const after = yield* world.restartAfterCrash(life)
      assert.deepStrictEqual([...after.coordinator.groups()], [])
    }))

  it.effect("do not change by what cannot be written", () =>
    Effect.gen(function*() {
      const { life, world } = yield* started()
      yield* life.coordinator.available
      world.disk.fillUp()
      assert.notStrictEqual((yield* beat(life, "a", 0)).errorCode, ErrorCode.NONE)
      world.disk.fillUp(Infinity)
      yield* TestClock.adjust(1000)
      assert.strictEqual(count(yield* beat(life, "a", 0)), 4)
      const classic = yield* Deferred.await(life.join("g", { protocolType: "connect" }))
      assert.strictEqual(classic.errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    }))
})
