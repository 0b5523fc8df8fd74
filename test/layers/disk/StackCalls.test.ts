// Calls stay on the stack while they are quick; after a slow one the next ones go through the pool, and then the
// stack is tried again.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { StackCalls } from "../../../src/layers/disk/StackCalls.ts"

const quick = () => "stack"
const slow = () => {
  const start = performance.now()
  while (performance.now() - start < 0.2) { /* as a device would */ }
  return "stack"
}
const later = Effect.succeed("pool")

/** Where each of so many calls was answered. */
const places = (calls: StackCalls, now: () => string | undefined, count: number) =>
  Effect.forEach(Array.from({ length: count }), () => calls.run("read", "f", now, later))

describe("a call", () => {
  it.effect("is answered on the stack", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* new StackCalls().run("read", "f", quick, later), "stack")
    }))

  it.effect("goes through the pool where the stack does not want it", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* new StackCalls().run("read", "f", () => undefined, later), "pool")
    }))

  it.effect("that fails on the stack fails as a DiskError", () =>
    Effect.gen(function*() {
      const absent = () => {
        throw Object.assign(new Error("no such file"), { code: "ENOENT" })
      }
      const error = yield* Effect.flip(new StackCalls().run("read", "f", absent, later))
      assert.deepStrictEqual([error.reason, error.operation, error.path], ["notFound", "read", "f"])
    }))
})

describe("after a slow call", () => {
  it.effect("the next 64 go through the pool, and then the stack is tried again", () =>
    Effect.gen(function*() {
      const calls = new StackCalls()
      const went = yield* places(calls, slow, 2 * 65)
      const turn = ["stack", ...Array.from({ length: 64 }, () => "pool")]
      assert.deepStrictEqual(went, [...turn, ...turn])
    }))
})
