// Where logs begin and end, and making them begin later, against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { Admin } from "../../../../src/runtime/client/Admin.ts"
import type { OffsetSpec } from "../../../../src/runtime/client/admin/Offsets.ts"
import * as AdminWorld from "../../../world/AdminWorld.ts"

const world = Effect.gen(function*() {
  const admin = yield* Admin
  yield* Admin.orFail(admin.createTopics([{ topic: "orders", partitions: 2 }]))
  yield* AdminWorld.produce("orders", 0, ["a", "b", "c"], 1000)
  yield* AdminWorld.produce("orders", 0, ["d"], 3000)
  yield* AdminWorld.produce("orders", 0, ["e"], 2000)
  return admin
})

const offsetAt = Effect.fnUntraced(function*(at: OffsetSpec, partition = 0) {
  const admin = yield* Admin
  const listed = yield* Admin.onlyOne(admin.listOffsets([{ topic: "orders", partition, at }]))
  return [listed.offset, listed.timestampMs]
})

describe("offsets", () => {
  it.effect("are those of the log's ends, of a time, and of the newest record", () =>
    Effect.gen(function*() {
      yield* world
      assert.deepStrictEqual(yield* offsetAt("earliest"), [0, -1])
      assert.deepStrictEqual(yield* offsetAt("latest"), [5, -1])
      assert.deepStrictEqual(yield* offsetAt({ timeMs: 1001 }), [3, 3000])
      assert.deepStrictEqual(yield* offsetAt("maxTimestamp"), [3, 3000])
      assert.deepStrictEqual(yield* offsetAt({ timeMs: 9000 }), [-1, -1])
      assert.deepStrictEqual(yield* offsetAt("latest", 1), [0, -1])
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("of partitions that are not there are refused, one by one", () =>
    Effect.gen(function*() {
      const admin = yield* world
      const outcomes = yield* admin.listOffsets(
        [0, 1, 2].map((partition) => ({ topic: "orders", partition, at: "latest" as const }))
      )
      assert.deepStrictEqual([...outcomes.keys()], ["orders-0", "orders-1", "orders-2"])
      const missing = outcomes.get("orders-2")!
      assert.isTrue(
        Result.isFailure(missing) &&
          missing.failure.message.includes("orders has 2 partitions, and no 2")
      )
    }).pipe(Effect.provide(AdminWorld.layer())))
})

describe("records", () => {
  it.effect("are deleted before an offset, or all that are there", () =>
    Effect.gen(function*() {
      const admin = yield* world
      const before = yield* Admin.onlyOne(
        admin.deleteRecords([{ topic: "orders", partition: 0, before: 2 }])
      )
      assert.strictEqual(before.lowWatermark, 2)
      assert.deepStrictEqual(yield* offsetAt("earliest"), [2, -1])
      const all = yield* Admin.onlyOne(
        admin.deleteRecords([{ topic: "orders", partition: 0, before: "end" }])
      )
      assert.strictEqual(all.lowWatermark, 5)
    }).pipe(Effect.provide(AdminWorld.layer())))

  it.effect("beyond the end cannot be deleted", () =>
    Effect.gen(function*() {
      const admin = yield* world
      const error = yield* Effect.flip(
        Admin.onlyOne(admin.deleteRecords([{ topic: "orders", partition: 0, before: 99 }]))
      )
      assert.strictEqual(error.errorCode, ErrorCode.OFFSET_OUT_OF_RANGE)
    }).pipe(Effect.provide(AdminWorld.layer())))
})
