// Members of a consumer group as tests need them: each over a client of its own on the network of
// the world's broker, its listener writing down what it was told, and a ledger of who owns what
// that finds every moment in which a partition has two owners.
import { assert } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as Topic from "../../src/domain/Topic.ts"
import { ClientConfig } from "../../src/layers/config/ClientConfig.ts"
import { type Connection, Transport, TransportError } from "../../src/layers/transport/Transport.ts"
import type { ClientError } from "../../src/runtime/client/ClientError.ts"
import { Cluster } from "../../src/runtime/client/cluster/Cluster.ts"
import type {
  GroupListener,
  GroupMembership,
  GroupOptions
} from "../../src/runtime/client/group/GroupContract.ts"
import * as Membership from "../../src/runtime/client/group/GroupMembership.ts"
import * as BrokerWorld from "./BrokerWorld.ts"
import * as ClientWorld from "./ClientWorld.ts"
import * as Requests from "./Requests.ts"

/** A broker whose groups do not wait for members to come, and the client's part of a world. */
const layer = ClientWorld.layer({ broker: { "group.initial.rebalance.delay.ms": "0" } })

/** Members leave before the world ends, and time goes on while they do. */
export const inWorld = <A, E>(
  test: Effect.Effect<A, E, Layer.Success<typeof layer> | Scope.Scope>
): Effect.Effect<A, E | Layer.Error<typeof layer>> =>
  Effect.gen(function*() {
    const scope = yield* Scope.make()
    const exit = yield* Effect.exit(Scope.provide(test, scope))
    const time = yield* Effect.forkChild(Effect.forever(TestClock.adjust(100)))
    yield* Scope.close(scope, exit)
    yield* Fiber.interrupt(time)
    return yield* exit
  }).pipe(Effect.provide(layer))

export const createTopic = (name: string, partitions: number) =>
  Effect.flatMap(BrokerWorld.connect, (client) => Requests.createTopic(client, name, partitions))

/**
 * Who owns what, over all members of a test. Looking at it fails once a partition had two owners.
 */
export class Ledger {
  private readonly all = new Map<string, string>()
  private readonly violations: Array<string> = []
  private lines: Array<string> = []

  listener(name: string): GroupListener {
    const told =
      (what: string, change: (partition: string) => void): GroupListener["onLost"] =>
      (partitions) =>
        Effect.sync(() => {
          const names = partitions.map(({ partition, topic }) => Topic.format(topic, partition))
          this.lines.push(`${name} ${what} ${names.join(" ")}`)
          for (const partition of names) change(partition)
        })
    const drop = (partition: string) => {
      if (this.all.get(partition) !== name) this.violations.push(`${partition} was not ${name}'s`)
      this.all.delete(partition)
    }
    return {
      onAssigned: told("gets", (partition) => {
        const owner = this.all.get(partition)
        if (owner !== undefined) {
          this.violations.push(`${partition} is ${owner}'s, and ${name} gets it`)
        }
        this.all.set(partition, name)
      }),
      onRevoked: told("gives up", drop),
      onLost: told("loses", drop)
    }
  }

  /** Partitions with their owners. */
  get owners(): ReadonlyMap<string, string> {
    assert.deepStrictEqual(this.violations, [])
    return this.all
  }

  owned(name: string): ReadonlyArray<string> {
    return [...this.owners].filter(([, owner]) => owner === name)
      .map(([partition]) => partition).sort()
  }

  /** What was written down since the last call, as "a gets orders-0 orders-1". */
  take(): ReadonlyArray<string> {
    assert.deepStrictEqual(this.violations, [])
    return this.lines.splice(0)
  }
}

export interface TestMember extends GroupMembership {
  readonly stop: Effect.Effect<void>
}

export const OPTIONS = { groupId: "readers", topics: ["orders"] } satisfies GroupOptions

/** A client with a cable of its own, which can be pulled. Provides a member's Cluster. */
export interface Machine {
  readonly cluster: Cluster["Service"]
  readonly unplug: Effect.Effect<void>
  readonly plug: Effect.Effect<void>
}

export const machine = Effect.gen(function*() {
  const transport = yield* Transport
  const cables = new Set<Connection>()
  let isPlugged = true
  const noCable = new TransportError({ reason: "refused", detail: "the cable is pulled" })
  const ownTransport = Transport.of({
    ...transport,
    connect: (options) =>
      Effect.suspend(() =>
        isPlugged
          ? Effect.tap(transport.connect(options), (cable) => Effect.sync(() => cables.add(cable)))
          : Effect.fail(noCable)
      )
  })
  const context = yield* Layer.build(
    Layer.fresh(Cluster.layer).pipe(
      Layer.provide(Layer.succeed(Transport, ownTransport)),
      Layer.provide(Layer.succeed(ClientConfig, yield* ClientConfig))
    )
  )
  const result: Machine = {
    cluster: Context.get(context, Cluster),
    unplug: Effect.suspend(() => {
      isPlugged = false
      const pulled = [...cables]
      cables.clear()
      return Effect.forEach(pulled, ({ close }) => close, { discard: true })
    }),
    plug: Effect.sync(() => {
      isPlugged = true
    })
  }
  return result
})

/** Joins over the cluster of the world; leaves with `stop` or the test's scope. */
export const join = (
  listener: GroupListener,
  options: Partial<GroupOptions> = {}
): Effect.Effect<TestMember, ClientError, Cluster | Scope.Scope> =>
  Effect.gen(function*() {
    const scope = yield* Scope.fork(yield* Effect.scope)
    const membership = yield* Membership.make({ ...OPTIONS, ...options }, listener).pipe(
      Scope.provide(scope)
    )
    return Object.assign(Object.create(membership) as GroupMembership, {
      stop: Scope.close(scope, Exit.void)
    })
  })

/** Lets time go by in small steps until it is so. */
export const eventually = (
  isSo: () => boolean,
  options: { readonly stepMs?: number; readonly steps?: number; readonly what?: string } = {}
) =>
  Effect.gen(function*() {
    const { stepMs = 100, steps = 1000, what = isSo.toString() } = options
    for (let i = 0; i < steps; i++) {
      if (isSo()) return
      yield* TestClock.adjust(stepMs)
    }
    assert.fail(`never came true: ${what}`)
  })
