// A timer fires once, at the last time it was armed for, unless it was cancelled or its scope ended.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import * as GroupTimers from "../../../src/layers/coordinator/GroupTimers.ts"

describe("GroupTimers", () => {
  it.effect("fires once, at the time armed for last, be it later or sooner", () =>
    Effect.gen(function*() {
      const timers = yield* GroupTimers.make
      const fired: Array<string> = []
      timers.arm("later", 1000, () => fired.push("not this"))
      timers.arm("later", 3000, () => fired.push("later"))
      timers.arm("sooner", 5000, () => fired.push("nor this"))
      timers.arm("sooner", 2000, () => fired.push("sooner"))
      yield* TestClock.adjust(1999)
      assert.deepStrictEqual(fired, [])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(fired, ["sooner"])
      yield* TestClock.adjust(999)
      assert.deepStrictEqual(fired, ["sooner"])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(fired, ["sooner", "later"])
      assert.strictEqual(timers.size, 0)
      yield* TestClock.adjust(10_000)
      assert.deepStrictEqual(fired, ["sooner", "later"])
    }))

  it.effect("does not fire when cancelled, or after its scope", () =>
    Effect.gen(function*() {
      const scope = yield* Scope.make()
      const timers = yield* Scope.provide(GroupTimers.make, scope)
      const fired: Array<string> = []
      timers.arm("cancelled", 1000, () => fired.push("cancelled"))
      timers.arm("scoped", 2000, () => fired.push("scoped"))
      timers.cancel("cancelled")
      yield* TestClock.adjust(1500)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust(10_000)
      assert.deepStrictEqual(fired, [])
    }))
})
