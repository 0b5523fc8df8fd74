// Settings through the admin, against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import * as ConfigResource from "../../../../src/runtime/client/admin/ConfigResource.ts"
import * as AdminWorld from "../../../world/AdminWorld.ts"

const orders = ConfigResource.topic("orders")

const valueOf = Effect.fnUntraced(function*(name: string) {
  const admin = yield* Admin
  const entries = yield* Admin.onlyOne(admin.describeConfigs([orders], { names: [name] }))
  const entry = entries.get(name)!
  return [entry.value, entry.source]
})

const world = (configs: Readonly<Record<string, string>> = {}) =>
  Effect.flatMap(
    Admin,
    (admin) => Admin.orFail(admin.createTopics([{ topic: "orders", configs }]))
  )

describe("settings", () => {
  it.effect("are told with their source, type, documentation and synonyms", () =>
    Effect.gen(function*() {
      yield* world({ "retention.ms": "5000" })
      const admin = yield* Admin
      const entries = yield* Admin.onlyOne(
        admin.describeConfigs([orders], { includeSynonyms: true, includeDocumentation: true })
      )
      const retention = entries.get("retention.ms")!
      assert.strictEqual(retention.value, "5000")
      assert.strictEqual(retention.source, "topic")
      assert.strictEqual(retention.type, "long")
      assert.strictEqual(retention.synonyms[0]!.source, "topic")
      assert.isAbove(retention.documentation!.length, 10)
      assert.strictEqual(entries.get("cleanup.policy")!.source, "default")
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("are set, added to, taken from and deleted, all of a resource together", () =>
    Effect.gen(function*() {
      yield* world({ "retention.ms": "5000" })
      const admin = yield* Admin
      const change = (
        ...changes: Parameters<typeof admin.incrementalAlterConfigs>[0][0]["changes"]
      ) => Admin.onlyOne(admin.incrementalAlterConfigs([{ resource: orders, changes }]))
      yield* change(
        { name: "retention.ms", operation: "delete" },
        { name: "segment.bytes", operation: "set", value: "1048576" },
        { name: "cleanup.policy", operation: "append", value: "compact" }
      )
      assert.strictEqual((yield* valueOf("retention.ms"))[1], "default")
      assert.deepStrictEqual(yield* valueOf("segment.bytes"), ["1048576", "topic"])
      assert.deepStrictEqual(yield* valueOf("cleanup.policy"), ["delete,compact", "topic"])
      yield* change({ name: "cleanup.policy", operation: "subtract", value: "delete" })
      assert.deepStrictEqual(yield* valueOf("cleanup.policy"), ["compact", "topic"])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("are only checked when that was asked for", () =>
    Effect.gen(function*() {
      yield* world({ "retention.ms": "5000" })
      const admin = yield* Admin
      yield* Admin.onlyOne(admin.incrementalAlterConfigs([{
        resource: orders,
        changes: [{ name: "retention.ms", operation: "set", value: "7" }]
      }], { validateOnly: true }))
      assert.deepStrictEqual(yield* valueOf("retention.ms"), ["5000", "topic"])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("that make no sense are refused, and the others are changed", () =>
    Effect.gen(function*() {
      yield* world()
      const admin = yield* Admin
      yield* Admin.orFail(admin.createTopics([{ topic: "audit" }]))
      const outcomes = yield* admin.incrementalAlterConfigs([
        { resource: orders, changes: [{ name: "retention.ms", operation: "set", value: "soon" }] },
        {
          resource: ConfigResource.topic("audit"),
          changes: [{ name: "retention.ms", operation: "set", value: "9" }]
        }
      ])
      const refused = outcomes.get("topic orders")!
      assert.isTrue(
        Result.isFailure(refused) && refused.failure.errorCode === ErrorCode.INVALID_CONFIG
      )
      assert.isTrue(Result.isSuccess(outcomes.get("topic audit")!))
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("of a broker are asked of that broker, and there is none of another id", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      const outcomes = yield* admin.describeConfigs(
        [ConfigResource.broker(1), ConfigResource.broker(9)],
        { names: ["num.partitions"] }
      )
      const here = outcomes.get("broker 1")!
      assert.strictEqual(Result.getOrThrow(here).get("num.partitions")!.value, "4")
      const there = outcomes.get("broker 9")!
      assert.isTrue(Result.isFailure(there) && there.failure.reason._tag === "InvalidArgument")
    }).pipe(Effect.provide(AdminWorld.layer({ broker: { "num.partitions": "4" } }))))
})
