// What became of each of many things that were asked for at once: a value, or why not. One shape for all
// calls of the admin, in the order asked, so that one refused topic hides nothing of the others.
//
//     const outcomes = yield* admin.deleteTopics(["orders", "returns"])   // look at each
//     yield* Outcomes.orFail(admin.deleteTopics(["orders", "returns"]))   // or fail with the first error
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as ClientError from "../ClientError.ts"

export type Outcome<A> = Result.Result<A, ClientError.ClientError>

export type Outcomes<K, A> = ReadonlyMap<K, Outcome<A>>

/** All values; or the first error, in the order asked, although others may have gone well. */
export const orFail = <K, A, E, R>(
  effect: Effect.Effect<Outcomes<K, A>, E, R>
): Effect.Effect<ReadonlyMap<K, A>, E | ClientError.ClientError, R> =>
  Effect.flatMap(effect, (outcomes) => {
    const values = new Map<K, A>()
    for (const [key, outcome] of outcomes) {
      if (Result.isFailure(outcome)) return Effect.fail(outcome.failure)
      values.set(key, outcome.success)
    }
    return Effect.succeed(values)
  })

/** The one value of a call that was about one thing. */
export const onlyOne = <K, A, E, R>(
  effect: Effect.Effect<Outcomes<K, A>, E, R>
): Effect.Effect<A, E | ClientError.ClientError, R> =>
  Effect.flatMap(orFail(effect), (values) => {
    const [first] = values
    return first === undefined
      ? Effect.fail(ClientError.invalid("nothing was asked for"))
      : Effect.succeed(first[1])
  })

export const succeeded = <K, A>(outcomes: Outcomes<K, A>): ReadonlyMap<K, A> => {
  const values = new Map<K, A>()
  for (const [key, outcome] of outcomes) {
    if (Result.isSuccess(outcome)) values.set(key, outcome.success)
  }
  return values
}

export const failed = <K, A>(outcomes: Outcomes<K, A>): ReadonlyMap<K, ClientError.ClientError> => {
  const errors = new Map<K, ClientError.ClientError>()
  for (const [key, outcome] of outcomes) {
    if (Result.isFailure(outcome)) errors.set(key, outcome.failure)
  }
  return errors
}

/** What an answer says of one thing; `what` names both, as in "CreateTopics of orders". */
export const told = <A>(
  what: string,
  errorCode: ErrorCode,
  errorMessage: string | null,
  value: () => A
): Outcome<A> =>
  errorCode === ErrorCode.NONE
    ? Result.succeed(value())
    : Result.fail(ClientError.refused(what, errorCode, errorMessage))

/** Outcomes out of the answer to one request. */
export const answersOf = <Response, K, A>(
  answer: Effect.Effect<Response, ClientError.ClientError>,
  rows: (response: Response) => Iterable<readonly [K, Outcome<A>]>
): Effect.Effect<Outcomes<K, A>, ClientError.ClientError> =>
  Effect.map(answer, (response) => new Map(rows(response)))
