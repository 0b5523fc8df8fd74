// The connections of a client, by broker and lane. A lane is a purpose that must not wait for
// others, because a broker answers each connection in order: a fetch or a join that waits at the
// broker would hold up what is behind it.
//
// Invariants: one connection for each address and lane, dialled once however many ask; a broker
// that could not be reached is left alone for a time that doubles with each failure; a connection
// that has ended is forgotten, as lanes come and go with consumers; all close with the pool's scope.
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import type { ClientConfig } from "../../../layers/config/ClientConfig.ts"
import type { Address, Transport } from "../../../layers/transport/Transport.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "./BrokerConnection.ts"
import * as Handshake from "./Handshake.ts"
import * as Retry from "./Retry.ts"

interface Entry {
  connection: BrokerConnection | undefined
  opening: Deferred.Deferred<BrokerConnection, ClientError.ClientError> | undefined
  failures: number
  notBeforeMs: number
}

export class ConnectionPool {
  private readonly transport: Transport["Service"]
  private readonly config: ClientConfig["Service"]
  private readonly scope: Scope.Scope
  private readonly entries = new Map<string, Entry>()
  /** Brokers, by address, that did not answer a request, on whatever lane. */
  private readonly silent = new Set<string>()

  constructor(
    transport: Transport["Service"],
    config: ClientConfig["Service"],
    scope: Scope.Scope
  ) {
    this.transport = transport
    this.config = config
    this.scope = scope
  }

  /** Connections that are open, are being opened, or could not be. */
  get count(): number {
    return this.entries.size
  }

  /** The connection, where it is open. */
  opened(address: Address, lane: string): BrokerConnection | undefined {
    return openOf(this.entries.get(keyOf(address, lane)))
  }

  /** It has not answered, and no connection to it has come about since. */
  isSilent(address: Address): boolean {
    return this.silent.has(placeOf(address))
  }

  /**
   * Those that failed come last, and last of all those that accept and do not answer: each takes
   * its time to fail again.
   */
  likeliestFirst(addresses: ReadonlyArray<Address>, lane: string): ReadonlyArray<Address> {
    const doubt = (address: Address) =>
      this.isSilent(address) ? Infinity : this.entries.get(keyOf(address, lane))?.failures ?? 0
    return addresses.map((address) => ({ address, doubt: doubt(address) }))
      .sort((a, b) => a.doubt === b.doubt ? 0 : a.doubt - b.doubt)
      .map(({ address }) => address)
  }

  /** Opens the connection where it is not. */
  readonly get = (
    address: Address,
    lane: string
  ): Effect.Effect<BrokerConnection, ClientError.ClientError> =>
    Effect.suspend(() => {
      // A fiber that is forked into a closed scope never runs, and whoever waits for it waits
      // forever.
      if (this.scope.state._tag === "Closed") return ClientError.closed("the client is closed")
      const key = keyOf(address, lane)
      let entry = this.entries.get(key)
      if (entry === undefined) {
        entry = { connection: undefined, opening: undefined, failures: 0, notBeforeMs: 0 }
        this.entries.set(key, entry)
      }
      const open = openOf(entry)
      if (open !== undefined) return Effect.succeed(open)
      if (entry.opening !== undefined) return Deferred.await(entry.opening)
      const opening = Deferred.makeUnsafe<BrokerConnection, ClientError.ClientError>()
      entry.opening = opening
      // Whoever asked first may be interrupted; the others still want the connection.
      return this.open(key, entry, address).pipe(
        Effect.onExit((exit) => {
          entry.opening = undefined
          return Deferred.done(opening, exit)
        }),
        Effect.forkIn(this.scope, { startImmediately: true }),
        Effect.andThen(Deferred.await(opening))
      )
    })

  private readonly open = Effect.fnUntraced(
    function*(this: ConnectionPool, key: string, entry: Entry, address: Address) {
      const now = yield* Clock.currentTimeMillis
      if (now < entry.notBeforeMs) yield* Effect.sleep(entry.notBeforeMs - now)
      const scope = yield* Scope.fork(this.scope)
      const connection = yield* Handshake.open(this.transport, this.config, address).pipe(
        Scope.provide(scope),
        Effect.onError((cause) => Scope.close(scope, Exit.failCause(cause))),
        Effect.tapError((error) => this.failed(entry, address, error))
      )
      this.silent.delete(placeOf(address))
      entry.failures = 0
      entry.notBeforeMs = 0
      const runFork = Effect.runForkWith(yield* Effect.context())
      entry.connection = connection
      connection.whenEnded(({ reason }) => {
        if (reason._tag === "RequestTimedOut") this.silent.add(placeOf(address))
        if (entry.connection === connection) {
          entry.connection = undefined
          if (entry.opening === undefined) this.entries.delete(key)
        }
        runFork(Scope.close(scope, Exit.void))
      })
      return connection
    }
  )

  private readonly failed = Effect.fnUntraced(
    function*(
      this: ConnectionPool,
      entry: Entry,
      address: Address,
      error: ClientError.ClientError
    ) {
      const { reconnectBackoffMs, reconnectBackoffMsMax } = this.config
      if (error.reason._tag === "RequestTimedOut") this.silent.add(placeOf(address))
      entry.failures++
      entry.notBeforeMs = (yield* Clock.currentTimeMillis) +
        Retry.delayMs(entry.failures, reconnectBackoffMs, reconnectBackoffMsMax, yield* Random.next)
    }
  )
}

/**
 * While a connection ends, those whose requests fail may ask for the next before it is forgotten
 * here.
 */
const openOf = (entry: Entry | undefined): BrokerConnection | undefined =>
  entry?.connection?.isOpen === true ? entry.connection : undefined

const placeOf = ({ host, port }: Address): string => `${host}:${port}`

/** A sender asks for each batch: a text made anew costs more than all the rest of it. */
const keys = new WeakMap<Address, Map<string, string>>()

const keyOf = (address: Address, lane: string): string => {
  let ofAddress = keys.get(address)
  if (ofAddress === undefined) keys.set(address, ofAddress = new Map())
  let key = ofAddress.get(lane)
  if (key === undefined) ofAddress.set(lane, key = `${placeOf(address)}/${lane}`)
  return key
}
