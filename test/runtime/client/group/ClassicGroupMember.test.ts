// Members of classic groups, held against a whole broker in memory: who owns what, when, and what
// the application is told of it. The ledger of each test fails as soon as a partition has two
// owners.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { MemoryNetwork } from "../../../../src/layers/transport/MemoryTransport.ts"
import { Cluster } from "../../../../src/runtime/client/cluster/Cluster.ts"
import * as GroupWorld from "../../../world/GroupWorld.ts"

const { eventually, join, Ledger } = GroupWorld

const spread = (ledger: GroupWorld.Ledger, names: ReadonlyArray<string>) =>
  names.map((name) => ledger.owned(name).length)

describe("a member alone", () => {
  it.effect("gets everything, and gives it up when it leaves", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const member = yield* join(ledger.listener("a"))
      assert.isUndefined(member.identity())
      yield* eventually(() => ledger.owners.size === 2)
      assert.deepStrictEqual(member.assigned(), [
        { topic: "orders", partition: 0 },
        { topic: "orders", partition: 1 }
      ])
      assert.strictEqual(member.identity()?.generationId, 1)
      yield* member.leave
      assert.deepStrictEqual(ledger.take(), [
        "a gets orders-0 orders-1",
        "a gives up orders-0 orders-1"
      ])
      assert.deepStrictEqual(member.assigned(), [])
      assert.isUndefined(member.identity())
    }).pipe(GroupWorld.inWorld))

  it.effect("stays a member while the application polls and nothing happens", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const member = yield* join(ledger.listener("a"), { rebalanceTimeoutMs: 60_000 })
      yield* eventually(() => ledger.owners.size === 2)
      for (let i = 0; i < 120; i++) {
        member.polled()
        yield* TestClock.adjust(5000)
      }
      assert.deepStrictEqual(ledger.take(), ["a gets orders-0 orders-1"])
      assert.strictEqual(member.identity()?.generationId, 1)
    }).pipe(GroupWorld.inWorld))

  it.effect("gets the partitions that are added later, and topics that begin to match", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders-eu", 1)
      const ledger = new Ledger()
      yield* join(ledger.listener("a"), { topics: /orders-.+/ })
      yield* eventually(() => ledger.owners.size === 1)
      yield* GroupWorld.createTopic("orders-us", 1)
      yield* GroupWorld.createTopic("other-orders-us", 1)
      yield* Effect.flatMap(Cluster, (cluster) => cluster.refresh)
      yield* eventually(() => ledger.owners.size === 2)
      assert.deepStrictEqual(ledger.take(), ["a gets orders-eu-0", "a gets orders-us-0"])
    }).pipe(GroupWorld.inWorld))

  it.effect("waits for a topic that is not there yet", () =>
    Effect.gen(function*() {
      const ledger = new Ledger()
      const member = yield* join(ledger.listener("a"))
      yield* eventually(() => member.identity() !== undefined)
      yield* TestClock.adjust(10_000)
      assert.deepStrictEqual(member.assigned(), [])
      yield* GroupWorld.createTopic("orders", 1)
      yield* eventually(() => ledger.owners.size === 1)
    }).pipe(GroupWorld.inWorld))
})

describe("two members that are eager", () => {
  it.effect("give up everything and share it anew, and one gets all when the other leaves", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 4)
      const ledger = new Ledger()
      const options = { assignors: ["range"] } as const
      yield* join(ledger.listener("a"), options)
      yield* eventually(() => ledger.owners.size === 4)
      const b = yield* join(ledger.listener("b"), options)
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "2,2")
      assert.deepStrictEqual(ledger.take().slice(0, 2), [
        "a gets orders-0 orders-1 orders-2 orders-3",
        "a gives up orders-0 orders-1 orders-2 orders-3"
      ])
      yield* b.stop
      yield* eventually(() => ledger.owned("a").length === 4)
    }).pipe(GroupWorld.inWorld))
})

describe("members that are cooperative", () => {
  it.effect("keep what stays: only what moves is given up, after the rebalance", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 12)
      const ledger = new Ledger()
      const names = ["a", "b", "c", "d"]
      const members = []
      for (const [i, name] of names.entries()) {
        const before = new Map(ledger.owners)
        members.push(yield* join(ledger.listener(name)))
        const share = 12 / (i + 1)
        yield* eventually(() => {
          const counts = spread(ledger, names.slice(0, i + 1))
          return counts.every((count) => count === share)
        })
        const moved = [...before].filter(([partition, owner]) =>
          ledger.owners.get(partition) !== owner
        )
        const given = ledger.take().filter((line) => line.includes("gives up"))
          .flatMap((line) => line.split(" ").slice(3))
        assert.strictEqual(moved.length, i === 0 ? 0 : share)
        assert.deepStrictEqual(given.sort(), moved.map(([partition]) => partition).sort())
      }
      const stays = ledger.owned("a")
      yield* members[3]!.stop
      yield* members[2]!.stop
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "6,6")
      assert.includeMembers([...ledger.owned("a")], [...stays])
      const lines = ledger.take().filter((line) => !/^[cd] gives up/.test(line))
      assert.isTrue(lines.every((line) => line.includes(" gets ")), lines.join("\n"))
    }).pipe(GroupWorld.inWorld))
})

describe("a member that is cut off", () => {
  it.effect("loses its partitions before another has them, and comes back", () =>
    Effect.gen(function*() {
      const network = yield* MemoryNetwork
      yield* network.setWeather({ delayMs: 1 })
      yield* Effect.forkChild(GroupWorld.createTopic("orders", 4))
      const ledger = new Ledger()
      const machine = yield* GroupWorld.machine
      yield* join(ledger.listener("a")).pipe(Effect.provideService(Cluster, machine.cluster))
      yield* join(ledger.listener("b"))
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "2,2")
      ledger.take()
      yield* machine.unplug
      yield* eventually(() => ledger.owned("b").length === 4)
      const [lost, ...others] = ledger.take()
      assert.match(lost!, /^a loses orders-\d orders-\d$/)
      assert.isTrue(others.every((line) => line.startsWith("b gets ")))
      yield* machine.plug
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "2,2")
    }).pipe(GroupWorld.inWorld))

  it.effect("goes on as the same member when it is back within its session", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 4)
      const ledger = new Ledger()
      const machine = yield* GroupWorld.machine
      const member = yield* join(ledger.listener("a")).pipe(
        Effect.provideService(Cluster, machine.cluster)
      )
      yield* eventually(() => ledger.owners.size === 4)
      const identity = member.identity()
      yield* machine.unplug
      yield* TestClock.adjust(20_000)
      yield* machine.plug
      yield* TestClock.adjust(60_000)
      assert.deepStrictEqual(member.identity(), identity)
      assert.deepStrictEqual(ledger.take(), ["a gets orders-0 orders-1 orders-2 orders-3"])
    }).pipe(GroupWorld.inWorld))
})

describe("a static member", () => {
  const options = { groupInstanceId: "one", sessionTimeoutMs: 30_000 }

  it.effect("restarts without a rebalance, within its session", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 4)
      const ledger = new Ledger()
      const other = yield* join(ledger.listener("other"))
      const first = yield* join(ledger.listener("first"), options)
      yield* eventually(() => spread(ledger, ["first", "other"]).join() === "2,2")
      yield* TestClock.adjust(10_000)
      const before = { own: ledger.owned("first"), generation: other.identity()!.generationId }
      yield* first.stop
      yield* TestClock.adjust(20_000)
      ledger.take()
      const second = yield* join(ledger.listener("second"), options)
      yield* eventually(() => ledger.owned("second").length === 2)
      yield* TestClock.adjust(60_000)
      assert.deepStrictEqual(ledger.owned("second"), before.own)
      assert.deepStrictEqual(ledger.take(), [`second gets ${before.own.join(" ")}`])
      assert.strictEqual(second.identity()!.generationId, before.generation)
    }).pipe(GroupWorld.inWorld))

  it.effect("ends when another takes its name", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const first = yield* join(ledger.listener("first"), options)
      yield* eventually(() => ledger.owners.size === 2)
      const failed = yield* Effect.forkChild(Effect.flip(first.failure))
      // The name is taken while the first one does not know: what it owns is in two hands till
      // then.
      const rival = new Ledger()
      yield* join(rival.listener("second"), options)
      yield* eventually(() => first.assigned().length === 0 && rival.owners.size === 2)
      const error = yield* Fiber.join(failed)
      assert.strictEqual(error.errorCode, ErrorCode.FENCED_INSTANCE_ID)
      assert.deepStrictEqual(ledger.take(), [
        "first gets orders-0 orders-1",
        "first loses orders-0 orders-1"
      ])
      assert.isUndefined(first.identity())
    }).pipe(GroupWorld.inWorld))
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
      slow.polled()
      ledger.take()
      yield* TestClock.adjust(19_000)
      assert.deepStrictEqual(ledger.take(), [])
      yield* eventually(() => ledger.owned("other").length === 4)
      assert.match(ledger.take()[0]!, /^slow loses orders-\d orders-\d$/)
      assert.isUndefined(slow.identity())
      slow.polled()
      yield* eventually(() => ledger.owned("slow").length === 2)
      yield* Fiber.interrupt(polling)
    }).pipe(GroupWorld.inWorld))
})

describe("a listener", () => {
  it.effect("may take its time: heartbeats go on, and nothing else happens before it is done", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const listener = ledger.listener("a")
      const mayGo = yield* Latch.make()
      const member = yield* join({
        ...listener,
        onRevoked: (partitions) => Effect.andThen(mayGo.await, listener.onRevoked(partitions))
      }, { sessionTimeoutMs: 10_000 })
      yield* eventually(() => ledger.owners.size === 2)
      yield* join(ledger.listener("b"))
      yield* TestClock.adjust(60_000)
      assert.deepStrictEqual(ledger.take(), ["a gets orders-0 orders-1"])
      assert.strictEqual(member.identity()!.generationId, 2)
      yield* mayGo.open
      yield* eventually(() => spread(ledger, ["a", "b"]).join() === "1,1")
    }).pipe(GroupWorld.inWorld))

  it.effect("that dies ends the membership with an error that says so, and others go on", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      const member = yield* join({
        ...ledger.listener("a"),
        onAssigned: () => Effect.die(new Error("no room left"))
      })
      const error = yield* Effect.flip(member.failure)
      assert.strictEqual(error.reason._tag, "ListenerDied")
      assert.include(error.message, "no room left")
      assert.deepStrictEqual(member.assigned(), [])
      yield* join(ledger.listener("b"))
      yield* eventually(() => ledger.owned("b").length === 2)
    }).pipe(GroupWorld.inWorld))
})

describe("a group", () => {
  it.effect("that shares no protocol with a member refuses it", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 2)
      const ledger = new Ledger()
      yield* join(ledger.listener("a"))
      yield* eventually(() => ledger.owners.size === 2)
      const other = yield* join(ledger.listener("b"), { assignors: ["range"] })
      const error = yield* Effect.flip(other.failure)
      assert.strictEqual(error.errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
      yield* other.leave
    }).pipe(GroupWorld.inWorld))

  it.effect("has members of one client, each with a lane of its own", () =>
    Effect.gen(function*() {
      yield* GroupWorld.createTopic("orders", 12)
      const ledger = new Ledger()
      const names = ["a", "b", "c", "d", "e", "f"]
      yield* Effect.forEach(names, (name) => join(ledger.listener(name)))
      yield* eventually(() => spread(ledger, names).every((count) => count === 2))
    }).pipe(GroupWorld.inWorld))
})
