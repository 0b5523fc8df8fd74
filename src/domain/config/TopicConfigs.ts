// What the settings of a topic mean: whether they are allowed, and what they are as values. A topic
// says only what it wants different; the rest comes from the broker, and from the defaults here.
import { ErrorCode } from "../ErrorCode.ts"
import * as Failure from "../Failure.ts"
import {
  check,
  type ConfigDefinition,
  LONG_MAX,
  toBoolean,
  toList,
  toNumber
} from "./ConfigDefinition.ts"
import type { LogConfig } from "./LogConfig.ts"
import { definitions } from "./TopicConfigTable.ts"

const byName = new Map(definitions.map((definition) => [definition.name, definition]))

export const definitionOf = (name: string): ConfigDefinition | undefined => byName.get(name)

/** Why these settings cannot be a topic's: one by one, then together. */
export const validate = (
  configs: Readonly<Record<string, string>>
): Failure.Failure | undefined => {
  for (const [name, text] of Object.entries(configs)) {
    const definition = byName.get(name)
    const wrong = definition === undefined
      ? `Unknown topic config name: ${name}`
      : check(definition, text)
    if (wrong !== undefined) return Failure.make(ErrorCode.INVALID_CONFIG, wrong)
  }
  const wrong = lagProblem(configs)
  return wrong === undefined ? undefined : Failure.make(ErrorCode.INVALID_CONFIG, wrong)
}

const lagProblem = (configs: Readonly<Record<string, string>>): string | undefined => {
  const min = configs["min.compaction.lag.ms"] ?? "0"
  const max = configs["max.compaction.lag.ms"] ?? LONG_MAX
  return toNumber(min) > toNumber(max)
    ? `min.compaction.lag.ms (${min}) must not be greater than max.compaction.lag.ms (${max})`
    : undefined
}

/** The topic's own settings over the broker's; both are valid. */
export const resolve = (
  configs: Readonly<Record<string, string>>,
  defaults: LogConfig
): LogConfig => {
  const number = (name: string, fallback: number): number => {
    const text = configs[name]
    return text === undefined ? fallback : toNumber(text)
  }
  const policy = configs["cleanup.policy"]
  // The table allows these values and no others.
  const compression = configs["compression.type"]?.trim() as
    | LogConfig["compressionType"]
    | undefined
  const timestampType = configs["message.timestamp.type"]?.trim() as
    | LogConfig["messageTimestampType"]
    | undefined
  const preallocate = configs["preallocate"]
  return {
    segmentBytes: number("segment.bytes", defaults.segmentBytes),
    segmentMs: number("segment.ms", defaults.segmentMs),
    segmentJitterMs: number("segment.jitter.ms", defaults.segmentJitterMs),
    segmentIndexBytes: number("segment.index.bytes", defaults.segmentIndexBytes),
    indexIntervalBytes: number("index.interval.bytes", defaults.indexIntervalBytes),
    retentionBytes: number("retention.bytes", defaults.retentionBytes),
    retentionMs: number("retention.ms", defaults.retentionMs),
    fileDeleteDelayMs: number("file.delete.delay.ms", defaults.fileDeleteDelayMs),
    cleanupDelete: policy === undefined
      ? defaults.cleanupDelete
      : toList(policy).includes("delete"),
    cleanupCompact: policy === undefined
      ? defaults.cleanupCompact
      : toList(policy).includes("compact"),
    deleteRetentionMs: number("delete.retention.ms", defaults.deleteRetentionMs),
    minCompactionLagMs: number("min.compaction.lag.ms", defaults.minCompactionLagMs),
    maxCompactionLagMs: number("max.compaction.lag.ms", defaults.maxCompactionLagMs),
    minCleanableDirtyRatio: number("min.cleanable.dirty.ratio", defaults.minCleanableDirtyRatio),
    maxMessageBytes: number("max.message.bytes", defaults.maxMessageBytes),
    compressionType: compression ?? defaults.compressionType,
    compressionGzipLevel: number("compression.gzip.level", defaults.compressionGzipLevel),
    compressionLz4Level: number("compression.lz4.level", defaults.compressionLz4Level),
    compressionZstdLevel: number("compression.zstd.level", defaults.compressionZstdLevel),
    messageTimestampType: timestampType ?? defaults.messageTimestampType,
    messageTimestampBeforeMaxMs: number(
      "message.timestamp.before.max.ms",
      defaults.messageTimestampBeforeMaxMs
    ),
    messageTimestampAfterMaxMs: number(
      "message.timestamp.after.max.ms",
      defaults.messageTimestampAfterMaxMs
    ),
    minInsyncReplicas: number("min.insync.replicas", defaults.minInsyncReplicas),
    flushMessages: number("flush.messages", defaults.flushMessages),
    flushMs: number("flush.ms", defaults.flushMs),
    preallocate: preallocate === undefined ? defaults.preallocate : toBoolean(preallocate)
  }
}
