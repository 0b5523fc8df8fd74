// An answer that a group gives when it is ready: at once, or when a rebalance ends. The connection's
// next request is read meanwhile, and some are begun. When the client goes, nobody waits for it any more; when the broker
// stops, the client is told to look for its coordinator again.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Ended from "../../layers/shards/Ended.ts"
import * as Handler from "./Handler.ts"
import type { RequestContext } from "./RequestContext.ts"

/**
 * Begins `work` at once, though answers before it are not sent yet. A leave that waited for a
 * join of the same connection would come a generation too late.
 */
export const begun = <A>(work: Effect.Effect<A>): Effect.Effect<Handler.Outcome<A>> =>
  Effect.gen(function*() {
    const done = Deferred.makeUnsafe<A>()
    yield* Effect.forkDetach(Deferred.into(work, done), { startImmediately: true })
    return yield* promised(done, (answer) => answer)
  })

/** `given` as the response of a staged handler; somebody sees to it that it comes. */
export const promised = <A, B>(
  given: Deferred.Deferred<A>,
  toResponse: (answer: A) => B
): Effect.Effect<Handler.Outcome<B>> =>
  given.effect === undefined
    ? Effect.succeed(Handler.later(
      Effect.map(Deferred.await(given), toResponse),
      () => Deferred.isDoneUnsafe(given)
    ))
    : Ended.map(given.effect, (answer) => Handler.ready(toResponse(answer)))

/** `given` as the response of a staged handler; `gone` is what stands for it when it is not awaited. */
export const outcome = <A, B>(
  given: Deferred.Deferred<A>,
  gone: A,
  context: RequestContext,
  toResponse: (answer: A) => B
): Effect.Effect<Handler.Outcome<B>> => {
  if (Deferred.isDoneUnsafe(given)) return promised(given, toResponse)
  const undo = context.onCancel(() => Deferred.doneUnsafe(given, Exit.succeed(gone)))
  return Effect.succeed(Handler.later(
    Effect.ensuring(Effect.map(Deferred.await(given), toResponse), Effect.sync(undo)),
    () => Deferred.isDoneUnsafe(given)
  ))
}
