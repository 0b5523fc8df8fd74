// What a partition's log obeys: the topic's own configs over the broker's defaults, as values.
// The texts they come from, their names and documentation are in TopicConfigs.ts.

export interface LogConfig {
  /** segment.bytes: a segment is rolled before it would grow beyond this. */
  readonly segmentBytes: number
  /** segment.ms: and when its first record is older than this. */
  readonly segmentMs: number
  readonly segmentJitterMs: number
  /** segment.index.bytes: and when its offset index would grow beyond this. */
  readonly segmentIndexBytes: number
  /** index.interval.bytes: one index entry for about so many bytes of log. */
  readonly indexIntervalBytes: number
  /** retention.bytes of one partition; -1: no limit. */
  readonly retentionBytes: number
  /** retention.ms; -1: no limit. */
  readonly retentionMs: number
  readonly fileDeleteDelayMs: number
  readonly cleanupDelete: boolean
  readonly cleanupCompact: boolean
  readonly deleteRetentionMs: number
  readonly minCompactionLagMs: number
  readonly maxCompactionLagMs: number
  readonly minCleanableDirtyRatio: number
  /** max.message.bytes: the largest record batch, with its header. */
  readonly maxMessageBytes: number
  /** compression.type: "producer" leaves batches as they came. */
  readonly compressionType: "producer" | "uncompressed" | "gzip" | "snappy" | "lz4" | "zstd"
  readonly compressionGzipLevel: number
  readonly compressionLz4Level: number
  readonly compressionZstdLevel: number
  readonly messageTimestampType: "CreateTime" | "LogAppendTime"
  /** How far a record's time may lie before and after the broker's. */
  readonly messageTimestampBeforeMaxMs: number
  readonly messageTimestampAfterMaxMs: number
  readonly minInsyncReplicas: number
  /** flush.messages, flush.ms: fdatasync after so many records or so long, whatever acks says. */
  readonly flushMessages: number
  readonly flushMs: number
  readonly preallocate: boolean
}
