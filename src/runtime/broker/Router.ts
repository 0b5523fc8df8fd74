// From a frame to the handler that answers it, and from the answer back to bytes: header, version
// check, decode, encode. A request that cannot be understood is rejected with a sentence, which ends
// its connection and nothing else.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import { RequestHeader } from "../../domain/protocol/RequestHeader.ts"
import * as Api from "../../domain/wire/Api.ts"
import * as Codec from "../../domain/wire/Codec.ts"
import { Reader } from "../../domain/wire/Reader.ts"
import * as VersionRange from "../../domain/wire/VersionRange.ts"
import { WireError } from "../../domain/wire/WireError.ts"
import type { Writer } from "../../domain/wire/Writer.ts"
import * as Ended from "../../layers/shards/Ended.ts"
import * as Handler from "./Handler.ts"
import type { RequestContext, ServedApi } from "./RequestContext.ts"

/** Why a connection must end: the request was not one we can read. */
export interface RequestRejected {
  readonly _tag: "RequestRejected"
  readonly detail: string
}

export interface Dispatched {
  readonly outcome: Handler.Outcome<unknown>
  /** The frame of the answer; throws WireError when the handler gave what the version cannot carry. */
  readonly encode: (writer: Writer, response: unknown) => ReadonlyArray<Uint8Array>
}

/** What the session knows; the router adds what the header says. */
export interface SessionContext extends
  Pick<
    RequestContext,
    "connection" | "listener" | "hasMore" | "onCancel" | "onSent" | "recycleFrame"
  >
{
  /** Gives what ends when every request before this one is answered. */
  readonly settled: () => Effect.Effect<void>
}

const API_VERSIONS = 18
const HEADER_BYTES_MIN = 8

export class Router extends Context.Service<Router, {
  /**
   * Gives a session what the handlers need, once: doing it for each request would merge two
   * contexts each time. `dispatch` must run inside.
   */
  readonly withServices: <A, E, R>(session: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Begins when it is called, so that what needs no waiting has ended when it returns. */
  readonly dispatch: (
    frame: Buffer,
    session: SessionContext
  ) => Effect.Effect<Dispatched, RequestRejected>
}>()("mymq/runtime/broker/Router") {
  /** Handlers are looked up by API key; their needs become the layer's. */
  static readonly layer = <const H extends ReadonlyArray<Handler.Handler>>(
    handlers: H
  ): Layer.Layer<Router, never, Handler.Services<H>> =>
    Layer.effect(
      Router,
      Effect.map(Effect.context<Handler.Services<H>>(), (context) => make(handlers, context))
    )
}

const make = <R>(
  handlers: ReadonlyArray<Handler.Handler>,
  services: Context.Context<R>
): Router["Service"] => {
  const byKey = new Map(handlers.map((handler) => {
    const bound = handler as Handler.Handler<R>
    return [handler.api.key, { ...bound, dispatch: bound.bind(services) }]
  }))
  const served = handlers.map(({ api, versions }): ServedApi => ({ key: api.key, ...versions }))

  const dispatch = (
    frame: Buffer,
    session: SessionContext
  ): Effect.Effect<Dispatched, RequestRejected> => {
    if (frame.length < HEADER_BYTES_MIN) {
      return reject(`a frame of ${frame.length} bytes is too short for a request header`)
    }
    const key = frame.readInt16BE(0)
    const version = frame.readInt16BE(2)
    const handler = byKey.get(key)
    if (handler === undefined) return reject(`no API has the key ${key} here`)
    if (!VersionRange.contains(handler.versions, version)) {
      return key === API_VERSIONS
        ? Effect.succeed(unsupportedApiVersions(frame, handler))
        : reject(
          `${handler.api.name} v${version} is not served, ` +
            `v${VersionRange.format(handler.versions)} are`
        )
    }
    const decoded = decode(frame, handler.api, version)
    if (decoded instanceof WireError) {
      return reject(`malformed ${handler.api.name} v${version} request: ${decoded.message}`)
    }
    const { connection, hasMore, listener, onCancel, onSent, recycleFrame } = session
    const context: RequestContext = {
      connection,
      listener,
      hasMore,
      onCancel,
      onSent,
      recycleFrame,
      apiVersion: version,
      clientId: decoded.clientId,
      served
    }
    // What it needs is there: see withServices.
    const begin = () =>
      handler.dispatch(decoded.request, context) as Effect.Effect<Handler.Outcome<unknown>>
    // What a client wrote on this connection it can read on it, without waiting for the answer.
    const outcome = handler.isStaged ? begin() : Ended.flatMap(session.settled(), begin)
    return Ended.map(outcome, (outcome): Dispatched => ({
      outcome,
      encode: encoder(handler.api, version, decoded.correlationId)
    }))
  }

  return Router.of({
    dispatch,
    withServices: (session) => Effect.provideContext(session, services as Context.Context<never>)
  })
}

const reject = (detail: string): Effect.Effect<never, RequestRejected> =>
  Effect.fail({ _tag: "RequestRejected", detail })

interface Decoded {
  readonly request: never
  readonly correlationId: number
  readonly clientId: string | null
}

const decode = (frame: Buffer, api: Api.Api, version: number): Decoded | WireError => {
  try {
    const reader = new Reader(frame)
    const headerVersion = Api.requestHeaderVersion(api, version)
    const header = Codec.of(RequestHeader, headerVersion, headerVersion === 2).decode(reader)
    const request = Api.requestCodec(api, version).decode(reader) as never
    return { request, correlationId: header.correlationId, clientId: header.clientId }
  } catch (error) {
    if (error instanceof WireError) return error
    throw error
  }
}

const encoder = (api: Api.Api, version: number, correlationId: number): Dispatched["encode"] => {
  const codec = Api.responseCodec(api, version)
  const hasTags = Api.responseHeaderVersion(api, version) === 1
  return (writer, response) => {
    writer.beginFrame()
    writer.int32(correlationId)
    if (hasTags) writer.uvarint(0)
    codec.encode(writer, response as never)
    return writer.endFrame()
  }
}

/** KIP-511: a client newer than us learns in a v0 body which versions of ApiVersions we speak. */
const unsupportedApiVersions = (frame: Buffer, handler: Handler.Handler): Dispatched => ({
  outcome: Handler.ready({
    errorCode: ErrorCode.UNSUPPORTED_VERSION,
    apiKeys: [{
      apiKey: API_VERSIONS,
      minVersion: handler.versions.min,
      maxVersion: handler.versions.max
    }]
  }),
  encode: encoder(handler.api, 0, frame.readInt32BE(4))
})
