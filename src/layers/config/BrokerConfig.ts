// Every limit and setting of the broker, as values, under Kafka's names where Kafka has one.
import * as Context from "effect/Context"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import { gather, type Sources } from "./BrokerConfigSource.ts"
import * as BrokerConfigValues from "./BrokerConfigValues.ts"
import type { GroupConfig } from "./GroupConfig.ts"
import type { LogCleanerConfig } from "./LogCleanerConfig.ts"

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
  /** node.id, 1: this broker's number. */
  readonly nodeId: number
  /** log.dirs, ./data: where all data is; one directory is supported. */
  readonly logDir: string
  /** listeners, PLAINTEXT://127.0.0.1:9092, without those in controller.listener.names. */
  readonly listeners: ReadonlyArray<ListenerConfig>
  /** The ssl.* settings; undefined without a certificate. */
  readonly ssl: SslConfig | undefined
  /** auto.create.topics.enable, true: topics that clients ask for are made on demand. */
  readonly autoCreateTopicsEnable: boolean
  /** num.partitions, 1: of a topic that says nothing itself. */
  readonly numPartitions: number
  /** default.replication.factor, 1: reported only; there is one replica. */
  readonly defaultReplicationFactor: number
  /** topic.partitions.max, 100000: the most partitions one topic, and the broker, may have. */
  readonly topicPartitionsMax: number
  /** delete.topic.enable, true. */
  readonly deleteTopicEnable: boolean
  /** durability, commit: fdatasync before acks=all is answered; or "interval"; or "os". */
  readonly durability: "commit" | "interval" | "os"
  /** durability.interval.ms, 1000: between syncs with durability=interval. */
  readonly durabilityIntervalMs: number
  /** socket.request.max.bytes, 100 MiB: the largest request. */
  readonly socketRequestMaxBytes: number
  /** socket.receive.bytes.max, 1 MiB: unhandled bytes of a connection at which reading pauses. */
  readonly socketReceiveBytesMax: number
  /** tail.cache.bytes, 16 MiB: for slices that several consumers read; 0: none are kept. */
  readonly tailCacheBytes: number
  /** zero.copy.fetch.min.bytes, 0: slices from so many bytes on are sent by the kernel; 0: none. */
  readonly zeroCopyFetchMinBytes: number
  /** busy.poll.us, 50: under load, how long more is looked for before the broker sleeps; 0: never. */
  readonly busyPollUs: number
  /** queued.max.request.bytes, 256 MiB: held by all connections together; -1: no limit. */
  readonly queuedMaxRequestBytes: number
  /** connection.in.flight.max, 64: requests of one connection answered at the same time. */
  readonly connectionInFlightMax: number
  /** connections.max.idle.ms, 600000: an idle connection is closed after it; 0: never. */
  readonly connectionsMaxIdleMs: number
  /** handshake.timeout.ms, 10000: how long a TLS handshake may take. */
  readonly handshakeTimeoutMs: number
  /** max.connections, 2147483647: of one listener. */
  readonly maxConnections: number
  /** fetch.max.bytes, 55 MiB: the most that one fetch is answered. */
  readonly fetchMaxBytes: number
  /** max.incremental.fetch.session.cache.slots, 1000: reported only; there are no sessions. */
  readonly maxIncrementalFetchSessionCacheSlots: number
  /** shards, 8: fibers that write partitions. */
  readonly shards: number
  /** shard.mailbox.capacity, 1024: commands that may wait for each. */
  readonly shardMailboxCapacity: number
  /** transaction.max.timeout.ms, 900000: the longest that a client may ask for. */
  readonly transactionMaxTimeoutMs: number
  /** producer.id.expiration.ms, 86400000: a producer silent for so long is forgotten. */
  readonly producerIdExpirationMs: number
  /** log.retention.check.interval.ms, 300000: between looks for what is no longer kept. */
  readonly logRetentionCheckIntervalMs: number
  /** log.flush.offset.checkpoint.interval.ms, 60000: between notes of what is on the device. */
  readonly logFlushOffsetCheckpointIntervalMs: number
  /** shutdown.timeout.ms, 10000: how long a stop waits for clients to take their last answers. */
  readonly shutdownTimeoutMs: number
  /** group.*, offset.* and offsets.*: consumer groups. */
  readonly groups: GroupConfig
  /** log.cleaner.*: what compaction may use. */
  readonly logCleaner: LogCleanerConfig
  /** What topics get that say nothing themselves: log.*, message.*, compression.*, min.insync... */
  readonly logDefaults: LogConfig
  /** Every broker config by its Kafka name, as text, for DescribeConfigs. */
  readonly entries: ReadonlyMap<
    string,
    { readonly value: string | null; readonly source: ConfigSource }
  >
}>()("mymq/layers/config/BrokerConfig") {
  /** From flags, environment and a properties file; what changes nothing here is told in the log. */
  static readonly from = Effect.fnUntraced(function*(sources: Sources) {
    const gathered = gather(sources)
    const values = BrokerConfigValues.of(gathered.entries)
    const problems = [...gathered.problems, ...values.problems]
    if (problems.length > 0) return yield* new BrokerConfigError({ problems })
    if (gathered.ignored.length > 0) {
      yield* Effect.logWarning(`settings without effect here: ${gathered.ignored.join(", ")}`)
    }
    return values.config
  })

  static readonly layer = (sources: Sources): Layer.Layer<BrokerConfig, BrokerConfigError> =>
    Layer.effect(BrokerConfig, BrokerConfig.from(sources))

  /** For tests and for brokers inside other programs: a free port of this machine. */
  static readonly layerTest = (
    configs: Readonly<Record<string, string>> = {}
  ): Layer.Layer<BrokerConfig, BrokerConfigError> =>
    BrokerConfig.layer({ flags: { listeners: "PLAINTEXT://127.0.0.1:0", ...configs } })
}
