// An answer that a group gives when it is ready: at once, or when a rebalance ends. The connection's
// next request is read meanwhile. When the client goes, nobody waits for it any more; when the broker
// stops, the client is told to look for its coordinator again.
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Handler from "./Handler.ts"
import type { RequestContext } from "./RequestContext.ts"

/** `given` as the response of a staged handler; `gone` is what stands for it when it is not awaited. */
export const outcome = <A, B>(
  given: Deferred.Deferred<A>,
  gone: A,
  context: RequestContext,
  toResponse: (answer: A) => B
): Effect.Effect<Handler.Outcome<B>> => {
  const answered = Effect.map(Deferred.await(given), toResponse)
  if (Deferred.isDoneUnsafe(given)) return Effect.map(answered, Handler.ready)
  const undo = context.onCancel(() => Deferred.doneUnsafe(given, Exit.succeed(gone)))
  return Effect.succeed(Handler.later(
    Effect.ensuring(answered, Effect.sync(undo)),
    () => Deferred.isDoneUnsafe(given)
  ))
}
