// The broker's doors: one listener for each entry of `listeners`, a session for each connection.
// Certificates are read when a listener opens, and again on reload, for connections to come.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import {
  BrokerConfig,
  type ListenerConfig,
  type SslConfig
} from "../../layers/config/BrokerConfig.ts"
import { Disk } from "../../layers/disk/Disk.ts"
import {
  type Address,
  type Listener,
  type ListenOptions,
  type TlsOptions,
  Transport
} from "../../layers/transport/Transport.ts"
import * as Session from "./Session.ts"

/** The broker cannot open a listener: the address is taken, a certificate cannot be read. */
export class ListenerError extends Data.TaggedError("ListenerError")<{
  readonly listener: string
  readonly detail: string
}> {
  override get message(): string {
    return `listener ${this.listener}: ${this.detail}`
  }
}

export interface OpenListener extends Address {
  readonly name: string
  readonly protocol: ListenerConfig["protocol"]
  readonly stopAccepting: Effect.Effect<void>
  readonly reload: Effect.Effect<void, ListenerError>
}

/** Opens every configured listener, in the calling scope. */
export const open = Effect.gen(function*() {
  const config = yield* BrokerConfig
  return yield* Effect.forEach(config.listeners, openOne)
})

const openOne = Effect.fnUntraced(function*(listener: ListenerConfig) {
  const config = yield* BrokerConfig
  const transport = yield* Transport
  const context = yield* Effect.context<Effect.Services<ReturnType<typeof Session.run>>>()
  const disk = yield* Disk
  const tls = listener.protocol === "SSL" ? readTls(listener, config.ssl, disk) : undefined
  const options: ListenOptions = {
    host: listener.host,
    port: listener.port,
    tls: tls === undefined ? undefined : yield* tls,
    frameBytesMax: config.socketRequestMaxBytes,
    receiveBytesMax: config.socketReceiveBytesMax,
    idleMs: config.connectionsMaxIdleMs,
    busyPollMs: config.busyPollUs / 1000,
    handshakeMs: config.handshakeTimeoutMs,
    connectionsMax: config.maxConnections
  }
  const opened: Listener = yield* transport.listen(
    options,
    (connection) => Effect.provideContext(Session.run(connection, listener), context)
  ).pipe(
    Effect.mapError(({ detail }) => new ListenerError({ listener: listener.name, detail }))
  )
  const failed = (detail: string) => new ListenerError({ listener: listener.name, detail })
  return {
    name: listener.name,
    protocol: listener.protocol,
    host: opened.address.host,
    port: opened.address.port,
    stopAccepting: opened.stopAccepting,
    reload: tls === undefined ? Effect.void : tls.pipe(
      Effect.flatMap((tls) => Effect.mapError(opened.reload(tls), ({ detail }) => failed(detail)))
    )
  } satisfies OpenListener
})

const readTls = (
  { name }: ListenerConfig,
  ssl: SslConfig | undefined,
  disk: Disk["Service"]
): Effect.Effect<TlsOptions, ListenerError> =>
  Effect.gen(function*() {
    if (ssl === undefined) {
      return yield* new ListenerError({
        listener: name,
        detail: "SSL needs ssl.keystore.certificate.chain and ssl.keystore.key (PEM)"
      })
    }
    const pem = (value: string) =>
      value.includes("-----BEGIN")
        ? Effect.succeed(value)
        : disk.readFile(value).pipe(
          Effect.map((bytes) => bytes.toString("utf8")),
          Effect.mapError(({ message }) => new ListenerError({ listener: name, detail: message }))
        )
    return {
      cert: yield* pem(ssl.certificate),
      key: yield* pem(ssl.key),
      keyPassphrase: ssl.keyPassphrase,
      ca: ssl.trust === undefined ? undefined : yield* pem(ssl.trust),
      clientAuth: ssl.clientAuth,
      minVersion: ssl.protocols.includes("TLSv1.2") ? "TLSv1.2" : "TLSv1.3",
      maxVersion: ssl.protocols.includes("TLSv1.3") ? "TLSv1.3" : "TLSv1.2",
      ciphers: ssl.cipherSuites
    }
  })
