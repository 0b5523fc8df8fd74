// What a consumer and its group agree on: which partitions come and go, who commits, and what ends
// a membership. The consumer composes `GroupMembership` and `OffsetCommitter` by these shapes
// alone, so that it need not know which of Kafka's two group protocols is spoken.
import type * as Effect from "effect/Effect"
import type { ConsumerAssignorName } from "../../../domain/assignor/ConsumerAssignors.ts"
import type { LeaderEpoch, Offset } from "../../../domain/Offset.ts"
import type { PartitionId, TopicName, TopicPartition } from "../../../domain/Topic.ts"
import type { ClientError } from "../ClientError.ts"

/**
 * What becomes of the partitions. Calls come one after the other, never two at a time; one that
 * dies ends the membership with a ClientError.
 */
export interface GroupListener {
  /**
   * Partitions that are ours from now on, beside those we have. Awaited before the membership goes
   * on.
   */
  readonly onAssigned: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
  /** Ours until this ends: the last moment to commit what was done. Awaited. */
  readonly onRevoked: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
  /** No longer ours: nothing can be committed any more. Awaited. */
  readonly onLost: (partitions: ReadonlyArray<TopicPartition>) => Effect.Effect<void>
}

/**
 * Assignors of the classic protocol (partition.assignment.strategy), by their names on the wire.
 */
export type AssignorName = ConsumerAssignorName

/**
 * "classic": members assign. "consumer": the broker does (KIP-848). "auto": the latter, where it
 * can.
 */
export type GroupProtocol = "classic" | "consumer" | "auto"

export interface GroupOptions {
  /** group.id */
  readonly groupId: string
  /** group.instance.id: a static member, which may restart without a rebalance (KIP-345). */
  readonly groupInstanceId?: string | undefined
  /** Names, or a pattern that whole topic names match (internal topics excepted). */
  readonly topics: ReadonlyArray<TopicName> | RegExp
  /** group.protocol, "classic" as with Kafka's own consumer. */
  readonly protocol?: GroupProtocol | undefined
  /**
   * The dearest first; cooperative-sticky alone by default, as one that is eager would make the
   * member give up everything before each rebalance, whichever the group chooses. Classic protocol
   * only.
   */
  readonly assignors?: ReadonlyArray<AssignorName> | undefined
  /** group.remote.assignor: the broker's "uniform" or "range"; the broker chooses by default. */
  readonly remoteAssignor?: string | undefined
  /** session.timeout.ms, 45000: silent for so long, a member is dead. Classic protocol only. */
  readonly sessionTimeoutMs?: number | undefined
  /** heartbeat.interval.ms, 3000. Classic protocol only: else the broker says how often. */
  readonly heartbeatIntervalMs?: number | undefined
  /**
   * max.poll.interval.ms, 300000: how long a rebalance waits for this member, and how long the
   * application may go without `polled` before the membership is given up until it polls again.
   */
  readonly rebalanceTimeoutMs?: number | undefined
  /** client.rack: lets assignors prefer partitions that are near. */
  readonly rackId?: string | undefined
}

/** Whom a commit is from. */
export interface GroupIdentity {
  readonly memberId: string
  /** Of the classic protocol the generation, of the consumer protocol the member's epoch. */
  readonly generationId: number
  readonly groupInstanceId: string | null
}

export interface GroupMembership {
  /** Who commits: undefined while not a member. */
  readonly identity: () => GroupIdentity | undefined
  /** What is ours now, as the listener was told. */
  readonly assigned: () => ReadonlyArray<TopicPartition>
  /**
   * The application has asked for records: it lives (max.poll.interval.ms counts from here). Cheap.
   * While a poll waits for records it has to be said again from time to time.
   */
  readonly polled: () => void
  /** Fails once, with what ended the membership for good (fenced, not authorized, ...). */
  readonly failure: Effect.Effect<never, ClientError>
  /**
   * Gives up the partitions (onRevoked) and leaves; also done when the scope closes. A static
   * member stays a member of the group. In bounded time; what fails on the way is passed over.
   */
  readonly leave: Effect.Effect<void>
}

/** Read back from a group. Offsets are those of the next record to read. */
export interface CommittedOffset {
  readonly offset: Offset
  /** Of the last record read; -1 where unknown. */
  readonly leaderEpoch: LeaderEpoch
  /** Empty where none was given. */
  readonly metadata: string
}

export interface OffsetToCommit {
  readonly topic: TopicName
  readonly partition: PartitionId
  /** Of the next record to read. */
  readonly offset: Offset
  readonly leaderEpoch?: LeaderEpoch | undefined
  readonly metadata?: string | undefined
}

export interface OffsetCommitter {
  /** By `Topic.format`; a partition of which nothing is committed is missing. */
  readonly fetch: (
    partitions: ReadonlyArray<TopicPartition>,
    identity?: GroupIdentity
  ) => Effect.Effect<ReadonlyMap<string, CommittedOffset>, ClientError>
  /**
   * Commits of one committer reach the broker in the order of the calls. Without an identity it is
   * the commit of somebody who assigns its partitions itself. By `Topic.format`.
   */
  readonly commit: (
    offsets: ReadonlyMap<string, OffsetToCommit>,
    identity: GroupIdentity | undefined
  ) => Effect.Effect<void, ClientError>
}
