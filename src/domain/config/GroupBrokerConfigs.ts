// Settings of the broker for consumer groups and their offsets. Those without effect are known because
// tools ask for them.
import { type ConfigDefinition, define } from "./ConfigDefinition.ts"

const IGNORED = { isEffective: false }
const POSITIVE = { min: 1 }
const MS = { ...POSITIVE, ...IGNORED }
const INT_MAX = "2147483647"

const classic: ReadonlyArray<ConfigDefinition> = [
  define(
    "INT",
    "group.initial.rebalance.delay.ms",
    "3000",
    "How long the first rebalance of an empty group waits for more members.",
    { min: 0 }
  ),
  define(
    "INT",
    "group.min.session.timeout.ms",
    "6000",
    "The shortest session timeout that a member may ask for.",
    POSITIVE
  ),
  define(
    "INT",
    "group.max.session.timeout.ms",
    "1800000",
    "The longest session timeout that a member may ask for.",
    POSITIVE
  ),
  define("INT", "group.max.size", INT_MAX, "The most members of a group.", POSITIVE),
  define(
    "LIST",
    "group.coordinator.rebalance.protocols",
    "classic,consumer,streams",
    "Which group protocols are spoken.",
    IGNORED
  ),
  define("INT", "group.coordinator.threads", "4", "Threads for groups; there is one.", IGNORED),
  define(
    "INT",
    "group.coordinator.background.threads",
    "2",
    "Threads for the background work of groups; there is one.",
    IGNORED
  ),
  define(
    "INT",
    "group.coordinator.append.linger.ms",
    "-1",
    "How long writes of groups wait to be written together; -1 lets the broker choose.",
    { min: -1, ...IGNORED }
  ),
  define(
    "INT",
    "group.coordinator.cached.buffer.max.bytes",
    "1048588",
    "The largest buffer kept for writes of groups.",
    IGNORED
  )
]

const consumer: ReadonlyArray<ConfigDefinition> = [
  define(
    "LIST",
    "group.consumer.assignors",
    "uniform,range",
    "Assignors that members of the consumer protocol may choose; the first is the default."
  ),
  ...([
    ["session.timeout", "45000", "Session timeout of a member", POSITIVE],
    ["min.session.timeout", "45000", "The shortest session timeout that a group may be given", MS],
    ["max.session.timeout", "60000", "The longest session timeout that a group may be given", MS],
    ["heartbeat.interval", "5000", "Time between heartbeats of a member", POSITIVE],
    ["min.heartbeat.interval", "5000", "The shortest heartbeat interval a group may be given", MS],
    ["max.heartbeat.interval", "15000", "The longest heartbeat interval a group may be given", MS]
  ] as const).map(([name, value, what, rule]) =>
    define(
      "INT",
      `group.consumer.${name}.ms`,
      value,
      `${what}, in the consumer protocol.`,
      rule
    )
  ),
  ...([
    ["assignment.interval", "1000", "Least time between two computed assignments of a group"],
    ["min.assignment.interval", "0", "The shortest assignment interval a group may be given"],
    ["max.assignment.interval", "15000", "The longest assignment interval a group may be given"]
  ] as const).map(([name, value, what]) =>
    define("INT", `group.consumer.${name}.ms`, value, `${what}, in the consumer protocol.`, {
      min: 0,
      ...IGNORED
    })
  ),
  define(
    "INT",
    "group.consumer.max.size",
    INT_MAX,
    "The most members of a group, in the consumer protocol.",
    POSITIVE
  ),
  define(
    "STRING",
    "group.consumer.migration.policy",
    "bidirectional",
    "Whether a living group may change between the classic and the consumer protocol.",
    { oneOf: ["disabled", "downgrade", "upgrade", "bidirectional"] }
  )
]

const offsets: ReadonlyArray<ConfigDefinition> = [
  define(
    "INT",
    "offsets.retention.minutes",
    "10080",
    "How long offsets are kept after their group became empty.",
    POSITIVE
  ),
  define(
    "LONG",
    "offsets.retention.check.interval.ms",
    "600000",
    "Time between looks for offsets that are no longer kept.",
    POSITIVE
  ),
  define(
    "INT",
    "offset.metadata.max.bytes",
    "4096",
    "The largest text that may be committed with an offset.",
    { min: 0 }
  ),
  define(
    "INT",
    "offsets.topic.num.partitions",
    "50",
    "Partitions of __consumer_offsets, fixed when it is made.",
    POSITIVE
  ),
  define(
    "SHORT",
    "offsets.topic.replication.factor",
    "1",
    "Replicas of __consumer_offsets; there is one.",
    MS
  ),
  define(
    "INT",
    "offsets.topic.segment.bytes",
    "104857600",
    "segment.bytes of __consumer_offsets.",
    POSITIVE
  ),
  define(
    "INT",
    "offsets.topic.compression.codec",
    "0",
    "Codec of __consumer_offsets: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.",
    { min: 0, max: 4, ...IGNORED }
  ),
  define(
    "INT",
    "offsets.load.buffer.size",
    "5242880",
    "Bytes read at a time when the offsets of groups are loaded.",
    POSITIVE
  ),
  define(
    "INT",
    "offsets.commit.timeout.ms",
    "5000",
    "How long a commit waits for its replicas; there is one.",
    MS
  )
]

export const definitions: ReadonlyArray<ConfigDefinition> = [...classic, ...consumer, ...offsets]
