// One connection to one broker: requests out, answers back to whoever waits for them. The core is
// synchronous and calls back (`send`), because a producer sends thousands of requests a second; `request`
// is the same as an Effect.
//
// Invariants: a broker answers in the order of the requests, so that the oldest waiting one owns the next
// frame; each callback runs exactly once; when the connection ends, for whatever reason, all that wait fail
// with that reason, and what is sent afterwards fails at once.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type * as Api from "../../../domain/wire/Api.ts"
import * as Ended from "../../../layers/shards/Ended.ts"
import type { Connection, TransportError } from "../../../layers/transport/Transport.ts"
import * as ClientError from "../ClientError.ts"
import { RequestEncoder } from "./RequestEncoder.ts"
import * as ResponseDecoder from "./ResponseDecoder.ts"
import type { ServedVersions } from "./ServedVersions.ts"
import { type Answer, WaitingRequests } from "./WaitingRequests.ts"

export interface RequestOptions {
  /** Instead of the client's request.timeout.ms: for requests that wait at the broker. */
  readonly timeoutMs?: number | undefined
  /** The newest version to speak, where the caller does not understand newer ones. */
  readonly versionMax?: number | undefined
}

export interface BrokerConnectionOptions {
  readonly address: string
  readonly clientId: string
  readonly requestTimeoutMs: number
  /** Of `request`; who calls `send` keeps a bound of his own. */
  readonly inFlightMax: number
}

/** How often the oldest waiting request is looked at. */
const TIMEOUT_CHECK_MS = 500

export class BrokerConnection {
  readonly address: string
  /**
   * Known once the broker was asked; `open` in Handshake.ts does that before anybody else sends.
   */
  served: ServedVersions | undefined
  private readonly connection: Connection
  private readonly encoder: RequestEncoder
  private readonly requestTimeoutMs: number
  private readonly places: Semaphore.Semaphore
  private readonly clock: Clock.Clock
  private readonly run: (effect: Effect.Effect<void>) => unknown
  private readonly waiting = new WaitingRequests()
  private correlationId = 0
  private failure: ClientError.ClientError | undefined
  private readonly onEnd = new Set<(error: ClientError.ClientError) => void>()

  private constructor(
    connection: Connection,
    options: BrokerConnectionOptions,
    clock: Clock.Clock,
    run: (effect: Effect.Effect<void>) => unknown
  ) {
    this.connection = connection
    this.address = options.address
    this.encoder = new RequestEncoder(options.clientId)
    this.requestTimeoutMs = options.requestTimeoutMs
    this.places = Semaphore.makeUnsafe(options.inFlightMax)
    this.clock = clock
    this.run = run
  }

  /** Reads answers in fibers of the scope; when it closes, the connection has ended. */
  static make(
    connection: Connection,
    options: BrokerConnectionOptions
  ): Effect.Effect<BrokerConnection, never, Scope.Scope> {
    return Effect.gen(function*() {
      const clock = yield* Clock.Clock
      const runFork = Effect.runForkWith(yield* Effect.context())
      const self = new BrokerConnection(connection, options, clock, runFork)
      const close = Effect.sync(() => self.end(ClientError.closed("the client is closed")))
      yield* Effect.addFinalizer(() => close)
      yield* Effect.forkScoped(self.read)
      yield* Effect.forkScoped(self.expire)
      return self
    })
  }

  get isOpen(): boolean {
    return this.failure === undefined
  }

  /** Calls back once, when the connection has ended; at once when it has. Returns the undo. */
  whenEnded(callback: (error: ClientError.ClientError) => void): () => void {
    if (this.failure !== undefined) {
      callback(this.failure)
      return () => {}
    }
    this.onEnd.add(callback)
    return () => {
      this.onEnd.delete(callback)
    }
  }

  /** The version in which the API is spoken here; undefined when broker and client share none. */
  versionOf(api: Api.Api, versionMax?: number): number | undefined {
    return this.served?.pick(api, versionMax)
  }

  /**
   * Sends a request in the newest version that both sides speak. Callbacks run on the stack of
   * whoever received the answer, or on this one when the request cannot be sent at all.
   */
  send<A extends Api.Api>(
    api: A,
    body: Api.Request<A>,
    answer: Answer<Api.Response<A>>,
    options?: RequestOptions
  ): void {
    const version = this.versionOf(api, options?.versionMax)
    if (version === undefined) return answer.onFailure(this.failure ?? this.unsupported(api))
    this.sendAt(api, version, body, answer, options?.timeoutMs)
  }

  /** The same in a version that the caller has chosen. */
  sendAt<A extends Api.Api>(
    api: A,
    version: number,
    body: Api.Request<A>,
    answer: Answer<Api.Response<A>>,
    timeoutMs = this.requestTimeoutMs
  ): void {
    const chunks = this.encode(api, version, body, answer)
    if (chunks === undefined) return
    const deadlineMs = this.clock.currentTimeMillisUnsafe() + timeoutMs
    this.waiting.push({
      api,
      version,
      correlationId: this.correlationId,
      deadlineMs,
      timeoutMs,
      answer
    })
    this.write(chunks)
  }

  /**
   * Sends what the broker will not answer (acks=0); calls back when the kernel has it, or never
   * will.
   */
  sendUnanswered<A extends Api.Api>(
    api: A,
    version: number,
    body: Api.Request<A>,
    onWritten: (error: ClientError.ClientError | undefined) => void
  ): void {
    const chunks = this.encode(api, version, body, { onResponse: () => {}, onFailure: onWritten })
    if (chunks === undefined) return
    const timeoutMs = this.requestTimeoutMs
    let late: ClientError.ClientError | undefined
    const written = Effect.timeoutOrElse(this.connection.write(chunks), {
      duration: timeoutMs,
      orElse: () => Effect.sync(() => this.end(late = this.timedOut(api, timeoutMs)))
    })
    this.run(Effect.matchCause(written, {
      onFailure: () => {
        this.end(ClientError.lost(this.address, "the connection broke"))
        onWritten(this.failure)
      },
      onSuccess: () => onWritten(late)
    }))
  }

  request<A extends Api.Api>(
    api: A,
    body: Api.Request<A>,
    options?: RequestOptions
  ): Effect.Effect<Api.Response<A>, ClientError.ClientError> {
    return this.asked((answer) => this.send(api, body, answer, options))
  }

  requestAt<A extends Api.Api>(
    api: A,
    version: number,
    body: Api.Request<A>,
    timeoutMs?: number
  ): Effect.Effect<Api.Response<A>, ClientError.ClientError> {
    return this.asked((answer) => this.sendAt(api, version, body, answer, timeoutMs))
  }

  /** Waits for a place among the requests in flight, then for the answer. */
  private asked<Response>(
    send: (answer: Answer<Response>) => void
  ): Effect.Effect<Response, ClientError.ClientError> {
    const answered = Effect.callback<Response, ClientError.ClientError>((resume) =>
      send({
        onResponse: (response) => resume(Effect.succeed(response)),
        onFailure: (error) => resume(Effect.fail(error))
      })
    )
    return this.places.withPermit(answered)
  }

  /** Ends the connection; what waits fails with `error`. */
  end(error: ClientError.ClientError): void {
    if (this.failure !== undefined) return
    this.failure = error
    this.run(this.connection.close)
    for (const { answer } of this.waiting.takeAll()) answer.onFailure(error)
    for (const callback of this.onEnd) callback(error)
    this.onEnd.clear()
  }

  private unsupported(api: Api.Api): ClientError.ClientError {
    const detail = `${this.address} serves no version of it that this client speaks`
    return ClientError.unsupported(api.name, detail)
  }

  private encode<A extends Api.Api>(
    api: A,
    version: number,
    body: Api.Request<A>,
    answer: Answer<Api.Response<A>>
  ): ReadonlyArray<Uint8Array> | undefined {
    if (this.failure !== undefined) {
      answer.onFailure(this.failure)
      return undefined
    }
    this.correlationId = (this.correlationId + 1) & 0x7fff_ffff
    const encoded = this.encoder.encode(api, version, this.correlationId, body)
    if (encoded instanceof ClientError.ClientError) {
      answer.onFailure(encoded)
      return undefined
    }
    return encoded
  }

  /** A fiber only where there is something to wait for. */
  private write(chunks: ReadonlyArray<Uint8Array>): void {
    const written = this.connection.writeNow(chunks)
    if (Ended.success(written) !== undefined) return
    this.run(Effect.catch(written, (error) => Effect.sync(() => this.end(this.lost(error)))))
  }

  private lost(error: TransportError): ClientError.ClientError {
    return error.reason === "malformed"
      ? ClientError.malformed("a response", error.detail)
      : ClientError.lost(this.address, error.detail)
  }

  private readonly read: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forever(
      Effect.map(this.connection.take, (frames) => {
        for (const frame of frames) this.receive(frame)
      }),
      { disableYield: true }
    )
  ).pipe(
    Effect.catch((error) => Effect.sync(() => this.end(this.lost(error)))),
    Effect.catchCause((cause) =>
      Effect.andThen(
        Effect.logError(`the connection to ${this.address} is given up`, cause),
        Effect.sync(() => this.end(ClientError.lost(this.address, "the client failed")))
      )
    )
  )

  private receive(frame: Buffer): void {
    const waiting = this.waiting.shift()
    if (waiting === undefined) {
      return this.end(ClientError.malformed("a response", "it came although nothing was asked"))
    }
    const response = ResponseDecoder.decode(waiting, frame)
    if (response instanceof ClientError.ClientError) {
      waiting.answer.onFailure(response)
      return this.end(response)
    }
    waiting.answer.onResponse(response as never, () => this.connection.recycle(frame))
  }

  private readonly expire: Effect.Effect<void> = Effect.suspend(() =>
    Effect.forever(
      Effect.andThen(
        Effect.sleep(TIMEOUT_CHECK_MS),
        Effect.sync(() => this.checkDeadlines())
      )
    )
  )

  /** A request that is not answered in time blocks all behind it: the connection is given up. */
  private checkDeadlines(): void {
    const late = this.waiting.expired(this.clock.currentTimeMillisUnsafe())
    if (late === undefined) return
    this.end(this.timedOut(late.api, late.timeoutMs))
  }

  private timedOut(api: Api.Api, timeoutMs: number): ClientError.ClientError {
    return ClientError.timedOut(`${api.name} to ${this.address}`, timeoutMs)
  }
}
