// What is tried again, how often, and until when.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import * as ClientError from "../../../../src/runtime/client/ClientError.ts"
import * as Retry from "../../../../src/runtime/client/cluster/Retry.ts"

const BACKOFF = { retryBackoffMs: 100, retryBackoffMsMax: 1000 }
const busy = ClientError.refused("Ask", ErrorCode.COORDINATOR_LOAD_IN_PROGRESS)
const invalid = ClientError.refused("Ask", ErrorCode.INVALID_GROUP_ID)

/** Fails with each of the errors in turn, and notes when it is tried; then it succeeds. */
const attempts = (errors: ReadonlyArray<Effect.Effect<never, ClientError.ClientError>>) => {
  const triedMs: Array<number> = []
  const effect = Effect.flatMap(Clock.currentTimeMillis, (nowMs) => {
    triedMs.push(nowMs)
    return errors[triedMs.length - 1] ?? Effect.succeed("done")
  })
  return { effect, triedMs }
}

const outcome = <A>(effect: Effect.Effect<A, ClientError.ClientError>) =>
  Effect.gen(function*() {
    const fiber = yield* Effect.forkChild(Effect.result(effect), { startImmediately: true })
    yield* TestClock.adjust(60_000)
    const result = yield* Fiber.join(fiber)
    return result._tag === "Success" ? result.success : result.failure.reason._tag
  })

describe.each([false, true])("Retry, where an attempt ends by itself: %s", (endsByItself) => {
  const options = { what: "Ask", timeoutMs: 10_000, endsByItself: () => endsByItself }

  it.effect("tries again what is worth it, after a delay that doubles", () =>
    Effect.gen(function*() {
      const { effect, triedMs } = attempts([busy, busy, busy])
      assert.strictEqual(yield* outcome(Retry.retried(BACKOFF, options)(effect)), "done")
      const delaysMs = triedMs.slice(1).map((ms, i) => ms - triedMs[i]!)
      assert.strictEqual(delaysMs.length, 3)
      for (const [i, delayMs] of delaysMs.entries()) {
        assert.isAtLeast(delayMs, 80 * 2 ** i - 1)
        assert.isAtMost(delayMs, 120 * 2 ** i + 1)
      }
    }))

  it.effect("judges each failure once, and ends with what is not worth another attempt", () =>
    Effect.gen(function*() {
      const judged: Array<number> = []
      const { effect, triedMs } = attempts([busy, busy, invalid])
      const retried = Retry.retried(BACKOFF, {
        ...options,
        while: ({ errorCode }) => judged.push(errorCode) > 0 && errorCode === busy.errorCode
      })(effect)
      assert.strictEqual(yield* outcome(retried), "BrokerRefused")
      assert.deepStrictEqual(judged, [busy.errorCode, busy.errorCode, invalid.errorCode])
      assert.strictEqual(triedMs.length, 3)
    }))

  it.effect("ends with the last error when time is over, counted from the beginning", () =>
    Effect.gen(function*() {
      const slow = Effect.andThen(Effect.sleep(4000), busy)
      const { effect, triedMs } = attempts(Array.from({ length: 100 }, () => slow))
      const startMs = yield* Clock.currentTimeMillis
      const retried = Effect.ensuring(
        Retry.retried(BACKOFF, options)(effect),
        Effect.map(Clock.currentTimeMillis, (nowMs) => triedMs.push(nowMs))
      )
      assert.strictEqual(yield* outcome(retried), "BrokerRefused")
      assert.strictEqual(triedMs.at(-1)! - startMs, 10_000)
      assert.strictEqual(triedMs.length, 4)
    }))
})

describe("Retry", () => {
  it.effect("says that time was over where nothing has failed before", () =>
    Effect.gen(function*() {
      const retried = Retry.retried(BACKOFF, { what: "Ask", timeoutMs: 1000 })(Effect.never)
      assert.strictEqual(yield* outcome(retried), "RequestTimedOut")
    }))
})
