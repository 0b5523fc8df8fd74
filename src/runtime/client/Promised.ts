// A service of Effects as an object of promises: an Effect becomes a function that gives a promise, a function
// that gives an Effect one that gives a promise, a Stream an async iterable. What is neither stays as it is, so
// that hot paths are the same. Where a call answers for each of many things, the promise has all values, or
// is rejected with the first error.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"

type Settled<A> = A extends ReadonlyMap<infer K, Result.Result<infer V, infer _>>
  ? ReadonlyMap<K, V>
  : A

type Face<T> = T extends Effect.Effect<infer A, unknown> ? () => Promise<Settled<A>>
  : T extends Stream.Stream<infer A, unknown> ? AsyncIterable<A>
  : T extends (...args: infer P) => Effect.Effect<infer A, unknown>
    ? (...args: P) => Promise<Settled<A>>
  : T

export type Promised<T> = { readonly [Name in keyof T]: Face<T[Name]> }

/** Rejects with the typed error itself. */
export const promised = <T extends object>(service: T): Promised<T> =>
  Object.fromEntries(
    Object.entries(service).map(([name, member]) => [name, face(member)])
  ) as Promised<T>

const face = (member: unknown): unknown => {
  if (Effect.isEffect(member)) return () => run(member)
  if (Stream.isStream(member)) return Stream.toAsyncIterable(member as Stream.Stream<unknown>)
  if (typeof member !== "function") return member
  return (...args: ReadonlyArray<unknown>): unknown => {
    const given: unknown = member(...args)
    return Effect.isEffect(given) ? run(given) : given
  }
}

const run = (effect: Effect.Effect<unknown, unknown, unknown>): Promise<unknown> =>
  Effect.runPromise(Effect.flatMap(effect as Effect.Effect<unknown, unknown>, settled))

const settled = (value: unknown): Effect.Effect<unknown, unknown> => {
  if (!(value instanceof Map)) return Effect.succeed(value)
  const values = new Map<unknown, unknown>()
  for (const [key, outcome] of value) {
    if (!Result.isResult(outcome)) return Effect.succeed(value)
    if (Result.isFailure(outcome)) return Effect.fail(outcome.failure)
    values.set(key, outcome.success)
  }
  return Effect.succeed(values)
}
