// Commits that wait for one another: what goes out together, and what each is told.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import * as ClientError from "../../../../src/runtime/client/ClientError.ts"
import { CommitLine, type Offsets } from "../../../../src/runtime/client/consumer/CommitLine.ts"

const offsets = (partition: number, offset: number): Offsets =>
  new Map([[`orders-${partition}`, { topic: "orders", partition, offset }]])

const shown = (committed: Offsets) =>
  [...committed].map(([key, { offset }]) => `${key}@${offset}`).join(" ")

describe("CommitLine", () => {
  it.effect("sends together what waits while one is under way, the later offset last", () =>
    Effect.gen(function*() {
      const sent: Array<string> = []
      const told: Array<string> = []
      const first = yield* Deferred.make<void>()
      const line = yield* CommitLine.make((committed) => {
        sent.push(shown(committed))
        return sent.length === 1 ? Deferred.await(first) : Effect.void
      })
      yield* line.submit(offsets(0, 1), ({ _tag }) => told.push(`one ${_tag}`))
      yield* Effect.yieldNow
      yield* line.submit(offsets(0, 2), ({ _tag }) => told.push(`two ${_tag}`))
      yield* line.submit(offsets(1, 7), ({ _tag }) => told.push(`three ${_tag}`))
      const last = yield* Effect.forkChild(line.wait(offsets(0, 3)), { startImmediately: true })
      assert.deepStrictEqual([sent, told], [["orders-0@1"], []])
      yield* Deferred.succeed(first, undefined)
      yield* Fiber.join(last)
      assert.deepStrictEqual(sent, ["orders-0@1", "orders-0@3 orders-1@7"])
      assert.deepStrictEqual(told, ["one Success", "two Success", "three Success"])
    }))

  it.effect("sends on the caller's stack what nobody is before", () =>
    Effect.gen(function*() {
      const sent: Array<string> = []
      const line = yield* CommitLine.make((committed) => {
        sent.push(shown(committed))
        return Effect.void
      })
      yield* line.submit(offsets(0, 1), () => sent.push("told"))
      assert.deepStrictEqual(sent, ["orders-0@1", "told"])
    }))

  it.effect("commits one by one what was refused together", () =>
    Effect.gen(function*() {
      const sent: Array<string> = []
      const told: Array<string> = []
      const first = yield* Deferred.make<void>()
      const line = yield* CommitLine.make((committed) => {
        sent.push(shown(committed))
        if (sent.length === 1) return Deferred.await(first)
        return committed.has("orders-9")
          ? ClientError.refused("OffsetCommit", ErrorCode.ILLEGAL_GENERATION)
          : Effect.void
      })
      yield* line.submit(offsets(0, 1), () => {})
      yield* Effect.yieldNow
      yield* line.submit(offsets(0, 2), ({ _tag }) => told.push(`good ${_tag}`))
      yield* line.submit(offsets(9, 7), ({ _tag }) => told.push(`bad ${_tag}`))
      yield* Deferred.succeed(first, undefined)
      yield* line.wait(offsets(0, 3))
      assert.deepStrictEqual(sent.slice(2), ["orders-0@2", "orders-9@7", "orders-0@3"])
      assert.deepStrictEqual(told, ["good Success", "bad Failure"])
    }))

  it.effect("tells all that wait when it is closed, and whoever comes later", () =>
    Effect.gen(function*() {
      const told: Array<string> = []
      const scope = yield* Scope.make()
      const line = yield* CommitLine.make(() => Effect.never).pipe(Scope.provide(scope))
      yield* line.submit(offsets(0, 1), ({ _tag }) => told.push(`under way ${_tag}`))
      yield* Effect.yieldNow
      yield* line.submit(offsets(0, 2), ({ _tag }) => told.push(`in line ${_tag}`))
      yield* Scope.close(scope, Exit.void)
      assert.deepStrictEqual(told, ["under way Failure", "in line Failure"])
      const error = yield* Effect.flip(line.wait(offsets(0, 3)))
      assert.strictEqual(error.reason._tag, "Closed")
    }))

  it.effect("tells each of a failure, and goes on", () =>
    Effect.gen(function*() {
      let count = 0
      const line = yield* CommitLine.make(() =>
        ++count === 1 ? Effect.fail(ClientError.invalid("no")) : Effect.void
      )
      const error = yield* Effect.flip(line.wait(offsets(0, 1)))
      assert.strictEqual(error.message, "no")
      yield* line.wait(offsets(0, 1))
      assert.strictEqual(count, 2)
    }))
})
