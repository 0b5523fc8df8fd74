// Virtual time that passes until something has happened: for what waits, fails and tries again.
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"

/** One turn of the event loop, in which what is under way goes on. */
export const turn: Effect.Effect<void> = Effect.callback((resume) => {
  setImmediate(() => resume(Effect.void))
})

/** Lets time pass, in small steps, until the effect has ended. */
export const passing = Effect.fnUntraced(function*<A, E, R>(
  effect: Effect.Effect<A, E, R>,
  stepMs = 20
) {
  const fiber = yield* Effect.forkChild(effect, { startImmediately: true })
  while (fiber.pollUnsafe() === undefined) {
    yield* turn
    if (fiber.pollUnsafe() === undefined) yield* TestClock.adjust(stepMs)
  }
  return yield* Fiber.join(fiber)
})
