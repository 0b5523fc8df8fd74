// The sizes of the soak, which the bench and its load read from the same environment: how long, how fast, how
// much disk, and the mix of producers. MINUTES, SAMPLE_S, CALIBRATION_S, SHARE of the maximum, RATE (messages
// a second, instead of finding the maximum), DISK_MEGABYTES.
import type * as CompressionType from "../../src/domain/record/CompressionType.ts"
import * as Bench from "../Bench.ts"

export const MINUTES = Bench.parameter("MINUTES", 0.04, 30)
export const SAMPLE_S = Bench.parameter("SAMPLE_S", 0.3, 5)
export const CALIBRATION_S = Bench.parameter("CALIBRATION_S", 0.6, 30)
export const SHARE = Bench.parameter("SHARE", 0.5, 0.7)
export const RATE = Bench.parameter("RATE", 0, 0)
/** About what all logs may take; half is kept, the rest is for what waits to be removed. */
export const DISK_MEGABYTES = Bench.parameter("DISK_MEGABYTES", 64, 4000)
/** How often something passing begins: a topic, a member, a connection, a reader from the start. */
export const TOPIC_EVERY_S = Bench.parameter("TOPIC_EVERY_S", 0.2, 2)
export const MEMBER_EVERY_S = Bench.parameter("MEMBER_EVERY_S", 0.8, 10)
export const CONNECTION_EVERY_S = Bench.parameter("CONNECTION_EVERY_S", 0.02, 0.1)
export const REREAD_EVERY_S = Bench.parameter("REREAD_EVERY_S", 0.5, 20)

/** A topic and the producer that alone writes to it, so that each offset is known beforehand. */
export interface LaneSettings {
  readonly topic: string
  readonly acks: 1 | "all"
  readonly compression: CompressionType.Name
  /** Of all messages. */
  readonly share: number
}

export const PARTITIONS = 4
export const LANES: ReadonlyArray<LaneSettings> = [
  { topic: "soak-plain", acks: 1, compression: "none", share: 0.4 },
  { topic: "soak-plain-all", acks: "all", compression: "none", share: 0.2 },
  { topic: "soak-lz4", acks: 1, compression: "lz4", share: 0.2 },
  { topic: "soak-zstd-all", acks: "all", compression: "zstd", share: 0.2 }
]
export const TOPICS = LANES.map(({ topic }) => topic)
export const GROUP = "soak-group"

export const RETENTION_BYTES = Math.round(
  DISK_MEGABYTES * 1e6 / 2 / (PARTITIONS * LANES.length)
)

/** Retention, compaction and group changes come often, so that a run sees many of them. */
export const BROKER_CONFIGS: Readonly<Record<string, string>> = {
  "auto.create.topics.enable": "false",
  "log.segment.bytes": String(Math.round(RETENTION_BYTES / 8)),
  "log.retention.bytes": String(RETENTION_BYTES),
  "log.retention.check.interval.ms": Bench.isSmoke ? "300" : "5000",
  "log.segment.delete.delay.ms": Bench.isSmoke ? "300" : "10000",
  "log.cleaner.backoff.ms": Bench.isSmoke ? "300" : "15000",
  "offsets.topic.segment.bytes": Bench.isSmoke ? "65536" : "4194304",
  "group.initial.rebalance.delay.ms": "0"
}
