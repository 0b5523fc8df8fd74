// A group that changes its protocol while it lives (KIP-848), through the lives of a broker.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import * as ConsumerProtocol from "../../../src/domain/protocol/ConsumerProtocol.ts"
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"
import { type Life, settle, subscription, World } from "./CoordinatorWorld.ts"

const PROTOCOLS = [{ name: "range", metadata: subscription(["orders"]) }]

const beat = (life: Life, memberId: string, memberEpoch: number, owned?: Owned) =>
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
    owned: memberEpoch === 0 ? TopicPartitions.NONE : owned ?? null
  })
type Owned = TopicPartitions.TopicPartitions | null

const join = (life: Life, memberId: string) =>
  Deferred.await(life.join("g", { memberId, protocols: PROTOCOLS }))

const sync = (life: Life, memberId: string, generationId: number, all?: ReadonlyArray<number>) =>
  Effect.map(
    Deferred.await(life.coordinator.sync("g", {
      memberId,
      groupInstanceId: null,
      generationId,
      protocolType: "consumer",
      protocolName: "range",
      assignments: all === undefined ? [] : [{ memberId, assignment: assignment(all) }]
    })),
    (answer) =>
      answer.errorCode === ErrorCode.NONE
        ? ConsumerProtocol.decodeAssignment(answer.assignment)?.assignedPartitions
        : answer.errorCode
  )

const heartbeat = (life: Life, memberId: string, generationId: number) =>
  life.coordinator.heartbeat("g", { memberId, groupInstanceId: null, generationId })

const assignment = (partitions: ReadonlyArray<number>): Buffer =>
  ConsumerProtocol.encodeAssignment(0, {
    assignedPartitions: [{ topic: "orders", partitions }],
    userData: null
  })

/** A classic group of one member that owns all four partitions. */
const started = Effect.fnUntraced(function*(configs: Readonly<Record<string, string>> = {}) {
  const world = new World(configs)
  const life = yield* world.start
  yield* life.topic("orders", 4)
  const { generationId, memberId } = yield* join(life, "")
  yield* sync(life, memberId, generationId, [0, 1, 2, 3])
  return { world, life, old: memberId }
})

describe("a group that changes its protocol", () => {
  it.effect("goes through crashes on the way there and back", () =>
    Effect.gen(function*() {
      const { life, old, world } = yield* started()
      assert.strictEqual((yield* beat(life, "new", 0)).memberEpoch, 2)
      assert.strictEqual(life.coordinator.group("g")?.consumer?.members.size, 2)
      const second = yield* world.restartAfterCrash(life)
      assert.strictEqual(yield* heartbeat(second, old, 1), ErrorCode.REBALANCE_IN_PROGRESS)
      assert.strictEqual((yield* join(second, old)).generationId, 2)
      const third = yield* world.restartAfterCrash(second)
      const kept = yield* sync(third, old, 2)
      assert.deepStrictEqual(kept, [{ topic: "orders", partitions: [0, 1] }])
      const given = yield* beat(third, "new", 2, TopicPartitions.NONE)
      assert.strictEqual(TopicPartitions.count(given.assignment!), 2)
      assert.strictEqual(third.coordinator.group("g")?.state, "Stable")
      const member = { memberId: old, groupInstanceId: null, generationId: 2 }
      assert.strictEqual(yield* third.commit("g", member, 7), ErrorCode.NONE)
      yield* beat(third, "new", -1)
      assert.strictEqual(third.coordinator.group("g")?.classic?.members.size, 1)
      // What the one that left had is nobody's: the rebalance that was begun is begun again.
      const fourth = yield* world.restartAfterCrash(third)
      assert.strictEqual(fourth.coordinator.group("g")?.state, "PreparingRebalance")
      assert.strictEqual(yield* heartbeat(fourth, old, 2), ErrorCode.REBALANCE_IN_PROGRESS)
      const led = yield* join(fourth, old)
      assert.deepInclude(led, { generationId: 3, leader: old })
      yield* sync(fourth, old, 3, [0, 1, 2, 3])
      assert.strictEqual(fourth.coordinator.group("g")?.state, "Stable")
      assert.strictEqual(fourth.committed("g"), 7)
    }))

  it.effect("keeps its members' sessions, each by its own time", () =>
    Effect.gen(function*() {
      const { life, old } = yield* started()
      yield* beat(life, "new", 0)
      yield* TestClock.adjust(9000)
      assert.strictEqual(yield* heartbeat(life, old, 1), ErrorCode.REBALANCE_IN_PROGRESS)
      yield* TestClock.adjust(9000)
      assert.strictEqual(life.coordinator.group("g")?.consumer?.members.size, 2)
      yield* TestClock.adjust(1000)
      yield* settle
      assert.deepStrictEqual([...life.coordinator.group("g")!.consumer!.members.keys()], ["new"])
      yield* TestClock.adjust(45_000)
      yield* settle
      assert.strictEqual(life.coordinator.group("g")?.state, "Empty")
    }))

  it.effect("puts out who is called to join and does not", () =>
    Effect.gen(function*() {
      const { life, old } = yield* started()
      yield* beat(life, "new", 0)
      for (let second = 0; second < 30; second += 5) {
        assert.strictEqual(yield* heartbeat(life, old, 1), ErrorCode.REBALANCE_IN_PROGRESS)
        yield* TestClock.adjust(5000)
      }
      yield* settle
      assert.strictEqual(yield* heartbeat(life, old, 1), ErrorCode.UNKNOWN_MEMBER_ID)
    }))

  it.effect("answers who waits in a rebalance, and lets it join the other", () =>
    Effect.gen(function*() {
      const { life } = yield* started()
      const waiting = life.join("g", { protocols: PROTOCOLS })
      yield* beat(life, "new", 0)
      const { errorCode } = yield* Deferred.await(waiting)
      assert.strictEqual(errorCode, ErrorCode.REBALANCE_IN_PROGRESS)
      assert.strictEqual((yield* join(life, "")).generationId, 3)
    }))

  it.effect("does not where the policy forbids it", () =>
    Effect.gen(function*() {
      const { life, old } = yield* started({ "group.consumer.migration.policy": "disabled" })
      assert.strictEqual((yield* beat(life, "new", 0)).errorCode, ErrorCode.GROUP_ID_NOT_FOUND)
      assert.strictEqual(yield* heartbeat(life, old, 1), ErrorCode.NONE)
    }))

  it.effect("is what it was when the change cannot be written", () =>
    Effect.gen(function*() {
      const { life, old, world } = yield* started()
      world.disk.fillUp()
      assert.notStrictEqual((yield* beat(life, "new", 0)).errorCode, ErrorCode.NONE)
      world.disk.fillUp(Infinity)
      yield* TestClock.adjust(1000)
      assert.strictEqual(yield* heartbeat(life, old, 1), ErrorCode.NONE)
      assert.strictEqual(life.coordinator.group("g")?.classic?.state, "Stable")
    }))
})
