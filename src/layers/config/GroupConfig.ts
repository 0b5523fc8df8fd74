// The broker's settings of consumer groups and their offsets, as values, under Kafka's names.
import { toList } from "../../domain/config/ConfigDefinition.ts"
import type { GroupLimits } from "../../domain/group/Group.ts"
import { NEW_MEMBER_JOIN_TIMEOUT_MS } from "../../domain/group/Group.ts"
import type { MigrationPolicy } from "../../domain/group/migration/Migration.ts"

export interface GroupConfig {
  /** group.initial.rebalance.delay.ms, group.min.session.timeout.ms, group.max.size ... */
  readonly limits: GroupLimits
  /** group.consumer.max.size, unlimited. */
  readonly consumerMaxSize: number
  /** group.consumer.session.timeout.ms, 45000. */
  readonly consumerSessionTimeoutMs: number
  /** group.consumer.heartbeat.interval.ms, 5000. */
  readonly consumerHeartbeatIntervalMs: number
  /** group.consumer.assignors, uniform and range: the first is the default. */
  readonly consumerAssignors: ReadonlyArray<string>
  /** group.consumer.migration.policy, bidirectional. */
  readonly consumerMigrationPolicy: MigrationPolicy
  /** offsets.retention.minutes, 10080 (a week), in ms. */
  readonly offsetsRetentionMs: number
  /** offsets.retention.check.interval.ms, 600000. */
  readonly offsetsRetentionCheckIntervalMs: number
  /** offset.metadata.max.bytes, 4096: the longest text that may be committed with an offset. */
  readonly offsetMetadataMaxBytes: number
  /** offsets.topic.num.partitions, 50: fixed when __consumer_offsets is made. */
  readonly offsetsTopicNumPartitions: number
  /** offsets.topic.segment.bytes, 100 MiB. */
  readonly offsetsTopicSegmentBytes: number
  /** offsets.load.buffer.size, 5 MiB: read at a time when the topic is loaded. */
  readonly offsetsLoadBufferSize: number
}

const MINUTE_MS = 60_000

const policyOf = (name: string): MigrationPolicy => ({
  isUpgradeAllowed: name === "upgrade" || name === "bidirectional",
  isDowngradeAllowed: name === "downgrade" || name === "bidirectional"
})

export const of = (
  number: (name: string) => number,
  text: (name: string) => string
): GroupConfig => ({
  limits: {
    initialRebalanceDelayMs: number("group.initial.rebalance.delay.ms"),
    minSessionTimeoutMs: number("group.min.session.timeout.ms"),
    maxSessionTimeoutMs: number("group.max.session.timeout.ms"),
    maxSize: number("group.max.size"),
    newMemberJoinTimeoutMs: NEW_MEMBER_JOIN_TIMEOUT_MS
  },
  consumerMaxSize: number("group.consumer.max.size"),
  consumerSessionTimeoutMs: number("group.consumer.session.timeout.ms"),
  consumerHeartbeatIntervalMs: number("group.consumer.heartbeat.interval.ms"),
  consumerAssignors: toList(text("group.consumer.assignors")),
  consumerMigrationPolicy: policyOf(text("group.consumer.migration.policy")),
  offsetsRetentionMs: number("offsets.retention.minutes") * MINUTE_MS,
  offsetsRetentionCheckIntervalMs: number("offsets.retention.check.interval.ms"),
  offsetMetadataMaxBytes: number("offset.metadata.max.bytes"),
  offsetsTopicNumPartitions: number("offsets.topic.num.partitions"),
  offsetsTopicSegmentBytes: number("offsets.topic.segment.bytes"),
  offsetsLoadBufferSize: number("offsets.load.buffer.size")
})
