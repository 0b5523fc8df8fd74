// Settings as texts become settings as values: the only place that knows which text means what.
import * as CipherSuites from "../../domain/config/CipherSuites.ts"
import { toBoolean, toList, toNumber } from "../../domain/config/ConfigDefinition.ts"
import * as Listener from "../../domain/config/Listener.ts"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import type { BrokerConfig, ListenerConfig, SslConfig } from "./BrokerConfig.ts"
import type { Entry } from "./BrokerConfigSource.ts"

type Entries = ReadonlyMap<string, Entry>

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

export const of = (entries: Entries): {
  readonly config: BrokerConfig["Service"]
  readonly problems: ReadonlyArray<string>
} => {
  const problems: Array<string> = []
  const { number, text, truth } = readers(entries)
  const ssl = sslOf(entries)
  const config: BrokerConfig["Service"] = {
    nodeId: number(
      isGiven(entries, "broker.id") && !isGiven(entries, "node.id")
        ? "broker.id"
        : "node.id"
    ),
    logDir: logDirOf(entries, problems),
    listeners: listenersOf(entries, ssl, problems),
    ssl,
    autoCreateTopicsEnable: truth("auto.create.topics.enable"),
    numPartitions: number("num.partitions"),
    defaultReplicationFactor: number("default.replication.factor"),
    topicPartitionsMax: number("topic.partitions.max"),
    deleteTopicEnable: truth("delete.topic.enable"),
    durability: text("durability") as "commit" | "interval" | "os",
    durabilityIntervalMs: number("durability.interval.ms"),
    socketRequestMaxBytes: number("socket.request.max.bytes"),
    socketReceiveBytesMax: number("socket.receive.bytes.max"),
    queuedMaxRequestBytes: number("queued.max.request.bytes"),
    connectionInFlightMax: number("connection.in.flight.max"),
    connectionsMaxIdleMs: Math.max(0, number("connections.max.idle.ms")),
    handshakeTimeoutMs: number("handshake.timeout.ms"),
    maxConnections: number("max.connections"),
    fetchMaxBytes: number("fetch.max.bytes"),
    maxIncrementalFetchSessionCacheSlots: number("max.incremental.fetch.session.cache.slots"),
    shards: number("shards"),
    shardMailboxCapacity: number("shard.mailbox.capacity"),
    transactionMaxTimeoutMs: number("transaction.max.timeout.ms"),
    producerIdExpirationMs: number("producer.id.expiration.ms"),
    logRetentionCheckIntervalMs: number("log.retention.check.interval.ms"),
    logFlushOffsetCheckpointIntervalMs: number("log.flush.offset.checkpoint.interval.ms"),
    shutdownTimeoutMs: number("shutdown.timeout.ms"),
    logDefaults: logDefaultsOf(entries),
    entries
  }
  return { config, problems }
}

const readers = (entries: Entries) => {
  const text = (name: string): string => entries.get(name)?.value ?? ""
  return {
    text,
    number: (name: string): number => toNumber(text(name)),
    truth: (name: string): boolean => toBoolean(text(name))
  }
}

const isGiven = (entries: Entries, name: string): boolean =>
  entries.get(name)?.source === "STATIC_BROKER_CONFIG"

const logDirOf = (entries: Entries, problems: Array<string>): string => {
  const name = isGiven(entries, "log.dir") && !isGiven(entries, "log.dirs") ? "log.dir" : "log.dirs"
  const directories = toList(entries.get(name)?.value ?? "")
  if (directories.length !== 1) {
    problems.push(`${name} must name one directory; this broker does not spread data over several`)
  }
  return (directories[0] ?? ".").replace(/(.)\/+$/, "$1")
}

const listenersOf = (
  entries: Entries,
  ssl: SslConfig | undefined,
  problems: Array<string>
): ReadonlyArray<ListenerConfig> => {
  const { text } = readers(entries)
  const listeners = Listener.parseList(text("listeners"))
  if (typeof listeners === "string") {
    problems.push(`Invalid value for configuration listeners: ${listeners}`)
    return []
  }
  const advertisedText = entries.get("advertised.listeners")?.value ?? ""
  const advertised = advertisedText === "" ? [] : Listener.parseList(advertisedText)
  if (typeof advertised === "string") {
    problems.push(`Invalid value for configuration advertised.listeners: ${advertised}`)
    return []
  }
  const protocols = Listener.parseProtocolMap(text("listener.security.protocol.map"))
  return listeners.map(({ host, name, port }) => {
    const protocol = protocols.get(name) ?? name
    if (protocol !== "PLAINTEXT" && protocol !== "SSL") {
      problems.push(
        `The listener ${name} has the protocol ${protocol}; PLAINTEXT and SSL are supported, ` +
          "SASL comes later. Map names of your own with listener.security.protocol.map."
      )
    }
    if (protocol === "SSL" && ssl === undefined) {
      problems.push(
        `The listener ${name} needs a certificate: set ssl.keystore.certificate.chain and ` +
          "ssl.keystore.key to PEM files, or ssl.keystore.location to a PEM file with both."
      )
    }
    const told = advertised.find((address) => address.name === name)
    return {
      name,
      protocol: protocol === "SSL" ? "SSL" : "PLAINTEXT",
      host: host === "" ? "0.0.0.0" : host,
      port,
      advertised: told === undefined ? undefined : { host: told.host, port: told.port }
    }
  })
}

const sslOf = (entries: Entries): SslConfig | undefined => {
  const given = (name: string): string | undefined => {
    const value = entries.get(name)?.value ?? ""
    return value === "" ? undefined : value
  }
  const both = given("ssl.keystore.location")
  const certificate = given("ssl.keystore.certificate.chain") ?? both
  const key = given("ssl.keystore.key") ?? both
  if (certificate === undefined || key === undefined) return undefined
  const suites = toList(given("ssl.cipher.suites") ?? "").flatMap((suite) => suite.split(":"))
  return {
    certificate,
    key,
    keyPassphrase: given("ssl.key.password"),
    trust: given("ssl.truststore.certificates") ?? given("ssl.truststore.location"),
    clientAuth: (given("ssl.client.auth") ?? "none") as SslConfig["clientAuth"],
    protocols: toList(given("ssl.enabled.protocols") ?? "") as SslConfig["protocols"],
    cipherSuites: suites.length === 0 ? undefined : suites.map(CipherSuites.toOpenSsl).join(":")
  }
}

/** What topics get that say nothing themselves; of several units the finest that is given wins. */
const logDefaultsOf = (entries: Entries): LogConfig => {
  const { number, text, truth } = readers(entries)
  const first = (...choices: ReadonlyArray<readonly [string, number]>): number => {
    for (const [name, unit] of choices) {
      const value = entries.get(name)?.value ?? null
      if (value !== null) return toNumber(value) < 0 ? -1 : toNumber(value) * unit
    }
    return Number.MAX_SAFE_INTEGER
  }
  return {
    segmentBytes: number("log.segment.bytes"),
    segmentMs: first(["log.roll.ms", 1], ["log.roll.hours", HOUR_MS]),
    segmentJitterMs: first(["log.roll.jitter.ms", 1], ["log.roll.jitter.hours", HOUR_MS]),
    segmentIndexBytes: number("log.index.size.max.bytes"),
    indexIntervalBytes: number("log.index.interval.bytes"),
    retentionBytes: number("log.retention.bytes"),
    retentionMs: first(
      ["log.retention.ms", 1],
      ["log.retention.minutes", MINUTE_MS],
      ["log.retention.hours", HOUR_MS]
    ),
    fileDeleteDelayMs: number("log.segment.delete.delay.ms"),
    cleanupDelete: toList(text("log.cleanup.policy")).includes("delete"),
    cleanupCompact: toList(text("log.cleanup.policy")).includes("compact"),
    deleteRetentionMs: number("log.cleaner.delete.retention.ms"),
    minCompactionLagMs: number("log.cleaner.min.compaction.lag.ms"),
    maxCompactionLagMs: number("log.cleaner.max.compaction.lag.ms"),
    minCleanableDirtyRatio: number("log.cleaner.min.cleanable.ratio"),
    maxMessageBytes: number("message.max.bytes"),
    compressionType: text("compression.type") as LogConfig["compressionType"],
    compressionGzipLevel: number("compression.gzip.level"),
    compressionLz4Level: number("compression.lz4.level"),
    compressionZstdLevel: number("compression.zstd.level"),
    messageTimestampType: text("log.message.timestamp.type") as LogConfig["messageTimestampType"],
    messageTimestampBeforeMaxMs: number("log.message.timestamp.before.max.ms"),
    messageTimestampAfterMaxMs: number("log.message.timestamp.after.max.ms"),
    minInsyncReplicas: number("min.insync.replicas"),
    flushMessages: number("log.flush.interval.messages"),
    flushMs: first(["log.flush.interval.ms", 1]),
    preallocate: truth("log.preallocate")
  }
}
