// Connections that carry length-prefixed frames (int32 size, then that many bytes). Frames, not
// chunks, come upward: a hop to a fiber costs more than a read from the kernel, so a whole frame is
// assembled, once, into a buffer of its own before anybody is woken (bench/layers/transport).
//
// Ownership: a received frame belongs to whoever took it, until it is given back. Buffers given to `write` must not change
// until the effect has ended.
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

/**
 * `closed`: the other side ended, or this side closed; `malformed`: a frame's size is not allowed;
 * `refused`, `timeout`: no connection came about; `tls`: handshake or certificate; `io`: the rest.
 */
export const TransportReason = Schema.Literals([
  "closed",
  "malformed",
  "refused",
  "timeout",
  "tls",
  "io"
])

export class TransportError extends Schema.TaggedError<TransportError>()("TransportError", {
  reason: TransportReason,
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.reason}: ${this.detail}`
  }
}

export function closed(detail: string): TransportError {
  return new TransportError({ reason: "closed", detail })
}

export interface Address {
  readonly host: string
  readonly port: number
}

export interface Connection {
  /** "127.0.0.1:43210", for logs. */
  readonly peer: string
  readonly remote: Address
  /** Where the other side dialled: what Metadata answers when nothing is advertised. */
  readonly local: Address
  /** Subject of the client's certificate ("CN=alice,O=Example"), when TLS verified one. */
  readonly principal: string | undefined
  /**
   * The frames that have arrived since the last take, without their size field; waits for one.
   * Reading from the kernel pauses while `receiveBytesMax` are waiting to be taken. One taker at a
   * time; interrupting a take loses nothing.
   */
  readonly take: Effect.Effect<ReadonlyArray<Buffer>, TransportError>
  /**
   * Gives a frame's memory back for frames to come, which halves the cost of receiving large ones.
   * Only when nothing refers to the frame any more: no view of it, no cache, no write under way.
   * Not required: a frame that is never given back is collected like anything else.
   */
  readonly recycle: (frame: Buffer) => void
  /**
   * From so many bytes on, `write` takes FileBytes too, which it sends from their file; left out, it
   * takes none.
   */
  readonly fileBytesMin?: number | undefined
  /**
   * Sends the chunks, in order, as they are; ends when the kernel has them all. Interrupting it
   * does not call bytes back: they may still be sent, and their buffers be read, until the close.
   */
  readonly write: (chunks: ReadonlyArray<Uint8Array>) => Effect.Effect<void, TransportError>
  /** The same, sent when it is called; gives an Exit where the kernel had room for all at once. */
  readonly writeNow: (chunks: ReadonlyArray<Uint8Array>) => Effect.Effect<void, TransportError>
  /**
   * Calls back once, when the other side has gone or the connection was closed here: what waits on
   * behalf of this connection (a long poll) ends with it. Frames that came before can still be
   * taken. Returns the undo; called at once when it has already ended.
   */
  readonly onEnd: (callback: () => void) => () => void
  /** Sends what was written, then ends the connection. Idempotent. */
  readonly close: Effect.Effect<void>
}

/** PEM texts. `reload` of a listener swaps them for connections to come. */
export interface TlsOptions {
  readonly cert: string
  readonly key: string
  readonly keyPassphrase?: string | undefined
  /** Certificates of the authorities that the other side is checked against. */
  readonly ca?: string | undefined
  /** Server: whether the client must show a certificate (ssl.client.auth). */
  readonly clientAuth?: "none" | "requested" | "required" | undefined
  /** "TLSv1.2", "TLSv1.3". */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined
  readonly maxVersion?: "TLSv1.2" | "TLSv1.3" | undefined
  /** OpenSSL names, in order of preference, joined by ":". */
  readonly ciphers?: string | undefined
}

export interface ListenOptions {
  readonly host: string
  /** 0 picks a free one. */
  readonly port: number
  readonly tls?: TlsOptions | undefined
  /** Largest frame accepted (socket.request.max.bytes), checked before a byte is buffered. */
  readonly frameBytesMax: number
  /** Frames waiting to be taken, by connection, before reading pauses. */
  readonly receiveBytesMax: number
  /**
   * A connection on which nothing moves, either way, for so long is closed
   * (connections.max.idle.ms); 0: never.
   */
  readonly idleMs: number
  /** A TLS handshake must end within this. */
  readonly handshakeMs: number
  /** More than this are closed on arrival (max.connections). */
  readonly connectionsMax: number
  /** How long more bytes are looked for before the event loop sleeps (BusyPoll); 0: never. */
  readonly busyPollMs?: number | undefined
}

export interface Listener {
  /** With the port that was really taken. */
  readonly address: Address
  /** Stops accepting; open connections live on. Idempotent. */
  readonly stopAccepting: Effect.Effect<void>
  /** Takes new certificates for connections to come; fails with `tls` and keeps the old ones. */
  readonly reload: (tls: TlsOptions) => Effect.Effect<void, TransportError>
}

export interface ConnectOptions extends Address {
  readonly tls?: (Partial<TlsOptions> & { readonly rejectUnauthorized?: boolean }) | undefined
  readonly frameBytesMax: number
  readonly receiveBytesMax: number
  readonly timeoutMs: number
}

export class Transport extends Context.Service<Transport, {
  /**
   * Listens until the scope closes. `onConnection` runs in a fiber of its own for each connection,
   * interrupted when the connection's listener's scope closes; the connection closes when it ends.
   */
  readonly listen: (
    options: ListenOptions,
    onConnection: (connection: Connection) => Effect.Effect<void>
  ) => Effect.Effect<Listener, TransportError, Scope.Scope>
  readonly connect: (
    options: ConnectOptions
  ) => Effect.Effect<Connection, TransportError, Scope.Scope>
}>()("mymq/layers/transport/Transport") {}
