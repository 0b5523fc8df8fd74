// A listening socket and what it accepted. One net.Server accepts for plain and TLS alike; a TLS
// connection is handed to a tls.Server that never listens itself, which makes new certificates a
// matter of exchanging that server.
//
// Invariants: a connection counts from the accept, so that handshakes are within connectionsMax too;
// each one's fiber belongs to the listener's scope, and its end, whatever it is, closes the socket;
// nothing a stranger does can fill the log.
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import type * as Scope from "effect/Scope"
import * as Net from "node:net"
import type * as NodeTls from "node:tls"
import { BusyPoll } from "./BusyPoll.ts"
import { serve } from "./ConnectionFiber.ts"
import type { FileSender } from "./FileSend.ts"
import { LogThrottle } from "./LogThrottle.ts"
import { NodeConnection } from "./NodeConnection.ts"
import * as Tls from "./Tls.ts"
import {
  type Connection,
  type Listener,
  type ListenOptions,
  type TlsOptions,
  TransportError
} from "./Transport.ts"

const BACKLOG = 1024

export const listen = Effect.fnUntraced(function*(
  sender: FileSender | undefined,
  options: ListenOptions,
  onConnection: (connection: Connection) => Effect.Effect<void>
): Effect.fn.Return<Listener, TransportError, Scope.Scope> {
  // Released last to first: no more is accepted, then sessions end and close their connections in
  // good order, then what was still shaking hands is cut.
  const open = yield* Effect.acquireRelease(
    Effect.sync(() => new Set<Net.Socket>()),
    (open) =>
      Effect.sync(() => {
        for (const socket of open) socket.destroy()
      })
  )
  const run = yield* FiberSet.makeRuntime()
  const log = new LogThrottle(yield* Clock.Clock, run)
  const accepted = (connection: Connection) => run(serve(connection, onConnection))
  const acceptor = new Acceptor(options, accepted, log, open, sender)
  yield* Effect.acquireRelease(acceptor.start(), () => Effect.sync(() => acceptor.stop()))
  return {
    address: acceptor.address,
    stopAccepting: Effect.sync(() => acceptor.stop()),
    reload: (tls) => Effect.suspend(() => acceptor.secure(tls))
  }
})

class Acceptor {
  readonly #options: ListenOptions
  readonly #onConnection: (connection: Connection) => void
  readonly #log: LogThrottle
  readonly #server: Net.Server
  /** Every socket accepted and not yet closed. */
  readonly #open: Set<Net.Socket>
  readonly #sender: FileSender | undefined
  readonly #busyPoll: BusyPoll | undefined
  #tls: NodeTls.Server | undefined

  constructor(
    options: ListenOptions,
    onConnection: (connection: Connection) => void,
    log: LogThrottle,
    open: Set<Net.Socket>,
    sender: FileSender | undefined
  ) {
    const { busyPollMs = 0 } = options
    this.#sender = sender
    this.#busyPoll = busyPollMs > 0 ? new BusyPoll(busyPollMs) : undefined
    this.#open = open
    this.#options = options
    this.#onConnection = onConnection
    this.#log = log
    this.#server = Net.createServer({
      noDelay: true,
      keepAlive: true,
      // With TLS only after the handshake, see `#secured`: one that is broken off would stay open.
      allowHalfOpen: options.tls === undefined,
      // A plain socket is made anew around the handle, with a read buffer of ours, see `#plain`.
      pauseOnConnect: options.tls === undefined
    }, (socket) => this.#accept(socket))
  }

  get address(): { readonly host: string; readonly port: number } {
    const bound = this.#server.address()
    const port = bound !== null && typeof bound === "object" ? bound.port : this.#options.port
    return { host: this.#options.host, port }
  }

  start(): Effect.Effect<void, TransportError> {
    const { host, port, tls } = this.#options
    const bind = Effect.callback<void, TransportError>((resume) => {
      const failed = (error: NodeJS.ErrnoException) =>
        resume(
          Effect.fail(new TransportError({ reason: "io", detail: bindSentence(error, host, port) }))
        )
      this.#server.once("error", failed)
      this.#server.listen({ port, backlog: BACKLOG, ...(host !== "" && { host }) }, () => {
        this.#server.off("error", failed)
        this.#server.on(
          "error",
          (error) => this.#log.warn("accept", `accepting a connection failed: ${error.message}`)
        )
        resume(Effect.void)
      })
    })
    return tls === undefined ? bind : Effect.andThen(this.secure(tls), bind)
  }

  /** For connections to come; those before keep what they shook hands with. */
  secure(tls: TlsOptions): Effect.Effect<void, TransportError> {
    return Effect.try({
      try: () => {
        const { handshakeMs } = this.#options
        const server = Tls.makeServer(tls, handshakeMs, (socket) => this.#secured(socket))
        server.on(
          "tlsClientError",
          (error, socket) => this.#refuse(socket, Tls.handshakeSentence(error) ?? error.message)
        )
        this.#tls = server
      },
      catch: (error) =>
        error instanceof TransportError
          ? error
          : new TransportError({ reason: "tls", detail: String(error) })
    })
  }

  stop(): void {
    if (this.#server.listening) this.#server.close()
  }

  #accept(socket: Net.Socket): void {
    const { connectionsMax } = this.#options
    if (this.#open.size >= connectionsMax) {
      this.#log.warn(
        "connectionsMax",
        `closed ${socket.remoteAddress}:${socket.remotePort} on arrival: ${connectionsMax} ` +
          "connections are open (max.connections)"
      )
      socket.destroy()
      return
    }
    if (this.#tls === undefined) {
      this.#plain(socket)
      return
    }
    this.#track(socket)
    socket.on("error", () => {})
    this.#tls.emit("connection", socket)
  }

  #plain(accepted: Net.Socket): void {
    const connection = new NodeConnection(this.#options, this.#sender, this.#busyPoll)
    const socket = remake(accepted, connection)
    if (socket === undefined) {
      this.#track(accepted)
      this.#deliver(accepted, connection, undefined)
      connection.readByEvents(accepted)
      accepted.resume()
    } else {
      this.#track(socket)
      this.#deliver(socket, connection, undefined)
    }
  }

  #secured(socket: NodeTls.TLSSocket): void {
    const client = Tls.clientOf(socket)
    if (client === "refused") {
      const why = `no authority of ours vouches for its certificate (${socket.authorizationError})`
      this.#refuse(socket, why)
      return
    }
    socket.allowHalfOpen = true
    const connection = new NodeConnection(this.#options, undefined, this.#busyPoll)
    this.#deliver(socket, connection, client.principal)
    connection.readByEvents(socket)
  }

  #deliver(socket: Net.Socket, connection: NodeConnection, principal: string | undefined): void {
    connection.attach(socket, principal)
    connection.closeWhenIdle(this.#options.idleMs)
    this.#onConnection(connection)
  }

  #refuse(socket: NodeTls.TLSSocket, why: string): void {
    this.#log.warn("tls", `refused ${socket.remoteAddress}:${socket.remotePort}: ${why}`)
    socket.destroy()
  }

  #track(socket: Net.Socket): void {
    this.#open.add(socket)
    socket.once("close", () => this.#open.delete(socket))
  }
}

/**
 * Node gives accepted sockets no `onread`, which reads at a third of the cost of 'data' events
 * (bench/layers/transport); so a socket is made anew around the handle. The handle is no public
 * property and may go away: undefined then, and on Windows, where the kernel keeps the shared
 * buffer between callbacks.
 */
function remake(accepted: Net.Socket, connection: NodeConnection): Net.Socket | undefined {
  const holder = accepted as unknown as { _handle?: unknown }
  const handle = holder._handle as { readonly useUserBuffer?: unknown } | null | undefined
  if (typeof handle?.useUserBuffer !== "function" || process.platform === "win32") return undefined
  const options = { handle, allowHalfOpen: true, onread: connection.onread() }
  const socket = new Net.Socket(options as Net.SocketConstructorOpts)
  holder._handle = null
  accepted.destroy()
  return socket
}

function bindSentence(error: NodeJS.ErrnoException, host: string, port: number): string {
  const where = `port ${port} on ${host === "" ? "all addresses" : host}`
  switch (error.code) {
    case "EADDRINUSE":
      return `${where} is in use; stop what listens there or choose another port (listeners)`
    case "EACCES":
      return `${where} may not be used by this user; choose one above 1023 (listeners)`
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${host} is not an address of this machine (listeners)`
    default:
      return `listening on ${where} failed: ${error.message}`
  }
}
