// What a consumer is told when it is made. Names and defaults are those of Kafka's consumer, units last; where
// a default differs, its line says so.
import type * as Effect from "effect/Effect"
import type { TopicName, TopicPartition } from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import type { GroupOptions } from "../group/GroupContract.ts"

/** Where to begin without a committed offset, and where it is no longer in the log. */
export type OffsetResetPolicy =
  | "earliest"
  | "latest"
  | "none"
  /** auto.offset.reset=by_duration (KIP-1106): so long before now. */
  | { readonly byDurationMs: number }

/** Told of partitions that come and go; each is awaited before the group goes on. */
export interface RebalanceListener {
  readonly onAssigned?: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
  /** Still ours: commits made here are good. What is processed is committed already (auto-commit). */
  readonly onRevoked?: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
  /** Another may have them: what is committed here comes too late. */
  readonly onLost?: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
}

export interface ConsumerOptions extends Partial<Omit<GroupOptions, "topics" | "rackId">> {
  /** Subscribes at once; needs a `groupId`. */
  readonly topics?: ReadonlyArray<TopicName> | RegExp | undefined
  readonly listener?: RebalanceListener | undefined
  /** auto.offset.reset, "latest". */
  readonly autoOffsetReset?: OffsetResetPolicy | undefined
  /** enable.auto.commit, true; without a `groupId` nothing is committed. */
  readonly autoCommit?: boolean | undefined
  /** auto.commit.interval.ms, 5000. */
  readonly autoCommitIntervalMs?: number | undefined
  /** isolation.level, "read_uncommitted". */
  readonly isolationLevel?: "read_uncommitted" | "read_committed" | undefined
  /** fetch.min.bytes, 1. */
  readonly fetchBytesMin?: number | undefined
  /** fetch.max.wait.ms, 500: how long a broker waits for `fetchBytesMin`. */
  readonly fetchWaitMsMax?: number | undefined
  /** fetch.max.bytes, 4 MiB (Kafka: 50 MiB): of one answer; more would be cold when it is read. */
  readonly fetchBytesMax?: number | undefined
  /** max.partition.fetch.bytes, 1 MiB. */
  readonly partitionBytesMax?: number | undefined
  /**
   * Bytes that are fetched or asked for and not yet delivered, 64 MiB. A batch that is larger than
   * what a fetch may bring comes whole nevertheless, one for each broker at most.
   */
  readonly prefetchBytesMax?: number | undefined
  /** max.poll.records, 500. */
  readonly pollRecordsMax?: number | undefined
  /** check.crcs, true. */
  readonly checkCrcs?: boolean | undefined
  /** What the records of one batch may take when decompressed, 64 MiB; more is damage. */
  readonly decompressedBytesMax?: number | undefined
  /** How long closing may take to commit what was processed, 30000. */
  readonly closeTimeoutMs?: number | undefined
  /** client.rack: lets brokers name a nearer replica to read from (KIP-392). */
  readonly rackId?: string | undefined
  /** A span for each poll that gave something, with OpenTelemetry's names for messaging. False. */
  readonly spans?: boolean | undefined
}

type Set<K extends keyof ConsumerOptions> = {
  readonly [P in K]-?: Exclude<ConsumerOptions[P], undefined>
}

export type ConsumerSettings =
  & ConsumerOptions
  & Set<
    | "autoOffsetReset"
    | "autoCommit"
    | "autoCommitIntervalMs"
    | "isolationLevel"
    | "fetchBytesMin"
    | "fetchWaitMsMax"
    | "fetchBytesMax"
    | "partitionBytesMax"
    | "prefetchBytesMax"
    | "pollRecordsMax"
    | "checkCrcs"
    | "decompressedBytesMax"
    | "closeTimeoutMs"
    | "rackId"
    | "spans"
  >

const MIB = 1024 * 1024

const DEFAULTS = {
  autoOffsetReset: "latest",
  autoCommit: true,
  autoCommitIntervalMs: 5000,
  isolationLevel: "read_uncommitted",
  fetchBytesMin: 1,
  fetchWaitMsMax: 500,
  fetchBytesMax: 4 * MIB,
  partitionBytesMax: MIB,
  prefetchBytesMax: 64 * MIB,
  pollRecordsMax: 500,
  checkCrcs: true,
  decompressedBytesMax: 64 * MIB,
  closeTimeoutMs: 30_000,
  rackId: "",
  spans: false
} as const

const POSITIVE = [
  "autoCommitIntervalMs",
  "fetchBytesMax",
  "partitionBytesMax",
  "prefetchBytesMax",
  "pollRecordsMax",
  "decompressedBytesMax"
] as const

/** `options` over the defaults; or what is wrong with them. */
export const settings = (options: ConsumerOptions): ConsumerSettings | ClientError.ClientError => {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  const made: ConsumerSettings = { ...DEFAULTS, ...Object.fromEntries(given) }
  if (made.topics !== undefined && made.groupId === undefined) {
    return ClientError.invalid("to subscribe to topics a groupId is needed; without one, assign")
  }
  if (made.groupId === "") return ClientError.invalid("the groupId is empty")
  for (const name of POSITIVE) {
    if (!(made[name] > 0)) return ClientError.invalid(`${name} must be positive`)
  }
  return made
}
