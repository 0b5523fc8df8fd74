// Commits that wait for one another: what goes out together, and what each is told.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
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
