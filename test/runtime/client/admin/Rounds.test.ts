// Who is asked what, what is asked again and what is not: against brokers that answer by script, because one
// real broker leads, controls and coordinates all.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { CreateTopics } from "../../../../src/domain/protocol/CreateTopics.ts"
import { DeleteGroups } from "../../../../src/domain/protocol/DeleteGroups.ts"
import { DeleteRecords } from "../../../../src/domain/protocol/DeleteRecords.ts"
import { FindCoordinator } from "../../../../src/domain/protocol/FindCoordinator.ts"
import { ListGroups } from "../../../../src/domain/protocol/ListGroups.ts"
import type * as Api from "../../../../src/domain/wire/Api.ts"
import * as ClientConfig from "../../../../src/layers/config/ClientConfig.ts"
import * as MemoryTransport from "../../../../src/layers/transport/MemoryTransport.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import { Cluster } from "../../../../src/runtime/client/cluster/Cluster.ts"
import { passing } from "../../../world/Passing.ts"
import { type Asked, layer, type Options, ScriptedBroker } from "../../../world/ScriptedBroker.ts"

const world = (options: Omit<Options, "brokers"> = {}) =>
  Admin.layer.pipe(Layer.provideMerge(layer({ brokers: 3, ...options })))

/** Which brokers were asked, in order. */
const askedBrokers = (api: Api.Api) =>
  Effect.map(ScriptedBroker, (brokers) => brokers.asked(api).map(({ nodeId }) => nodeId))

const created = (
  { request }: Asked<typeof CreateTopics>,
  errorCode: ErrorCode = ErrorCode.NONE
): Api.Response<typeof CreateTopics> => ({
  throttleTimeMs: 0,
  topics: request.topics.map(({ name }) => ({
    name,
    topicId: "00000000-0000-0000-0000-000000000001",
    errorCode,
    errorMessage: null,
    topicConfigErrorCode: ErrorCode.NONE,
    numPartitions: 1,
    replicationFactor: 1,
    configs: []
  }))
})

const deleted = (
  { request }: Asked<typeof DeleteRecords>,
  errorCode: ErrorCode = ErrorCode.NONE
): Api.Response<typeof DeleteRecords> => ({
  throttleTimeMs: 0,
  topics: request.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map(({ offset, partitionIndex }) => ({
      partitionIndex,
      lowWatermark: offset,
      errorCode
    }))
  }))
})

describe("the controller", () => {
  it.effect("is asked for changes of topics, whoever the client knew first", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.on(CreateTopics, (asked) => created(asked))
      yield* Admin.orFail(admin.createTopics([{ topic: "orders" }, { topic: "audit" }]))
      assert.deepStrictEqual(yield* askedBrokers(CreateTopics), [3])
    }).pipe(Effect.provide(world({ controllerId: 3 }))))

  it.effect("is looked for again when it is another by now", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.on(CreateTopics, (asked) =>
        created(asked, asked.count < 2 ? ErrorCode.NOT_CONTROLLER : ErrorCode.NONE))
      yield* passing(Admin.orFail(admin.createTopics([{ topic: "orders" }])))
      assert.strictEqual(brokers.asked(CreateTopics).length, 3)
    }).pipe(Effect.provide(world())))

  it.effect("is not asked twice to create a topic when its answer was lost", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.on(CreateTopics, () => "cut")
      const error = yield* Effect.flip(Admin.orFail(admin.createTopics([{ topic: "orders" }])))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.strictEqual(brokers.asked(CreateTopics).length, 1)
    }).pipe(Effect.provide(world())))

  it.effect("is asked twice when it was only to check", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.on(CreateTopics, (asked) => asked.count === 0 ? "cut" : created(asked))
      const options = { validateOnly: true }
      yield* passing(Admin.orFail(admin.createTopics([{ topic: "orders" }], options)))
      assert.strictEqual(brokers.asked(CreateTopics).length, 2)
    }).pipe(Effect.provide(world())))
})

describe("leaders", () => {
  const records = (...partitions: ReadonlyArray<number>) =>
    partitions.map((partition) => ({ topic: "orders", partition, before: 10 + partition }))

  it.effect("are each asked for their own partitions", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.on(DeleteRecords, (asked) => deleted(asked))
      const gone = yield* Admin.orFail(admin.deleteRecords(records(0, 1, 2, 3)))
      assert.deepStrictEqual(
        [...gone].map(([key, { lowWatermark }]) => [key, lowWatermark]),
        [["orders-0", 10], ["orders-1", 11], ["orders-2", 12], ["orders-3", 13]]
      )
      const asked = brokers.asked(DeleteRecords).map(({ nodeId, request }) => [
        nodeId,
        request.topics[0]!.partitions.map(({ partitionIndex }) => partitionIndex)
      ])
      assert.sameDeepMembers(asked, [[1, [0, 2]], [2, [1]], [3, [3]]])
    }).pipe(Effect.provide(world({ topics: { orders: [1, 2, 1, 3] } }))))

  it.effect("that have moved are followed, and only what they refused is asked again", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.on(DeleteRecords, (asked) => {
        if (asked.nodeId !== 2) return deleted(asked)
        brokers.setTopics({ orders: [1, 3] })
        return deleted(asked, ErrorCode.NOT_LEADER_OR_FOLLOWER)
      })
      const gone = yield* passing(Admin.orFail(admin.deleteRecords(records(0, 1))))
      assert.strictEqual(gone.size, 2)
      assert.sameMembers([...yield* askedBrokers(DeleteRecords)], [1, 2, 3])
    }).pipe(Effect.provide(world({ topics: { orders: [1, 2] } }))))

  it.effect("that do not come in time leave their partitions with the reason, others done", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.on(DeleteRecords, (asked) => deleted(asked))
      const outcomes = yield* passing(admin.deleteRecords(records(0, 1), { timeoutMs: 3000 }))
      assert.isTrue(Result.isSuccess(outcomes.get("orders-0")!))
      const late = outcomes.get("orders-1")!
      assert.isTrue(
        Result.isFailure(late) && late.failure.errorCode === ErrorCode.LEADER_NOT_AVAILABLE
      )
    }).pipe(Effect.provide(world({ topics: { orders: [1, -1] } }))))
})

describe("coordinators", () => {
  it.effect("are asked for their groups together, and found again when they move", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      const coordinators: Record<string, number> = { a: 1, b: 2, c: 1 }
      brokers.on(FindCoordinator, ({ request }) => ({
        throttleTimeMs: 0,
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        nodeId: -1,
        host: "",
        port: 0,
        coordinators: request.coordinatorKeys.map((key) => ({
          key,
          nodeId: coordinators[key]!,
          host: "127.0.0.1",
          port: brokers.ports[coordinators[key]! - 1]!,
          errorCode: ErrorCode.NONE,
          errorMessage: null
        }))
      }))
      brokers.on(DeleteGroups, ({ nodeId, request }) => {
        const isMoved = nodeId === 2
        if (isMoved) coordinators["b"] = 3
        const errorCode = isMoved ? ErrorCode.NOT_COORDINATOR : ErrorCode.NONE
        return {
          throttleTimeMs: 0,
          results: request.groupsNames.map((groupId) => ({ groupId, errorCode }))
        }
      })
      yield* passing(Admin.orFail(admin.deleteGroups(["a", "b", "c"])))
      assert.sameMembers([...yield* askedBrokers(DeleteGroups)], [1, 2, 3])
    }).pipe(Effect.provide(world())))
})

describe("every broker", () => {
  it.effect("lists its groups, and one that fails hides nothing of the others", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* ScriptedBroker
      brokers.on(ListGroups, ({ nodeId }) => ({
        throttleTimeMs: 0,
        errorCode: nodeId === 2 ? ErrorCode.CLUSTER_AUTHORIZATION_FAILED : ErrorCode.NONE,
        groups: [{
          groupId: `group-${nodeId}`,
          protocolType: "consumer",
          groupState: "Empty",
          groupType: "Classic"
        }]
      }))
      const byBroker = yield* admin.listGroupsByBroker()
      assert.deepStrictEqual(
        [...byBroker].map(([nodeId, outcome]) => [nodeId, Result.isSuccess(outcome)]),
        [[1, true], [2, false], [3, true]]
      )
      const error = yield* Effect.flip(admin.listGroups())
      assert.strictEqual(error.errorCode, ErrorCode.CLUSTER_AUTHORIZATION_FAILED)
    }).pipe(Effect.provide(world())))
})

describe("a cluster that cannot be reached", () => {
  const nobody = Admin.layer.pipe(
    Layer.provideMerge(Cluster.layer),
    Layer.provide(ClientConfig.layer({ bootstrapServers: "127.0.0.1:9001" })),
    Layer.provide(MemoryTransport.layer)
  )

  it.effect("fails the call as a whole, with the reason, when time is over", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const options = { timeoutMs: 2000 }
      const error = yield* passing(Effect.flip(admin.createTopics([{ topic: "orders" }], options)))
      assert.strictEqual(error.reason._tag, "ConnectionLost")
      assert.match(error.message, /nobody listens/)
    }).pipe(Effect.provide(nobody)))
})
