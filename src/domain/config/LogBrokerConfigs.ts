// Settings of the broker that logs obey: mostly the defaults of what topics can say themselves.
import { type ConfigDefinition, define, LONG_MAX } from "./ConfigDefinition.ts"
import { COMPRESSION_TYPES, GZIP_LEVELS } from "./TopicConfigTable.ts"

const IGNORED = { isEffective: false }

export const definitions: ReadonlyArray<ConfigDefinition> = [
  define("INT", "log.segment.bytes", "1073741824", "Default of segment.bytes.", { min: 14 }),
  define("LONG", "log.roll.ms", null, "Default of segment.ms; wins over log.roll.hours.", {
    min: 1
  }),
  define("INT", "log.roll.hours", "168", "Default of segment.ms, in hours.", { min: 1 }),
  define("LONG", "log.roll.jitter.ms", null, "Default of segment.jitter.ms.", { min: 0 }),
  define("INT", "log.roll.jitter.hours", "0", "Default of segment.jitter.ms, in hours.", {
    min: 0
  }),
  define(
    "LONG",
    "log.retention.ms",
    null,
    "Default of retention.ms; wins over log.retention.minutes and log.retention.hours.",
    { min: -1 }
  ),
  define(
    "INT",
    "log.retention.minutes",
    null,
    "Default of retention.ms, in minutes; wins over log.retention.hours.",
    { min: -1 }
  ),
  define("INT", "log.retention.hours", "168", "Default of retention.ms, in hours.", { min: -1 }),
  define("LONG", "log.retention.bytes", "-1", "Default of retention.bytes.", { min: -1 }),
  define(
    "LONG",
    "log.retention.check.interval.ms",
    "300000",
    "Time between looks for what is no longer kept.",
    { min: 1 }
  ),
  define("LIST", "log.cleanup.policy", "delete", "Default of cleanup.policy.", {
    oneOf: ["delete", "compact"]
  }),
  define("LONG", "log.segment.delete.delay.ms", "60000", "Default of file.delete.delay.ms.", {
    min: 0
  }),
  define("INT", "log.index.interval.bytes", "4096", "Default of index.interval.bytes.", { min: 0 }),
  define("INT", "log.index.size.max.bytes", "10485760", "Default of segment.index.bytes.", {
    min: 4
  }),
  define("LONG", "log.flush.interval.messages", LONG_MAX, "Default of flush.messages.", { min: 1 }),
  define("LONG", "log.flush.interval.ms", null, "Default of flush.ms.", { min: 0 }),
  define(
    "LONG",
    "log.flush.scheduler.interval.ms",
    LONG_MAX,
    "Time between looks for logs to sync; see durability.",
    IGNORED
  ),
  define(
    "INT",
    "log.flush.offset.checkpoint.interval.ms",
    "60000",
    "Time between notes of how far each log is on the device.",
    { min: 1 }
  ),
  define(
    "INT",
    "log.flush.start.offset.checkpoint.interval.ms",
    "60000",
    "Time between notes of where each log starts; written with the former.",
    IGNORED
  ),
  define("BOOLEAN", "log.preallocate", "false", "Default of preallocate.", IGNORED),
  define(
    "STRING",
    "log.message.timestamp.type",
    "CreateTime",
    "Default of message.timestamp.type.",
    { oneOf: ["CreateTime", "LogAppendTime"] }
  ),
  define(
    "LONG",
    "log.message.timestamp.before.max.ms",
    LONG_MAX,
    "Default of message.timestamp.before.max.ms.",
    { min: 0 }
  ),
  define(
    "LONG",
    "log.message.timestamp.after.max.ms",
    "3600000",
    "Default of message.timestamp.after.max.ms.",
    { min: 0 }
  ),
  define("INT", "message.max.bytes", "1048588", "Default of max.message.bytes.", { min: 0 }),
  define("INT", "min.insync.replicas", "1", "Default of the topic's setting.", { min: 1 }),
  define("STRING", "compression.type", "producer", "Default of the topic's setting.", {
    oneOf: COMPRESSION_TYPES
  }),
  define("INT", "compression.gzip.level", "-1", "Default of the topic's setting.", {
    oneOf: GZIP_LEVELS
  }),
  define("INT", "compression.lz4.level", "9", "Default of the topic's setting.", {
    min: 1,
    max: 17,
    ...IGNORED
  }),
  define("INT", "compression.zstd.level", "3", "Default of the topic's setting.", {
    min: -131072,
    max: 22
  }),
  define("LONG", "log.local.retention.ms", "-2", "Default of local.retention.ms.", {
    min: -2,
    ...IGNORED
  }),
  define("LONG", "log.local.retention.bytes", "-2", "Default of local.retention.bytes.", {
    min: -2,
    ...IGNORED
  }),
  define(
    "BOOLEAN",
    "unclean.leader.election.enable",
    "false",
    "Default of the topic's setting.",
    IGNORED
  ),
  define("INT", "num.recovery.threads.per.data.dir", "2", "Threads for recovery.", IGNORED),
  define("BOOLEAN", "log.cleaner.enable", "true", "Whether logs are compacted."),
  define("INT", "log.cleaner.threads", "1", "Threads for compaction; there is one fiber.", IGNORED),
  define(
    "LONG",
    "log.cleaner.backoff.ms",
    "15000",
    "Time between looks for logs to compact, once none is due.",
    { min: 0 }
  ),
  define(
    "LONG",
    "log.cleaner.dedupe.buffer.size",
    "134217728",
    "The most memory for the keys of one compaction, at 24 bytes a key; more keys take more rounds.",
    { min: 1024 }
  ),
  define(
    "DOUBLE",
    "log.cleaner.io.buffer.load.factor",
    "0.9",
    "How full that memory may become: fuller holds more keys and finds them more slowly.",
    { min: 0, max: 1 }
  ),
  define(
    "INT",
    "log.cleaner.io.buffer.size",
    "524288",
    "Memory for reading and writing in a compaction; it grows for a larger batch.",
    { min: 0 }
  ),
  define(
    "DOUBLE",
    "log.cleaner.io.max.bytes.per.second",
    "1.7976931348623157E308",
    "The most bytes that compaction reads and writes in a second.",
    { min: 1 }
  ),
  define(
    "LONG",
    "log.cleaner.delete.retention.ms",
    "86400000",
    "Default of delete.retention.ms.",
    { min: 0 }
  ),
  define(
    "LONG",
    "log.cleaner.min.compaction.lag.ms",
    "0",
    "Default of min.compaction.lag.ms.",
    { min: 0 }
  ),
  define(
    "LONG",
    "log.cleaner.max.compaction.lag.ms",
    LONG_MAX,
    "Default of max.compaction.lag.ms.",
    { min: 1 }
  ),
  define(
    "DOUBLE",
    "log.cleaner.min.cleanable.ratio",
    "0.5",
    "Default of min.cleanable.dirty.ratio.",
    { min: 0, max: 1 }
  )
]
