// What positions mean in partitions, against a whole broker in memory.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/testing/TestClock"
import * as Position from "../../../src/runtime/cli/Position.ts"
import * as PositionLookup from "../../../src/runtime/cli/PositionLookup.ts"
import { Admin } from "../../../src/runtime/client/Admin.ts"
import * as AdminWorld from "../../world/AdminWorld.ts"

const offsets = Effect.fnUntraced(function*(position: string) {
  const partitions = [0, 1, 2].map((partition) => ({ topic: "orders", partition }))
  const places = yield* PositionLookup.places(partitions, Position.parse(position)!)
  return places.map(({ offset }) => offset)
})

describe("a position", () => {
  it.effect("is an offset in each partition, within what its log holds", () =>
    Effect.gen(function*() {
      const admin = yield* Admin
      yield* Admin.orFail(admin.createTopics([{ topic: "orders", partitions: 3 }]))
      yield* AdminWorld.produce("orders", 0, ["a", "b", "c"], 60_000)
      yield* AdminWorld.produce("orders", 0, ["d"], 120_000)
      yield* AdminWorld.produce("orders", 1, ["e"], 120_000)
      yield* Admin.orFail(admin.deleteRecords([{ topic: "orders", partition: 0, before: 1 }]))
      assert.deepStrictEqual(yield* offsets("start"), [1, 0, 0])
      assert.deepStrictEqual(yield* offsets("end"), [4, 1, 0])
      assert.deepStrictEqual(yield* offsets("-2"), [2, 0, 0])
      assert.deepStrictEqual(yield* offsets("-99"), [1, 0, 0])
      assert.deepStrictEqual(yield* offsets("2"), [2, 1, 0])
      assert.deepStrictEqual(yield* offsets("0"), [1, 0, 0])
      assert.deepStrictEqual(yield* offsets("@1970-01-01T00:01:01Z"), [3, 0, 0])
      assert.deepStrictEqual(yield* offsets("@1970-01-01T00:03:00Z"), [4, 1, 0])
      yield* TestClock.setTime(180_000)
      assert.deepStrictEqual(yield* offsets("@1m"), [3, 0, 0])
      assert.deepStrictEqual(yield* offsets("@10s"), [4, 1, 0])
    }).pipe(Effect.provide(AdminWorld.layer())))
})
