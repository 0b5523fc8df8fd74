// Settings as texts become settings as values: the only place that knows which text means what.
import { toBoolean, toList, toNumber } from "../../domain/config/ConfigDefinition.ts"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import type { BrokerConfig } from "./BrokerConfig.ts"
import type { Entry } from "./BrokerConfigSource.ts"
import * as GroupConfig from "./GroupConfig.ts"
import * as ListenerConfigs from "./ListenerConfigs.ts"
import * as LogCleanerConfig from "./LogCleanerConfig.ts"
import * as SslConfigs from "./SslConfigs.ts"

type Entries = ReadonlyMap<string, Entry>

const HOUR_MS = 3_600_000
const MINUTE_MS = 60_000

export const of = (entries: Entries): {
  readonly config: BrokerConfig["Service"]
  readonly problems: ReadonlyArray<string>
} => {
  const { number, text, truth } = readers(entries)
  const { ssl, ...aboutSsl } = SslConfigs.of(text)
  const { listeners, ...aboutListeners } = ListenerConfigs.of(text, ssl !== undefined)
  const directories = toList(text("log.dirs"))
  const config: BrokerConfig["Service"] = {
    nodeId: number("node.id"),
    logDir: (directories[0] ?? ".").replace(/(.)\/+$/, "$1"),
    listeners,
    ssl,
    autoCreateTopicsEnable: truth("auto.create.topics.enable"),
    numPartitions: number("num.partitions"),
    defaultReplicationFactor: number("default.replication.factor"),
    topicPartitionsMax: number("topic.partitions.max"),
    deleteTopicEnable: truth("delete.topic.enable"),
    durability: text("durability") as "commit" | "interval" | "os", // The table allows no other.
    durabilityIntervalMs: number("durability.interval.ms"),
    socketRequestMaxBytes: number("socket.request.max.bytes"),
    socketReceiveBytesMax: number("socket.receive.bytes.max"),
    tailCacheBytes: number("tail.cache.bytes"),
    zeroCopyFetchMinBytes: number("zero.copy.fetch.min.bytes"),
    busyPollUs: number("busy.poll.us"),
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
    groups: GroupConfig.of(number, text),
    logCleaner: LogCleanerConfig.of(number, truth),
    logDefaults: logDefaultsOf(entries),
    entries
  }
  const problems = [
    ...(directories.length === 1 ? [] : [
      "log.dirs must name one directory; this broker does not spread data over several"
    ]),
    ...aboutListeners.problems,
    ...aboutSsl.problems,
    ...contradictions(config)
  ]
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

/** What no single value shows: settings that do not go together. */
const contradictions = ({ logDefaults, queuedMaxRequestBytes, socketRequestMaxBytes }: Pick<
  BrokerConfig["Service"],
  "logDefaults" | "queuedMaxRequestBytes" | "socketRequestMaxBytes"
>): ReadonlyArray<string> => {
  const problems: Array<string> = []
  if (logDefaults.retentionMs === 0) {
    problems.push(
      "log.retention.ms, .minutes or .hours must be at least 1, or -1 to keep records for ever"
    )
  }
  if (queuedMaxRequestBytes > 0 && queuedMaxRequestBytes < socketRequestMaxBytes) {
    problems.push(
      `queued.max.request.bytes (${queuedMaxRequestBytes}) must be at least ` +
        `socket.request.max.bytes (${socketRequestMaxBytes}), or -1 for no limit`
    )
  }
  return problems
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
