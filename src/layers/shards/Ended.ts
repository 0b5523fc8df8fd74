// Effects that have ended before anybody ran them: an Exit is an Effect. What is composed of such on the hot
// path is a plain call, where it would be a step of the fiber for each; everything else is composed as usual.
//
// Invariant: the function is called on the caller's stack when the effect has ended, so that whoever composes
// must be about to run what he gets.
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"

/** What the effect has succeeded with; undefined when it has not ended, or failed. */
export const success = <A, E, R>(
  effect: Effect.Effect<A, E, R>
): Exit.Success<A, E> | undefined =>
  Exit.isExit(effect) && effect._tag === "Success" ? effect as Exit.Success<A, E> : undefined

/** Effect.flatMap, at once where that can be. */
export const flatMap = <A, E, R, B, E2, R2>(
  effect: Effect.Effect<A, E, R>,
  next: (value: A) => Effect.Effect<B, E2, R2>
): Effect.Effect<B, E | E2, R | R2> => {
  const ended = success(effect)
  return ended === undefined ? Effect.flatMap(effect, next) : next(ended.value)
}

/** Effect.map, at once where that can be. */
export const map = <A, E, R, B>(
  effect: Effect.Effect<A, E, R>,
  change: (value: A) => B
): Effect.Effect<B, E, R> => {
  const ended = success(effect)
  return ended === undefined ? Effect.map(effect, change) : Effect.succeed(change(ended.value))
}
