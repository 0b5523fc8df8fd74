// From an address to a connection that can be used: dialled, its versions known, authenticated.
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ApiVersions } from "../../../domain/protocol/ApiVersions.ts"
import type { ClientConfig } from "../../../layers/config/ClientConfig.ts"
import type { Address, Transport } from "../../../layers/transport/Transport.ts"
import * as ClientError from "../ClientError.ts"
import * as Authentication from "../sasl/Authentication.ts"
import { BrokerConnection } from "./BrokerConnection.ts"
import { ServedVersions } from "./ServedVersions.ts"

/** The newest one that every broker understands well enough to refuse (KIP-511). */
const API_VERSIONS_VERSION = 3
const SOFTWARE = { clientSoftwareName: "mymq", clientSoftwareVersion: "0.1.0" }

/** Answers that are read at once; more wait in the kernel. */
const RECEIVE_BYTES_MAX = 1 << 20

/** A connection that lives as long as the scope, or until it breaks. */
export const open = Effect.fnUntraced(function*(
  transport: Transport["Service"],
  config: ClientConfig["Service"],
  { host, port }: Address
): Effect.fn.Return<BrokerConnection, ClientError.ClientError, Scope.Scope> {
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
  const raw = yield* transport.connect({
    host,
    port,
    tls: config.tls,
    frameBytesMax: config.responseBytesMax,
    receiveBytesMax: RECEIVE_BYTES_MAX,
    timeoutMs: config.connectTimeoutMs
  }).pipe(Effect.mapError((error) => ClientError.lost(address, error.detail)))
  const connection = yield* BrokerConnection.make(raw, {
    address,
    clientId: config.clientId,
    requestTimeoutMs: config.requestTimeoutMs,
    inFlightMax: config.inFlightMax
  })
  connection.served = yield* negotiate(connection, config.connectTimeoutMs)
  if (config.sasl !== undefined) yield* Authentication.authenticate(connection, config.sasl)
  return connection
})

/** A kernel accepts for a broker that is stuck: who does not say what he is counts as not reached. */
const negotiate = Effect.fnUntraced(function*(connection: BrokerConnection, timeoutMs: number) {
  const ask = (version: number) => connection.requestAt(ApiVersions, version, SOFTWARE, timeoutMs)
  const newest = yield* ask(API_VERSIONS_VERSION)
  const answer = newest.errorCode === ErrorCode.UNSUPPORTED_VERSION
    ? yield* ask(0)
    : newest
  if (answer.errorCode !== ErrorCode.NONE) {
    return yield* ClientError.refused("ApiVersions", answer.errorCode)
  }
  return new ServedVersions(answer)
})
