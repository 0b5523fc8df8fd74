// Members of groups of the consumer protocol (KIP-848), held against a whole broker in memory,
// alone and beside members of the classic protocol. The ledger of each test fails as soon as a
// partition has two owners.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { MemoryNetwork } from "../../../../src/layers/transport/MemoryTransport.ts"
import { Cluster } from "../../../../src/runtime/client/cluster/Cluster.ts"
import * as GroupCommits from "../../../../src/runtime/client/group/GroupCommits.ts"
import type {
  GroupListener,
  GroupOptions
} from "../../../../src/runtime/client/group/GroupContract.ts"
import * as OffsetCommitter from "../../../../src/runtime/client/group/OffsetCommitter.ts"
import * as GroupWorld from "../../../world/GroupWorld.ts"

const { eventually, inWorld, Ledger } = GroupWorld

const join = (listener: GroupListener, options: Partial<GroupOptions> = {}) =>
  GroupWorld.join(listener, { protocol: "consumer", ...options })

const spread = (ledger: GroupWorld.Ledger, names: ReadonlyArray<string>) =>
  names.map((name) => ledger.owned(name).length)

describe("a member alone", () => {
  it.effect("gets everything, and gives it up when it leaves", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const member = yield* join(ledger.listener("a"))
      yield* eventually(() => ledger.owners.size === 2)
      assert.isAbove(member.identity()!.generationId, 0)
      yield* member.leave
      assert.deepStrictEqual(ledger.take(), [
        "a gets orders-0 orders-1",
        "a gives up orders-0 orders-1"
      ])
      assert.isUndefined(member.identity())
    }).pipe(inWorld))

  it.effect("subscribes by a pattern, which the broker matches", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders-eu", 1)
      yield* GroupWorld.createTopic("other-orders-eu", 1)
      const ledger = new Ledger()
      yield* join(ledger.listener("a"), { topics: /ORDERS-.+/i })
      yield* eventually(() => ledger.owners.size === 1)
      yield* GroupWorld.createTopic("orders-us", 1)
      yield* eventually(() => ledger.owners.size === 2)
      assert.deepStrictEqual(ledger.take(), ["a gets orders-eu-0", "a gets orders-us-0"])
    }).pipe(inWorld))

  it.effect("stays a member while the application polls, and commits with its epoch", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 1)
      const ledger = new Ledger()
      const member = yield* join(ledger.listener("a"), { rebalanceTimeoutMs: 60_000 })
      yield* eventually(() => ledger.owners.size === 1)
      for (let i = 0; i < 60; i++) {
        member.polled()
        yield* TestClock.adjust(5000)
      }
      assert.deepStrictEqual(ledger.take(), ["a gets orders-0"])
      const committer = yield* OffsetCommitter.make("readers")
      const partition = { topic: "orders", partition: 0 }
      yield* committer.commit(
        new Map([["orders-0", { ...partition, offset: 5 }]]),
        member.identity()
      )
      const found = yield* committer.fetch([partition], member.identity())
      assert.strictEqual(found.get("orders-0")?.offset, 5)
    }).pipe(inWorld))

  it.effect("is told what the broker does not like", () =>
    Effect.gen(function*() {
      const ledger = new Ledger()
      const member = yield* join(ledger.listener("a"), { remoteAssignor: "wishful" })
      const error = yield* Effect.flip(member.failure)
      assert.strictEqual(error.errorCode, ErrorCode.UNSUPPORTED_ASSIGNOR)
      assert.include(error.message, "wishful")
    }).pipe(inWorld))
})

describe("many members", () => {
  it.effect("share what there is, and only what moves is given up", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 12)
      const ledger = new Ledger()
      const names = ["a", "b", "c", "d"]
      const members = []
      for (const [i, name] of names.entries()) {
        const before = new Map(ledger.owners)
        members.push(yield* join(ledger.listener(name)))
        const share = 12 / (i + 1)
        yield* eventually(() =>
          spread(ledger, names.slice(0, i + 1)).every((count) => count === share)
        )
        const moved = [...before].filter(([partition, owner]) =>
          ledger.owners.get(partition) !== owner
        ).map(([partition]) => partition)
        const given = ledger.take().filter((line) => line.includes("gives up"))
          .flatMap((line) => line.split(" ").slice(3))
        assert.deepStrictEqual(given.sort(), moved.sort())
        assert.strictEqual(moved.length, i === 0 ? 0 : share)
      }
      yield* members[0]!.stop
      yield* eventually(() => spread(ledger, ["b", "c", "d"]).join() === "4,4,4")
    }).pipe(inWorld))

  it.effect("take over from one that is cut off, when it has given up by itself", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 4)
      const network = yield* MemoryNetwork
      yield* network.setWeather({ delayMs: 1 })
      const ledger = new Ledger()
      const machine = yield* GroupWorld.machine
      yield* join(ledger.listener("a"), { protocol: "consumer" }).pipe(
        Effect.provideService(Cluster, machine.cluster),
        Effect.forkChild
      )
      yield* Effect.forkChild(join(ledger.listener("b")))
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "2,2")
      ledger.take()
      yield* machine.unplug
      yield* eventually(() => ledger.owned("b").length === 4)
      assert.match(ledger.take()[0]!, /^a loses/)
      yield* machine.plug
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "2,2")
    }).pipe(inWorld))

  it.effect("wait for one that takes its time to give up, whose heartbeats go on", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const listener = ledger.listener("a")
      const mayGo = yield* Latch.make()
      yield* join({
        ...listener,
        onRevoked: (partitions) => Effect.andThen(mayGo.await, listener.onRevoked(partitions))
      }, { rebalanceTimeoutMs: 600_000 })
      yield* eventually(() => ledger.owners.size === 2)
      yield* join(ledger.listener("b"))
      yield* TestClock.adjust(120_000)
      assert.deepStrictEqual(ledger.take(), ["a gets orders-0 orders-1"])
      yield* mayGo.open
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "1,1")
    }).pipe(inWorld))

  it.effect("go on without one that gives up too slowly, which loses all", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const slow = new Ledger()
      const listener = slow.listener("a")
      const mayGo = yield* Latch.make()
      const a = yield* join({
        ...listener,
        onRevoked: (partitions) => Effect.andThen(mayGo.await, listener.onRevoked(partitions))
      }, { rebalanceTimeoutMs: 20_000 })
      const polling = yield* Effect.forkChild(
        Effect.forever(Effect.andThen(Effect.sleep(1000), Effect.sync(a.polled)))
      )
      yield* eventually(() => slow.owners.size === 2)
      yield* join(ledger.listener("b"))
      yield* eventually(() => ledger.owners.size === 2)
      yield* mayGo.open
      yield* eventually(() => slow.owners.size === 1 && ledger.owners.size === 1)
      const [, revoked, lost] = slow.take()
      assert.match(revoked!, /^a gives up orders-\d$/)
      assert.match(lost!, /^a loses orders-\d$/)
      yield* Fiber.interrupt(polling)
    }).pipe(inWorld))
})

describe("a static member", () => {
  const options = { groupInstanceId: "one" }

  it.effect("restarts without a rebalance", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 4)
      const ledger = new Ledger()
      const other = yield* join(ledger.listener("other"))
      const first = yield* join(ledger.listener("first"), options)
      yield* eventually(() => spread(ledger, ["first", "other"]).join() === "2,2")
      yield* TestClock.adjust(10_000)
      const own = ledger.owned("first")
      const epoch = other.identity()!.generationId
      yield* first.stop
      yield* TestClock.adjust(20_000)
      ledger.take()
      yield* join(ledger.listener("second"), options)
      yield* eventually(() => ledger.owned("second").length === 2)
      assert.deepStrictEqual(ledger.take(), [`second gets ${own.join(" ")}`])
      assert.strictEqual(other.identity()!.generationId, epoch)
    }).pipe(inWorld))

  it.effect("is refused a name that another one still has", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 4)
      const ledger = new Ledger()
      yield* join(ledger.listener("first"), options)
      yield* eventually(() => ledger.owners.size === 4)
      const second = yield* join(ledger.listener("second"), options)
      const error = yield* Effect.flip(second.failure)
      assert.strictEqual(error.errorCode, ErrorCode.UNRELEASED_INSTANCE_ID)
    }).pipe(inWorld))
})

describe("an application that does not poll", () => {
  it.effect("loses its partitions to the others, and gets its share when it polls again", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 4)
      const ledger = new Ledger()
      const options = { rebalanceTimeoutMs: 20_000 }
      const slow = yield* join(ledger.listener("slow"), options)
      const other = yield* join(ledger.listener("other"), options)
      const polling = yield* Effect.forkChild(
        Effect.forever(Effect.andThen(Effect.sleep(1000), Effect.sync(other.polled)))
      )
      yield* eventually(() => spread(ledger, ["slow", "other"]).join() === "2,2")
      ledger.take()
      yield* eventually(() => ledger.owned("other").length === 4)
      assert.match(ledger.take()[0]!, /^slow loses/)
      slow.polled()
      yield* eventually(() => ledger.owned("slow").length === 2)
      yield* Fiber.interrupt(polling)
    }).pipe(inWorld))
})

describe("members of both protocols", () => {
  it.effect("share a group, whichever came first", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 12)
      const ledger = new Ledger()
      const a = yield* join(ledger.listener("a"), { protocol: "classic" })
      yield* eventually(() => ledger.owners.size === 12)
      yield* join(ledger.listener("b"))
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "6,6")
      yield* join(ledger.listener("c"), { protocol: "auto" })
      yield* join(ledger.listener("d"), { protocol: "classic" })
      const names = ["a", "b", "c", "d"]
      yield* eventually(() => spread(ledger, names).join() === "3,3,3,3")
      yield* a.stop
      yield* eventually(() => spread(ledger, ["b", "c", "d"]).join() === "4,4,4")
    }).pipe(inWorld))

  it.effect("keep their commits over the change of protocol", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 1)
      const cluster = yield* Cluster
      const ledger = new Ledger()
      const committer = yield* OffsetCommitter.make("readers")
      const partition = { topic: "orders", partition: 0 }
      const a = yield* join(ledger.listener("a"), { protocol: "classic" })
      yield* eventually(() => ledger.owners.size === 1)
      const offsets = new Map([["orders-0", { ...partition, offset: 5 }]])
      yield* GroupCommits.commit(cluster, a, committer, offsets)
      yield* a.stop
      const b = yield* join(ledger.listener("b"))
      yield* eventually(() => ledger.owned("b").length === 1)
      const found = yield* committer.fetch([partition], b.identity())
      assert.strictEqual(found.get("orders-0")?.offset, 5)
    }).pipe(inWorld))
})
