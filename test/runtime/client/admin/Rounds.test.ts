// Who is asked what, what is asked again and what is not: against brokers that answer by script, because one
// real broker leads, controls and coordinates all.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import type { CreateTopics } from "../../../../src/domain/protocol/CreateTopics.ts"
import type { DeleteGroups } from "../../../../src/domain/protocol/DeleteGroups.ts"
import type { DeleteRecords } from "../../../../src/domain/protocol/DeleteRecords.ts"
import type { FindCoordinator } from "../../../../src/domain/protocol/FindCoordinator.ts"
import type * as Api from "../../../../src/domain/wire/Api.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import {
  type Answer,
  type Asked,
  ScriptedBrokers,
  type ScriptedOptions
} from "../../../world/ScriptedBrokers.ts"

const world = (options: Omit<ScriptedOptions, "nodes">) => {
  const brokers = new ScriptedBrokers({ nodes: [1, 2, 3], ...options })
  return { brokers, layer: Admin.layer.pipe(Layer.provideMerge(brokers.layer)) }
}

/** Runs the effect while the clock goes on, a tenth of a second at a time. */
const passing = Effect.fnUntraced(function*<A, E, R>(effect: Effect.Effect<A, E, R>) {
  const running = yield* Effect.forkChild(effect, { startImmediately: true })
  while (running.pollUnsafe() === undefined) yield* TestClock.adjust("100 millis")
  return yield* Fiber.join(running)
})

const createdWith = (errorCode: (asked: Asked) => number): Answer => (asked) => {
  const { topics } = asked.request as Api.Request<typeof CreateTopics>
  return {
    throttleTimeMs: 0,
    topics: topics.map(({ name }) => ({
      name,
      topicId: "00000000-0000-0000-0000-000000000001",
      errorCode: errorCode(asked),
      errorMessage: null,
      topicConfigErrorCode: 0,
      numPartitions: 1,
      replicationFactor: 1,
      configs: []
    }))
  }
}

const deletedWith =
  (errorCode: (nodeId: number, partition: number) => number): Answer => (asked) => {
    const { topics } = asked.request as Api.Request<typeof DeleteRecords>
    return {
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ offset, partitionIndex }) => ({
          partitionIndex,
          lowWatermark: offset,
          errorCode: errorCode(asked.nodeId, partitionIndex)
        }))
      }))
    }
  }

const coordinatedBy = (coordinators: () => Readonly<Record<string, number>>): Answer => (asked) => {
  const { coordinatorKeys } = asked.request as Api.Request<typeof FindCoordinator>
  return {
    throttleTimeMs: 0,
    errorCode: 0,
    errorMessage: null,
    nodeId: -1,
    host: "",
    port: 0,
    coordinators: coordinatorKeys.map((key) => ({
      key,
      nodeId: coordinators()[key]!,
      host: "127.0.0.1",
      port: 9000 + coordinators()[key]!,
      errorCode: 0,
      errorMessage: null
    }))
  }
}

describe("the controller", () => {
  it.effect("is asked for changes of topics, whoever the client knew first", () => {
    const { brokers, layer } = world({
      controllerId: 3,
      answers: { CreateTopics: createdWith(() => 0) }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      yield* Admin.orFail(admin.createTopics([{ topic: "orders" }, { topic: "audit" }]))
      assert.deepStrictEqual(brokers.told, [[3, "CreateTopics"]])
    }).pipe(Effect.provide(layer))
  })

  it.effect("is looked for again when it is another by now", () => {
    let refusals = 0
    const { brokers, layer } = world({
      controllerId: 3,
      answers: { CreateTopics: createdWith(() => refusals++ < 2 ? ErrorCode.NOT_CONTROLLER : 0) }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      yield* passing(Admin.orFail(admin.createTopics([{ topic: "orders" }])))
      assert.strictEqual(brokers.told.length, 3)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is not asked twice to create a topic when its answer was lost", () => {
    const { brokers, layer } = world({ answers: { CreateTopics: () => "cut" } })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const error = yield* Effect.flip(Admin.orFail(admin.createTopics([{ topic: "orders" }])))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.strictEqual(brokers.told.length, 1)
    }).pipe(Effect.provide(layer))
  })

  it.effect("is asked twice when it was only to check", () => {
    let cuts = 0
    const checked = createdWith(() => 0)
    const { layer } = world({
      answers: { CreateTopics: (asked) => cuts++ === 0 ? "cut" : checked(asked) }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const options = { validateOnly: true }
      yield* passing(Admin.orFail(admin.createTopics([{ topic: "orders" }], options)))
      assert.strictEqual(cuts, 2)
    }).pipe(Effect.provide(layer))
  })
})

describe("leaders", () => {
  const records = (...partitions: ReadonlyArray<number>) =>
    partitions.map((partition) => ({ topic: "orders", partition, before: 10 + partition }))

  it.effect("are each asked for their own partitions", () => {
    const { brokers, layer } = world({
      leaders: () => ({ orders: [1, 2, 1, 3] }),
      answers: { DeleteRecords: deletedWith(() => 0) }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const deleted = yield* Admin.orFail(admin.deleteRecords(records(0, 1, 2, 3)))
      assert.deepStrictEqual(
        [...deleted].map(([key, { lowWatermark }]) => [key, lowWatermark]),
        [["orders-0", 10], ["orders-1", 11], ["orders-2", 12], ["orders-3", 13]]
      )
      const asked = brokers.asked.filter(({ api }) => api === "DeleteRecords")
        .map(({ nodeId, request }) => {
          const { topics } = request as Api.Request<typeof DeleteRecords>
          return [nodeId, topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex)]
        })
      assert.sameDeepMembers(asked, [[1, [0, 2]], [2, [1]], [3, [3]]])
    }).pipe(Effect.provide(layer))
  })

  it.effect("that have moved are followed, and only what they refused is asked again", () => {
    let leader = 2
    const { brokers, layer } = world({
      leaders: () => ({ orders: [1, leader] }),
      answers: {
        DeleteRecords: deletedWith((nodeId) => {
          if (nodeId !== 2) return 0
          leader = 3
          return ErrorCode.NOT_LEADER_OR_FOLLOWER
        })
      }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const deleted = yield* passing(Admin.orFail(admin.deleteRecords(records(0, 1))))
      assert.strictEqual(deleted.size, 2)
      assert.sameDeepMembers([...brokers.told], [
        [1, "DeleteRecords"],
        [2, "DeleteRecords"],
        [3, "DeleteRecords"]
      ])
    }).pipe(Effect.provide(layer))
  })

  it.effect("that do not come in time leave their partitions with the reason, others done", () => {
    const { layer } = world({
      leaders: () => ({ orders: [1, -1] }),
      answers: { DeleteRecords: deletedWith(() => 0) }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const outcomes = yield* passing(admin.deleteRecords(records(0, 1), { timeoutMs: 3000 }))
      assert.isTrue(Result.isSuccess(outcomes.get("orders-0")!))
      const late = outcomes.get("orders-1")!
      assert.isTrue(
        Result.isFailure(late) && late.failure.errorCode === ErrorCode.LEADER_NOT_AVAILABLE
      )
    }).pipe(Effect.provide(layer))
  })
})

describe("coordinators", () => {
  it.effect("are asked for their groups together, and found again when they move", () => {
    let second = 2
    const { brokers, layer } = world({
      answers: {
        FindCoordinator: coordinatedBy(() => ({ a: 1, b: second, c: 1 })),
        DeleteGroups: ({ nodeId, request }) => {
          const { groupsNames } = request as Api.Request<typeof DeleteGroups>
          const isMoved = nodeId === 2
          if (isMoved) second = 3
          return {
            throttleTimeMs: 0,
            results: groupsNames.map((groupId) => ({
              groupId,
              errorCode: isMoved ? ErrorCode.NOT_COORDINATOR : 0
            }))
          }
        }
      }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      yield* passing(Admin.orFail(admin.deleteGroups(["a", "b", "c"])))
      assert.sameDeepMembers([...brokers.told], [
        [1, "DeleteGroups"],
        [2, "DeleteGroups"],
        [3, "DeleteGroups"]
      ])
    }).pipe(Effect.provide(layer))
  })
})

describe("every broker", () => {
  it.effect("lists its groups, and one that fails hides nothing of the others", () => {
    const { layer } = world({
      answers: {
        ListGroups: ({ nodeId }) => ({
          throttleTimeMs: 0,
          errorCode: nodeId === 2 ? ErrorCode.CLUSTER_AUTHORIZATION_FAILED : 0,
          groups: [{
            groupId: `group-${nodeId}`,
            protocolType: "consumer",
            groupState: "Empty",
            groupType: "Classic"
          }]
        })
      }
    })
    return Effect.gen(function*() {
      const admin = yield* Admin
      const byBroker = yield* admin.listGroupsByBroker()
      assert.deepStrictEqual(
        [...byBroker].map(([nodeId, outcome]) => [nodeId, Result.isSuccess(outcome)]),
        [[1, true], [2, false], [3, true]]
      )
      const error = yield* Effect.flip(admin.listGroups())
      assert.strictEqual(error.errorCode, ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
    }).pipe(Effect.provide(layer))
  })
})

describe("a cluster that cannot be reached", () => {
  it.effect("fails the call as a whole, with the reason, when time is over", () => {
    const brokers = new ScriptedBrokers({ nodes: [1], answers: {} })
    const layer = Admin.layer.pipe(Layer.provideMerge(brokers.layerUnreachable))
    return Effect.gen(function*() {
      const admin = yield* Admin
      const options = { timeoutMs: 2000 }
      const error = yield* passing(Effect.flip(admin.createTopics([{ topic: "orders" }], options)))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.match(error.message, /nobody listens/)
    }).pipe(Effect.provide(layer))
  })
})
