// The table of every setting that a topic can have, in Kafka's names and with Kafka's defaults.
// Limits are Kafka's too, but for segment.bytes: Kafka 4 wants 1 MiB, and tests want less to see
// segments roll.
import { type ConfigDefinition, define, LONG_MAX } from "./ConfigDefinition.ts"

const IGNORED = { isEffective: false }
export const GZIP_LEVELS = ["-1", "1", "2", "3", "4", "5", "6", "7", "8", "9"]
export const COMPRESSION_TYPES = ["producer", "uncompressed", "gzip", "snappy", "lz4", "zstd"]
const AT_LEAST_0 = { min: 0 }
const AT_LEAST_1 = { min: 1 }
const FROM_MINUS_1 = { min: -1 }

export const definitions: ReadonlyArray<ConfigDefinition> = [
  define(
    "LIST",
    "cleanup.policy",
    "delete",
    "What becomes of old segments: \"delete\" frees them by time and size; \"compact\" keeps the last " +
      "record of each key.",
    { oneOf: ["delete", "compact"], synonyms: ["log.cleanup.policy"] }
  ),
  define(
    "STRING",
    "compression.type",
    "producer",
    "The codec in which batches are stored; \"producer\" leaves them as they came.",
    {
      oneOf: COMPRESSION_TYPES,
      synonyms: ["compression.type"]
    }
  ),
  define(
    "INT",
    "compression.gzip.level",
    "-1",
    "Level of gzip, 1 to 9, or -1 for its own default.",
    { oneOf: GZIP_LEVELS, synonyms: ["compression.gzip.level"] }
  ),
  define("INT", "compression.lz4.level", "9", "Level of lz4. The codec here has one level.", {
    min: 1,
    max: 17,
    synonyms: ["compression.lz4.level"],
    ...IGNORED
  }),
  define("INT", "compression.zstd.level", "3", "Level of zstd; 1 is the cheapest of use.", {
    min: -131072,
    max: 22,
    synonyms: ["compression.zstd.level"]
  }),
  define(
    "LONG",
    "delete.retention.ms",
    "86400000",
    "How long compaction keeps the tombstones of deleted keys, from when it first met them.",
    { ...AT_LEAST_0, synonyms: ["log.cleaner.delete.retention.ms"] }
  ),
  define(
    "LONG",
    "file.delete.delay.ms",
    "60000",
    "How long a segment that is no longer kept stays on disk, for reads that are under way.",
    { ...AT_LEAST_0, synonyms: ["log.segment.delete.delay.ms"] }
  ),
  define(
    "LONG",
    "flush.messages",
    LONG_MAX,
    "Records after which a partition is synced to the device, whatever acks was asked for.",
    { ...AT_LEAST_1, synonyms: ["log.flush.interval.messages"] }
  ),
  define(
    "LONG",
    "flush.ms",
    LONG_MAX,
    "Time after which an append syncs its partition to the device, whatever acks was asked for.",
    { ...AT_LEAST_0, synonyms: ["log.flush.interval.ms"] }
  ),
  define(
    "LIST",
    "follower.replication.throttled.replicas",
    "",
    "Replicas whose following is throttled; there are no followers here.",
    IGNORED
  ),
  define(
    "INT",
    "index.interval.bytes",
    "4096",
    "Bytes of log between two entries of an offset index.",
    { ...AT_LEAST_0, synonyms: ["log.index.interval.bytes"] }
  ),
  define(
    "LIST",
    "leader.replication.throttled.replicas",
    "",
    "Replicas whose leading is throttled; there are no followers here.",
    IGNORED
  ),
  define(
    "LONG",
    "local.retention.bytes",
    "-2",
    "Local part of tiered storage, which is not here.",
    { min: -2, synonyms: ["log.local.retention.bytes"], ...IGNORED }
  ),
  define("LONG", "local.retention.ms", "-2", "Local part of tiered storage, which is not here.", {
    min: -2,
    synonyms: ["log.local.retention.ms"],
    ...IGNORED
  }),
  define(
    "LONG",
    "max.compaction.lag.ms",
    LONG_MAX,
    "How long a record may stay uncompacted at most; segments are closed in time for that.",
    { ...AT_LEAST_1, synonyms: ["log.cleaner.max.compaction.lag.ms"] }
  ),
  define(
    "INT",
    "max.message.bytes",
    "1048588",
    "The largest record batch, as it is sent, with its header.",
    { ...AT_LEAST_0, synonyms: ["message.max.bytes"] }
  ),
  define(
    "LONG",
    "message.timestamp.after.max.ms",
    "3600000",
    "How far a record's time may lie ahead of the broker's.",
    { ...AT_LEAST_0, synonyms: ["log.message.timestamp.after.max.ms"] }
  ),
  define(
    "LONG",
    "message.timestamp.before.max.ms",
    LONG_MAX,
    "How far a record's time may lie behind the broker's.",
    { ...AT_LEAST_0, synonyms: ["log.message.timestamp.before.max.ms"] }
  ),
  define(
    "STRING",
    "message.timestamp.type",
    "CreateTime",
    "Whose clock stands in records: the producer's, or the broker's when they are appended.",
    { oneOf: ["CreateTime", "LogAppendTime"], synonyms: ["log.message.timestamp.type"] }
  ),
  define(
    "DOUBLE",
    "min.cleanable.dirty.ratio",
    "0.5",
    "How much of a log must be uncompacted before it is compacted.",
    { min: 0, max: 1, synonyms: ["log.cleaner.min.cleanable.ratio"] }
  ),
  define("LONG", "min.compaction.lag.ms", "0", "How long a record stays uncompacted at least.", {
    ...AT_LEAST_0,
    synonyms: ["log.cleaner.min.compaction.lag.ms"]
  }),
  define(
    "INT",
    "min.insync.replicas",
    "1",
    "Replicas that must have a record before acks=all is answered; there is one.",
    { ...AT_LEAST_1, synonyms: ["min.insync.replicas"] }
  ),
  define("BOOLEAN", "preallocate", "false", "Whether segments are given their full size at once.", {
    synonyms: ["log.preallocate"],
    ...IGNORED
  }),
  define(
    "BOOLEAN",
    "remote.log.copy.disable",
    "false",
    "Part of tiered storage, which is not here.",
    IGNORED
  ),
  define(
    "BOOLEAN",
    "remote.log.delete.on.disable",
    "false",
    "Part of tiered storage, which is not here.",
    IGNORED
  ),
  define(
    "BOOLEAN",
    "remote.storage.enable",
    "false",
    "Whether segments go to tiered storage, which is not here.",
    { oneOf: ["false"], advice: "there is no tiered storage here", ...IGNORED }
  ),
  define(
    "LONG",
    "retention.bytes",
    "-1",
    "How large a partition may grow before its oldest segments go; -1 for no limit.",
    { ...FROM_MINUS_1, synonyms: ["log.retention.bytes"] }
  ),
  define(
    "LONG",
    "retention.ms",
    "604800000",
    "How long records are kept, by the youngest of their segment; -1 for ever.",
    { ...FROM_MINUS_1, synonyms: ["log.retention.ms"] }
  ),
  define("INT", "segment.bytes", "1073741824", "A segment is closed before it grows beyond this.", {
    min: 14,
    synonyms: ["log.segment.bytes"]
  }),
  define("INT", "segment.index.bytes", "10485760", "The largest offset index of a segment.", {
    min: 4,
    synonyms: ["log.index.size.max.bytes"]
  }),
  define(
    "LONG",
    "segment.jitter.ms",
    "0",
    "Up to so much is taken off segment.ms at random, so that segments do not all close at once.",
    { ...AT_LEAST_0, synonyms: ["log.roll.jitter.ms"] }
  ),
  define(
    "LONG",
    "segment.ms",
    "604800000",
    "A segment is closed when its first record is older than this.",
    { ...AT_LEAST_1, synonyms: ["log.roll.ms"] }
  ),
  define(
    "BOOLEAN",
    "unclean.leader.election.enable",
    "false",
    "Whether a replica that lags may lead; there is one replica.",
    { synonyms: ["unclean.leader.election.enable"], ...IGNORED }
  )
]
