// The cluster as the admin tells of it, against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Fetch } from "../../../../src/domain/protocol/Fetch.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import * as AdminWorld from "../../../world/AdminWorld.ts"

describe("the cluster", () => {
  it.effect("tells its brokers and its controller", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const { brokers, clusterId, controllerId } = yield* admin.describeCluster()
      assert.deepStrictEqual(brokers.map(({ nodeId }) => nodeId), [1])
      assert.strictEqual(controllerId, 1)
      assert.isString(clusterId)
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("tells of each broker what it serves, and what we speak with it", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const brokers = yield* Admin.orFail(admin.apiVersions())
      const fetch = brokers.get(1)!.apis.find(({ key }) => key === Fetch.key)!
      assert.strictEqual(fetch.name, "Fetch")
      assert.strictEqual(fetch.spoken, Math.min(fetch.versions.max, Fetch.versions.max))
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("tells of each broker what lies on its disks", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      yield* Admin.orFail(admin.createTopics([{ topic: "orders" }]))
      yield* AdminWorld.produce("orders", 0, ["a", "b"])
      const [logDir] = yield* Admin.onlyOne(admin.describeLogDirs())
      const replica = logDir!.replicas.find(({ topic }) => topic === "orders")!
      assert.isAbove(replica.sizeBytes, 60)
      const other = (yield* admin.describeLogDirs({ brokers: [7] })).get(7)!
      assert.isTrue(Result.isFailure(other))
    }).pipe(Effect.provide(AdminWorld.layer())))
})
