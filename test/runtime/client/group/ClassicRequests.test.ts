// What a member of a classic group does about errors, held against a coordinator that answers what
// the test says: when it asks again, whom, and as whom.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Subscriptions from "../../../../src/domain/assignor/Subscriptions.ts"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { FindCoordinator } from "../../../../src/domain/protocol/FindCoordinator.ts"
import { Heartbeat } from "../../../../src/domain/protocol/Heartbeat.ts"
import { JoinGroup } from "../../../../src/domain/protocol/JoinGroup.ts"
import { LeaveGroup } from "../../../../src/domain/protocol/LeaveGroup.ts"
import { SyncGroup } from "../../../../src/domain/protocol/SyncGroup.ts"
import type { Cluster } from "../../../../src/runtime/client/cluster/Cluster.ts"
import * as GroupWorld from "../../../world/GroupWorld.ts"
import { layer, ScriptedBroker } from "../../../world/ScriptedBroker.ts"
import { ScriptedGroup } from "../../../world/ScriptedGroup.ts"

const { eventually, join, Ledger } = GroupWorld

/** Two brokers with a topic of two partitions. */
const scripted = (
  test: (group: ScriptedGroup, ledger: GroupWorld.Ledger) => Effect.Effect<
    void,
    unknown,
    Cluster | Scope.Scope | ScriptedBroker
  >
) =>
  Effect.gen(function*() {
    const group = new ScriptedGroup(yield* ScriptedBroker)
    yield* test(group, new Ledger())
  }).pipe(Effect.scoped, Effect.provide(layer({ brokers: 2, topics: { orders: [1, 2] } })))

describe("a coordinator", () => {
  it.effect("that loads or has moved is asked again, whoever it is by then", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        group.refuse(FindCoordinator, ErrorCode.COORDINATOR_NOT_AVAILABLE)
        group.refuse(
          JoinGroup,
          ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
          ErrorCode.NOT_COORDINATOR
        )
        yield* join(ledger.listener("a"))
        yield* eventually(() => group.joins.length === 1)
        group.coordinator = 2
        yield* eventually(() => ledger.owners.size === 2)
        assert.deepStrictEqual(group.nodesOf(JoinGroup), [1, 1, 2])
        assert.deepStrictEqual(group.nodesOf(SyncGroup), [2])
      })
    ))

  it.effect("that moves while the member heartbeats is found again without a rebalance", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        const member = yield* join(ledger.listener("a"))
        yield* eventually(() => ledger.owners.size === 2)
        group.refuse(Heartbeat, ErrorCode.NOT_COORDINATOR, ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
        group.coordinator = 2
        yield* eventually(() => group.nodesOf(Heartbeat).length === 3)
        assert.deepStrictEqual(group.nodesOf(Heartbeat), [1, 2, 2])
        assert.strictEqual(member.identity()?.generationId, 1)
        assert.strictEqual(group.joins.length, 1)
      })
    ))

  it.effect("that is out of reach for a session costs what was owned, in a rebalance as well", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        const broker = yield* ScriptedBroker
        yield* join(ledger.listener("a"), { sessionTimeoutMs: 10_000 })
        yield* eventually(() => ledger.owners.size === 2)
        group.refuse(Heartbeat, ErrorCode.REBALANCE_IN_PROGRESS)
        broker.on(JoinGroup, () => "cut")
        yield* eventually(() => group.joins.length === 2)
        yield* TestClock.adjust("5 seconds")
        assert.strictEqual(ledger.owners.size, 2)
        yield* eventually(() => ledger.owners.size === 0, { steps: 70 })
        assert.deepStrictEqual(ledger.take().slice(1), ["a loses orders-0 orders-1"])
      })
    ))

  it.effect("that begins the next rebalance while the last one ends is heard all the same", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        const broker = yield* ScriptedBroker
        const mayAnswer = yield* Latch.make()
        broker.on(SyncGroup, ({ request }) =>
          Effect.as(mayAnswer.await, {
            throttleTimeMs: 0,
            errorCode: ErrorCode.NONE,
            protocolType: "consumer",
            protocolName: request.protocolName,
            assignment: request.assignments[0]!.assignment
          }))
        yield* join(ledger.listener("a"))
        // The answers overtake each other: they come over two connections.
        group.refuse(Heartbeat, ErrorCode.REBALANCE_IN_PROGRESS)
        yield* eventually(() => group.nodesOf(Heartbeat).length === 1)
        yield* mayAnswer.open
        yield* eventually(() => ledger.owners.size === 2)
        group.refuse(Heartbeat, ErrorCode.REBALANCE_IN_PROGRESS)
        yield* eventually(() => group.joins.length === 2)
      })
    ))

  it.effect("that cuts the connection in the middle of a join is joined again, as the same member", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        const broker = yield* ScriptedBroker
        yield* join(ledger.listener("a"))
        yield* eventually(() => ledger.owners.size === 2)
        group.refuse(Heartbeat, ErrorCode.REBALANCE_IN_PROGRESS)
        broker.on(JoinGroup, () => {
          new ScriptedGroup(broker).generationId = group.generationId
          return "cut"
        })
        yield* eventually(() => group.joins.length === 3)
        yield* TestClock.adjust(1000)
        assert.deepStrictEqual(group.joins.map(({ memberId }) => memberId), ["", "given", "given"])
        assert.deepStrictEqual(ledger.take(), ["a gets orders-0 orders-1"])
      })
    ))
})

describe("a member", () => {
  it.effect("asks for its id first, where the broker wants that", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        group.refuse(JoinGroup, ErrorCode.MEMBER_ID_REQUIRED)
        yield* join(ledger.listener("a"))
        yield* eventually(() => ledger.owners.size === 2)
        assert.deepStrictEqual(group.joins.map(({ memberId }) => memberId), ["", "given"])
      })
    ))

  it.effect("keeps what it has over a rebalance, and says so", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        const member = yield* join(ledger.listener("a"))
        yield* eventually(() => ledger.owners.size === 2)
        group.refuse(Heartbeat, ErrorCode.REBALANCE_IN_PROGRESS)
        yield* eventually(() => member.identity()?.generationId === 2)
        assert.deepStrictEqual(ledger.take(), ["a gets orders-0 orders-1"])
        assert.strictEqual(group.joins[1]?.reason, "the group rebalances")
      })
    ))

  it.effect("that the group has forgotten loses everything and joins as somebody new", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        yield* join(ledger.listener("a"))
        yield* eventually(() => ledger.owners.size === 2)
        group.refuse(Heartbeat, ErrorCode.UNKNOWN_MEMBER_ID)
        yield* eventually(() => group.joins.length === 2)
        yield* eventually(() => ledger.owners.size === 2)
        assert.strictEqual(group.joins[1]?.memberId, "")
        assert.deepStrictEqual(ledger.take(), [
          "a gets orders-0 orders-1",
          "a loses orders-0 orders-1",
          "a gets orders-0 orders-1"
        ])
      })
    ))

  it.effect("of a generation that is over loses everything, but not its id", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        group.refuse(SyncGroup, ErrorCode.ILLEGAL_GENERATION)
        yield* join(ledger.listener("a"))
        yield* eventually(() => ledger.owners.size === 2)
        assert.deepStrictEqual(group.joins.map(({ memberId }) => memberId), ["", "given"])
      })
    ))

  it.effect("that is put out while it gives up does not get what it was promised before that", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        const broker = yield* ScriptedBroker
        const listener = ledger.listener("a")
        const mayGo = yield* Latch.make()
        const member = yield* join({
          ...listener,
          onRevoked: (partitions) => Effect.andThen(mayGo.await, listener.onRevoked(partitions))
        })
        yield* eventually(() => ledger.owners.size === 2)
        // From orders-0 and orders-1 to orders-1 and orders-2.
        broker.on(SyncGroup, ({ request }) => ({
          throttleTimeMs: 0,
          errorCode: ErrorCode.NONE,
          protocolType: "consumer",
          protocolName: request.protocolName,
          assignment: Subscriptions.encodeAssignment(new Map([["orders", new Set([1, 2])]]))
        }))
        group.refuse(Heartbeat, ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.UNKNOWN_MEMBER_ID)
        const beats = group.nodesOf(Heartbeat).length
        yield* eventually(() => group.nodesOf(Heartbeat).length === beats + 2)
        assert.deepStrictEqual(ledger.take(), ["a gets orders-0 orders-1"])
        yield* mayGo.open
        yield* eventually(() => member.identity()?.generationId === 3 && ledger.owners.size === 2)
        assert.deepStrictEqual(ledger.take(), [
          "a gives up orders-0",
          "a loses orders-1",
          "a gets orders-1 orders-2"
        ])
      })
    ))

  it.effect("that is not welcome ends with what the broker said, and does not ask again", () =>
    Effect.forEach(
      [
        [JoinGroup, ErrorCode.GROUP_MAX_SIZE_REACHED],
        [JoinGroup, ErrorCode.INVALID_SESSION_TIMEOUT],
        [SyncGroup, ErrorCode.GROUP_AUTHORIZATION_FAILED],
        [FindCoordinator, ErrorCode.GROUP_AUTHORIZATION_FAILED]
      ] as const,
      ([api, errorCode]) =>
        scripted((group, ledger) =>
          Effect.gen(function*() {
            group.refuse(api, errorCode)
            const member = yield* join(ledger.listener("a"))
            const error = yield* Effect.flip(member.failure)
            assert.strictEqual(error.errorCode, errorCode)
            const { length } = group.joins
            yield* TestClock.adjust(60_000)
            assert.strictEqual(group.joins.length, length)
            assert.deepStrictEqual(ledger.take(), [])
          })
        )
    ))

  it.effect("says that it leaves, with its reason; a static one does not", () =>
    scripted((group, ledger) =>
      Effect.gen(function*() {
        const broker = yield* ScriptedBroker
        const member = yield* join(ledger.listener("a"))
        yield* eventually(() => ledger.owners.size === 2)
        yield* member.leave
        const [leave] = broker.asked(LeaveGroup)
        assert.deepStrictEqual(leave?.request.members, [
          { memberId: "given", groupInstanceId: null, reason: "the consumer is closed" }
        ])
        const fixed = yield* join(ledger.listener("b"), { groupInstanceId: "one" })
        yield* eventually(() => ledger.owners.size === 2)
        yield* fixed.leave
        assert.strictEqual(broker.asked(LeaveGroup).length, 1)
        assert.strictEqual(group.joins.at(-1)?.groupInstanceId, "one")
      })
    ))
})
