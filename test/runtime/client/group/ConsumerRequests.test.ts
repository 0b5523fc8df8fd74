// What a member of the consumer protocol says in its heartbeats, and what it does about errors,
// held against a coordinator that answers what the test says.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { ConsumerGroupHeartbeat } from "../../../../src/domain/protocol/ConsumerGroupHeartbeat.ts"
import { Metadata } from "../../../../src/domain/protocol/Metadata.ts"
import type * as Api from "../../../../src/domain/wire/Api.ts"
import { Cluster } from "../../../../src/runtime/client/cluster/Cluster.ts"
import { ConsumerGroupMember } from "../../../../src/runtime/client/group/ConsumerGroupMember.ts"
import type { GroupOptions } from "../../../../src/runtime/client/group/GroupContract.ts"
import * as GroupSettings from "../../../../src/runtime/client/group/GroupSettings.ts"
import * as GroupWorld from "../../../world/GroupWorld.ts"
import { layer, ScriptedBroker } from "../../../world/ScriptedBroker.ts"
import { ScriptedGroup } from "../../../world/ScriptedGroup.ts"

const { eventually, Ledger } = GroupWorld

const ORDERS = "00000000-0000-4000-8000-000000000001"

type Answer = Api.Response<typeof ConsumerGroupHeartbeat>

const answer = (more: Partial<Answer> = {}): Answer => ({
  throttleTimeMs: 0,
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  memberId: null,
  memberEpoch: 1,
  heartbeatIntervalMs: 1000,
  assignment: null,
  ...more
})

const owning = (...partitions: ReadonlyArray<number>) => [{ topicId: ORDERS, partitions }]
const assigned = (...partitions: ReadonlyArray<number>) =>
  answer({ assignment: { topicPartitions: owning(...partitions) } })

const refused = (errorCode: ErrorCode) => answer({ errorCode, errorMessage: "because" })

/** A member; the answers come one after the other, then nothing changes any more. */
const member = Effect.fnUntraced(function*(
  answers: ReadonlyArray<Answer | "cut">,
  options: Partial<GroupOptions> = {}
) {
  const broker = yield* ScriptedBroker
  const cluster = yield* Cluster
  const group = new ScriptedGroup(broker)
  broker.on(ConsumerGroupHeartbeat, ({ count }) => answers[count] ?? answer())
  const ledger = new Ledger()
  const settings = GroupSettings.make({ groupId: "readers", topics: ["orders"], ...options })
  if (!("groupId" in settings)) return assert.fail(settings.message)
  const membership = yield* ConsumerGroupMember.make(cluster, settings, ledger.listener("a"))
  const said = () => broker.asked(ConsumerGroupHeartbeat).map(({ request }) => request)
  return { broker, group, ledger, membership, said }
})

const world = layer({ brokers: 2, topics: { orders: [1, 1, 1] }, topicIds: { orders: ORDERS } })

describe("a heartbeat", () => {
  it.effect("says everything once, then only what has changed", () =>
    Effect.gen(function*() {
      const { ledger, said } = yield* member([assigned(0, 1)], { rackId: "here" })
      yield* eventually(() => said().length === 3)
      const [first, second, third] = said()
      const { memberId } = first!
      const always = { groupId: "readers", memberId, instanceId: null, subscribedTopicRegex: null }
      const silent = {
        ...always,
        memberEpoch: 1,
        rackId: null,
        rebalanceTimeoutMs: -1,
        subscribedTopicNames: null,
        serverAssignor: null
      }
      assert.deepStrictEqual(first, {
        ...silent,
        memberEpoch: 0,
        rackId: "here",
        rebalanceTimeoutMs: 300_000,
        subscribedTopicNames: ["orders"],
        topicPartitions: []
      })
      assert.deepStrictEqual(second, { ...silent, topicPartitions: owning(0, 1) })
      assert.deepStrictEqual(third, { ...silent, topicPartitions: null })
      assert.deepStrictEqual(ledger.take(), ["a gets orders-0 orders-1"])
    }).pipe(Effect.scoped, Effect.provide(world)))

  it.effect("says everything again after one that was not answered", () =>
    Effect.gen(function*() {
      const { said } = yield* member([assigned(0), answer(), "cut"])
      yield* eventually(() => said().length === 4)
      const [, , lost, again] = said()
      assert.isNull(lost!.topicPartitions)
      assert.deepStrictEqual(again!.topicPartitions, owning(0))
      assert.deepStrictEqual(again!.subscribedTopicNames, ["orders"])
    }).pipe(Effect.scoped, Effect.provide(world)))

  it.effect("goes to the new coordinator when the old one is none any more", () =>
    Effect.gen(function*() {
      const moved = refused(ErrorCode.NOT_COORDINATOR)
      const { group, ledger, said } = yield* member([assigned(0), answer(), moved])
      group.coordinator = 1
      yield* eventually(() => said().length === 2)
      group.coordinator = 2
      yield* eventually(() => said().length === 4)
      assert.deepStrictEqual(group.nodesOf(ConsumerGroupHeartbeat), [1, 1, 1, 2])
      assert.deepStrictEqual(ledger.take(), ["a gets orders-0"])
    }).pipe(Effect.scoped, Effect.provide(world)))
})

describe("a member", () => {
  it.effect("that is fenced loses everything, and joins again under its id", () =>
    Effect.forEach(
      [ErrorCode.FENCED_MEMBER_EPOCH, ErrorCode.UNKNOWN_MEMBER_ID],
      (errorCode) =>
        Effect.gen(function*() {
          const { ledger, said } = yield* member([
            assigned(0),
            answer(),
            refused(errorCode),
            assigned(1)
          ])
          yield* eventually(() => ledger.owned("a").join() === "orders-1")
          const [first, , , again] = said()
          assert.strictEqual(again!.memberEpoch, 0)
          assert.strictEqual(again!.memberId, first!.memberId)
          assert.deepStrictEqual(again!.topicPartitions, [])
          assert.deepStrictEqual(ledger.take(), [
            "a gets orders-0",
            "a loses orders-0",
            "a gets orders-1"
          ])
        }).pipe(Effect.scoped, Effect.provide(world))
    ))

  it.effect("that is refused ends with what the broker says", () =>
    Effect.gen(function*() {
      const { ledger, membership } = yield* member([
        assigned(0),
        answer(),
        refused(ErrorCode.FENCED_INSTANCE_ID)
      ])
      yield* eventually(() => ledger.owners.size === 1)
      yield* eventually(() => ledger.owners.size === 0)
      const error = yield* Effect.flip(membership.failure)
      assert.strictEqual(error.errorCode, ErrorCode.FENCED_INSTANCE_ID)
      assert.include(error.message, "because")
    }).pipe(Effect.scoped, Effect.provide(world)))

  it.effect("gets what it cannot name yet as soon as the cluster tells of it", () =>
    Effect.gen(function*() {
      const { broker, ledger, said } = yield* member([assigned(0)])
      broker.setTopics({})
      yield* eventually(() => broker.asked(Metadata).length >= 3)
      assert.deepStrictEqual(ledger.take(), [])
      assert.deepStrictEqual(said().at(-1)!.topicPartitions, null)
      broker.setTopics({ orders: [1, 1, 1] })
      yield* eventually(() => ledger.owners.size === 1)
      yield* eventually(() => said().at(-1)!.topicPartitions === null)
      assert.isTrue(said().some(({ topicPartitions }) => topicPartitions?.length === 1))
    }).pipe(Effect.scoped, Effect.provide(world)))

  it.effect("matches its pattern itself where the broker does not", () =>
    Effect.gen(function*() {
      const broker = yield* ScriptedBroker
      broker.setVersionMax(ConsumerGroupHeartbeat, 0)
      broker.setTopics({ orders: [1], others: [1] })
      const { said } = yield* member([], { topics: /ord.*/ })
      yield* eventually(() => said().length === 1)
      assert.deepStrictEqual(said()[0]!.subscribedTopicNames, ["orders"])
      broker.setTopics({ orders: [1], others: [1], ordinary: [1] })
      yield* Effect.flatMap(Cluster, (cluster) => cluster.refresh)
      yield* eventually(() =>
        said().some(({ subscribedTopicNames }) => subscribedTopicNames?.length === 2)
      )
    }).pipe(Effect.scoped, Effect.provide(world)))
})
