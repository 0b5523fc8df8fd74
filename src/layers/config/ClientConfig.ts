// How a client reaches a cluster: the settings that producers, consumers and admins of one layer share,
// because they share its connections. What only one of them needs is an option of that one. Names are those
// of Kafka's clients, units last.
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Layer from "effect/Layer"
import type * as Redacted from "effect/Redacted"
import type { Address, ConnectOptions } from "../transport/Transport.ts"

/** Who the client says it is (KIP-43, KIP-84). */
export interface SaslOptions {
  readonly mechanism: "PLAIN" | "SCRAM-SHA-256" | "SCRAM-SHA-512"
  readonly username: string
  readonly password: Redacted.Redacted
}

export class ClientConfig extends Context.Service<ClientConfig, {
  /** bootstrap.servers: asked for the cluster's brokers; one that answers is enough. */
  readonly bootstrapServers: ReadonlyArray<Address>
  /** client.id, mymq: what brokers write into their logs and quotas. */
  readonly clientId: string
  /** PEM texts; undefined speaks plain TCP. */
  readonly tls: ConnectOptions["tls"]
  /** Undefined: no authentication but what TLS does. */
  readonly sasl: SaslOptions | undefined
  /** socket.connection.setup.timeout.ms, 10000: for the connection, TLS included. */
  readonly connectTimeoutMs: number
  /** request.timeout.ms, 30000: for the answer to one request. */
  readonly requestTimeoutMs: number
  /** default.api.timeout.ms, 60000: for a call with all its retries. */
  readonly apiTimeoutMs: number
  /** reconnect.backoff.ms, 50: before the second attempt to reach a broker; doubles, with jitter. */
  readonly reconnectBackoffMs: number
  /** reconnect.backoff.max.ms, 1000. */
  readonly reconnectBackoffMsMax: number
  /** retry.backoff.ms, 100: before a request is sent again; doubles, with jitter. */
  readonly retryBackoffMs: number
  /** retry.backoff.max.ms, 1000. */
  readonly retryBackoffMsMax: number
  /** metadata.max.age.ms, 300000: after it brokers and leaders are asked for again. */
  readonly metadataAgeMsMax: number
  /** Requests of one connection that wait for their answers; more wait to be sent. */
  readonly inFlightMax: number
  /** The largest answer taken. */
  readonly responseBytesMax: number
}>()("mymq/layers/config/ClientConfig") {}

/** A bootstrap list that names no broker, or a value out of range. */
export class ClientConfigError extends Data.TaggedError("ClientConfigError")<{
  readonly detail: string
}> {
  override get message(): string {
    return this.detail
  }
}

export type ClientOptions =
  & { readonly bootstrapServers: string | ReadonlyArray<string> }
  & Partial<Omit<ClientConfig["Service"], "bootstrapServers">>

const DEFAULTS: Omit<ClientConfig["Service"], "bootstrapServers"> = {
  clientId: "mymq",
  tls: undefined,
  sasl: undefined,
  connectTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  apiTimeoutMs: 60_000,
  reconnectBackoffMs: 50,
  reconnectBackoffMsMax: 1000,
  retryBackoffMs: 100,
  retryBackoffMsMax: 1000,
  metadataAgeMsMax: 300_000,
  inFlightMax: 64,
  responseBytesMax: 128 * 1024 * 1024
}

/** `options` over the defaults. Throws ClientConfigError. */
export const make = (options: ClientOptions): ClientConfig["Service"] => {
  const { bootstrapServers, ...given } = options
  const texts = typeof bootstrapServers === "string"
    ? bootstrapServers.split(",")
    : bootstrapServers
  const servers = texts.map((text) => text.trim()).filter((text) => text !== "").map(addressOf)
  if (servers.length === 0) {
    throw new ClientConfigError({ detail: "no bootstrap server is given, as \"127.0.0.1:9092\"" })
  }
  const set = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...DEFAULTS, ...Object.fromEntries(set), bootstrapServers: servers }
}

/** A wrong bootstrap list is a mistake of whoever writes the program: a defect of the layer. */
export const layer = (options: ClientOptions): Layer.Layer<ClientConfig> =>
  Layer.sync(ClientConfig, () => make(options))

/** "host:9092", "[::1]:9092"; a scheme before it, as brokers print it, is passed over. */
const addressOf = (text: string): Address => {
  const match = /^(?:[A-Za-z_]+:\/\/)?(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port < 1 || port > 65_535) {
    throw new ClientConfigError({
      detail: `"${text}" is no bootstrap server: it should read HOST:PORT, as "127.0.0.1:9092"`
    })
  }
  return { host: match[1] ?? match[2]!, port }
}
