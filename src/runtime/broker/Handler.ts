// A handler answers one API at the versions it names. It cannot fail: Kafka answers with error
// codes, so the error channel is `never`; what it needs is in its type, and the Router's layer needs
// the union of that.
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Api from "../../domain/wire/Api.ts"
import * as VersionRange from "../../domain/wire/VersionRange.ts"
import type { RequestContext } from "./RequestContext.ts"

/**
 * What became of a request once its place in line was taken: an answer, or one that comes later
 * while the connection's next request is read. `undefined` is no answer at all (acks=0).
 */
export type Outcome<A> =
  | { readonly _tag: "Ready"; readonly response: A | undefined }
  | {
    readonly _tag: "Later"
    readonly response: Effect.Effect<A | undefined>
    /** Whether the response would come without waiting. */
    readonly isReady: () => boolean
  }

export const ready = <A>(response: A | undefined): Outcome<A> => ({ _tag: "Ready", response })
export const later = <A>(
  response: Effect.Effect<A | undefined>,
  isReady: () => boolean
): Outcome<A> => ({ _tag: "Later", response, isReady })

export interface Handler<out R = unknown> {
  readonly api: Api.Api
  readonly versions: VersionRange.VersionRange
  /** Whether its answer may come after the connection's next request has begun. */
  readonly isStaged: boolean
  /** Given what it needs once, for all requests; what it still needs is provided when it runs. */
  readonly bind: (services: Context.Context<R>) => Dispatch<R>
}

type Dispatch<R> = (
  request: never,
  context: RequestContext
) => Effect.Effect<Outcome<unknown>, never, R>

/** What the handlers of a list need, together. */
export type Services<H extends ReadonlyArray<Handler>> = H[number] extends Handler<infer R> ? R
  : never

/** A handler that ends before the connection's next request begins. */
export const make = <A extends Api.Api, R>(api: A, options: {
  readonly versions: string
  readonly handle: (
    request: Api.Request<A>,
    context: RequestContext
  ) => Effect.Effect<Api.Response<A>, never, R>
}): Handler<R> => ({
  api,
  versions: VersionRange.parse(options.versions),
  isStaged: false,
  bind: () => (request, context) => Effect.map(options.handle(request, context), ready)
})

/** A handler in two steps: `dispatch`, in order with its connection's requests, then the answer. */
export const staged = <A extends Api.Api, R>(api: A, options: {
  readonly versions: string
  readonly dispatch: (
    request: Api.Request<A>,
    context: RequestContext
  ) => Effect.Effect<Outcome<Api.Response<A>>, never, R>
}): Handler<R> => ({
  api,
  versions: VersionRange.parse(options.versions),
  isStaged: true,
  bind: () => options.dispatch
})

/**
 * The handlers of the hot path: their services are looked up once, and what needs no waiting is
 * done on the caller's stack (Ended).
 */
export const bound = <A extends Api.Api, R>(api: A, options: {
  readonly versions: string
  readonly isStaged: boolean
  readonly bind: (services: Context.Context<R>) => (
    request: Api.Request<A>,
    context: RequestContext
  ) => Effect.Effect<Outcome<Api.Response<A>>, never, R>
}): Handler<R> => ({ ...options, api, versions: VersionRange.parse(options.versions) })
