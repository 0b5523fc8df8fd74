// Every limit and setting of the broker, as values, under Kafka's names where Kafka has one.
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import { gather, type Sources } from "./BrokerConfigSource.ts"
import * as BrokerConfigValues from "./BrokerConfigValues.ts"

export interface ListenerConfig {
  /** PLAINTEXT or SSL, or a name of one's own mapped by listener.security.protocol.map. */
  readonly name: string
  readonly protocol: "PLAINTEXT" | "SSL"
  readonly host: string
  readonly port: number
  /** advertised.listeners; undefined: what the client dialled. */
  readonly advertised: { readonly host: string; readonly port: number } | undefined
}

export interface SslConfig {
  /** Paths of PEM files (ssl.keystore.certificate.chain and so on may hold the PEM text itself). */
  readonly certificate: string
  readonly key: string
  readonly keyPassphrase: string | undefined
  readonly trust: string | undefined
  readonly clientAuth: "none" | "requested" | "required"
  readonly protocols: ReadonlyArray<"TLSv1.2" | "TLSv1.3">
  readonly cipherSuites: string | undefined
}

/** Where a value came from, in Kafka's words, for DescribeConfigs. */
export type ConfigSource = "STATIC_BROKER_CONFIG" | "DYNAMIC_BROKER_CONFIG" | "DEFAULT_CONFIG"

/** Settings that cannot be used, all of them, each with what is allowed. */
export class BrokerConfigError extends Data.TaggedError("BrokerConfigError")<{
  readonly problems: ReadonlyArray<string>
}> {
  override get message(): string {
    return this.problems.join("\n")
  }
}

export class BrokerConfig extends Context.Service<BrokerConfig, {
  readonly nodeId: number
  /** The first of log.dirs; one directory is supported. */
  readonly logDir: string
  readonly listeners: ReadonlyArray<ListenerConfig>
  readonly ssl: SslConfig | undefined
  readonly autoCreateTopicsEnable: boolean
  readonly numPartitions: number
  readonly defaultReplicationFactor: number
  /** The most partitions one topic, and the broker, may have. */
  readonly topicPartitionsMax: number
  readonly deleteTopicEnable: boolean
  /** durability: "commit" (fdatasync before acks=all is answered), "interval", "os". */
  readonly durability: "commit" | "interval" | "os"
  readonly durabilityIntervalMs: number
  /** socket.request.max.bytes */
  readonly socketRequestMaxBytes: number
  readonly socketReceiveBytesMax: number
  /** queued.max.request.bytes: request bytes held by all connections together; -1: no limit. */
  readonly queuedMaxRequestBytes: number
  /** Requests of one connection answered at the same time. */
  readonly connectionInFlightMax: number
  readonly connectionsMaxIdleMs: number
  readonly handshakeTimeoutMs: number
  readonly maxConnections: number
  readonly fetchMaxBytes: number
  readonly maxIncrementalFetchSessionCacheSlots: number
  /** Shards of the pool, and commands waiting in each mailbox. */
  readonly shards: number
  readonly shardMailboxCapacity: number
  readonly transactionMaxTimeoutMs: number
  readonly producerIdExpirationMs: number
  readonly logRetentionCheckIntervalMs: number
  readonly logFlushOffsetCheckpointIntervalMs: number
  readonly shutdownTimeoutMs: number
  /** What topics get that say nothing themselves. */
  readonly logDefaults: LogConfig
  /** Every broker config by its Kafka name, as text, for DescribeConfigs. */
  readonly entries: ReadonlyMap<
    string,
    { readonly value: string | null; readonly source: ConfigSource }
  >
}>()("mymq/layers/config/BrokerConfig") {
  /** From flags, environment and a properties file; what changes nothing here is told in the log. */
  static readonly layer = (sources: Sources): Layer.Layer<BrokerConfig, BrokerConfigError> =>
    Layer.effect(
      BrokerConfig,
      Effect.gen(function*() {
        const gathered = gather(sources)
        const values = BrokerConfigValues.of(gathered.entries)
        const problems = [...gathered.problems, ...values.problems]
        if (problems.length > 0) return yield* new BrokerConfigError({ problems })
        if (gathered.ignored.length > 0) {
          yield* Effect.logWarning(`settings without effect here: ${gathered.ignored.join(", ")}`)
        }
        return values.config
      })
    )

  /** For tests and for brokers inside other programs: a free port of this machine. */
  static readonly layerTest = (
    configs: Readonly<Record<string, string>> = {}
  ): Layer.Layer<BrokerConfig, BrokerConfigError> =>
    BrokerConfig.layer({ flags: { listeners: "PLAINTEXT://127.0.0.1:0", ...configs } })
}
