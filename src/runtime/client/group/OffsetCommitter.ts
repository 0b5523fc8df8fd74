// How far a group has come: read from its coordinator and written to it. Commits of one committer
// go out in the order of the calls, each after the last was answered, so that an older position
// never replaces a newer one. A coordinator that moves or loads is asked again; what a broker
// refuses for good fails the call with the first partition that it names. Source: Kafka's
// ConsumerCoordinator.
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { describe, ErrorCode } from "../../../domain/ErrorCode.ts"
import { OffsetCommit } from "../../../domain/protocol/OffsetCommit.ts"
import { OffsetFetch } from "../../../domain/protocol/OffsetFetch.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import { Cluster, MAIN_LANE } from "../cluster/Cluster.ts"
import { Coordinators, isMoved } from "../cluster/Coordinators.ts"
import * as Retry from "../cluster/Retry.ts"
import type {
  CommittedOffset,
  GroupIdentity,
  OffsetCommitter,
  OffsetToCommit
} from "./GroupContract.ts"

export interface OffsetCommitterOptions {
  /**
   * Waits while an open transaction may still change an offset, true: else what is read may be
   * older than what a transaction has already done (isolation.level does not matter here, as in
   * Kafka).
   */
  readonly requireStable?: boolean | undefined
}

type Read = Effect.Effect<ReadonlyMap<string, CommittedOffset>, ClientError.ClientError>
type Written = Effect.Effect<void, ClientError.ClientError>

export const make: (
  groupId: string,
  options?: OffsetCommitterOptions
) => Effect.Effect<OffsetCommitter, never, Cluster> = Effect.fnUntraced(
  function*(groupId, options = {}) {
    return new GroupOffsets(yield* Cluster, groupId, options.requireStable ?? true)
  }
)

class GroupOffsets implements OffsetCommitter {
  private readonly cluster: Cluster["Service"]
  private readonly coordinators: Coordinators
  private readonly groupId: string
  private readonly requireStable: boolean
  private readonly inOrder = Semaphore.makeUnsafe(1)

  constructor(cluster: Cluster["Service"], groupId: string, requireStable: boolean) {
    this.cluster = cluster
    this.coordinators = new Coordinators(cluster)
    this.groupId = groupId
    this.requireStable = requireStable
  }

  readonly fetch = (
    partitions: ReadonlyArray<Topic.TopicPartition>,
    identity?: GroupIdentity
  ): Read =>
    partitions.length === 0
      ? Effect.succeed(new Map())
      : this.retried("OffsetFetch", this.fetchOnce(partitions, identity), isWorthReadingAgain)

  readonly commit = (
    offsets: ReadonlyMap<string, OffsetToCommit>,
    identity: GroupIdentity | undefined
  ): Written =>
    offsets.size === 0
      ? Effect.void
      : this.inOrder.withPermit(
        this.retried(
          "OffsetCommit",
          this.commitOnce([...offsets.values()], identity),
          isWorthWritingAgain()
        )
      )

  private retried<A>(
    what: string,
    once: Effect.Effect<A, ClientError.ClientError>,
    isWorthIt: (error: ClientError.ClientError) => boolean
  ) {
    const { apiTimeoutMs, requestTimeoutMs } = this.cluster.config
    return Effect.tapError(once, (error) =>
      Effect.sync(() => {
        if (isMoved(error.errorCode)) this.coordinators.forget("group", this.groupId)
      })).pipe(
        Retry.retried(this.cluster.config, {
          what,
          timeoutMs: apiTimeoutMs,
          while: isWorthIt,
          endsByItself: () =>
            requestTimeoutMs <= apiTimeoutMs &&
            this.coordinators.isConnected("group", this.groupId, MAIN_LANE)
        })
      )
  }

  private readonly commitOnce = Effect.fnUntraced(
    function*(
      this: GroupOffsets,
      offsets: ReadonlyArray<OffsetToCommit>,
      identity: GroupIdentity | undefined
    ) {
      const { groupId } = this
      const answer = yield* this.coordinators.request("group", groupId, MAIN_LANE, OffsetCommit, {
        groupId,
        generationIdOrMemberEpoch: identity?.generationId ?? -1,
        memberId: identity?.memberId ?? "",
        groupInstanceId: identity?.groupInstanceId ?? null,
        retentionTimeMs: -1,
        topics: byTopic(offsets).map(([name, ofTopic]) => ({
          name,
          partitions: ofTopic.map(({ leaderEpoch, metadata, offset, partition }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedLeaderEpoch: leaderEpoch ?? -1,
            committedMetadata: metadata ?? ""
          }))
        }))
      })
      for (const { name, partitions } of answer.topics) {
        for (const { errorCode, partitionIndex } of partitions) {
          if (errorCode === ErrorCode.NONE) continue
          return yield* refused("OffsetCommit", errorCode, name, partitionIndex)
        }
      }
    }
  )

  private readonly fetchOnce = Effect.fnUntraced(
    function*(
      this: GroupOffsets,
      wanted: ReadonlyArray<Topic.TopicPartition>,
      identity: GroupIdentity | undefined
    ) {
      const { groupId, requireStable } = this
      const topics = byTopic(wanted).map(([name, ofTopic]) => ({
        name,
        partitionIndexes: ofTopic.map(({ partition }) => partition)
      }))
      const answer = yield* this.coordinators.request("group", groupId, MAIN_LANE, OffsetFetch, {
        groupId,
        topics,
        // Since version 8 many groups are asked for at once.
        groups: [{
          groupId,
          memberId: identity?.memberId ?? null,
          memberEpoch: identity?.generationId ?? -1,
          topics
        }],
        requireStable
      })
      const [group = answer] = answer.groups
      if (group.errorCode !== ErrorCode.NONE) {
        return yield* ClientError.refused("OffsetFetch", group.errorCode)
      }
      const found = new Map<string, CommittedOffset>()
      for (const { name, partitions } of group.topics) {
        for (const partition of partitions) {
          const { committedLeaderEpoch, committedOffset, errorCode, metadata } = partition
          if (errorCode !== ErrorCode.NONE) {
            return yield* refused("OffsetFetch", errorCode, name, partition.partitionIndex)
          }
          if (committedOffset < 0) continue
          found.set(Topic.format(name, partition.partitionIndex), {
            offset: committedOffset,
            leaderEpoch: committedLeaderEpoch,
            metadata: metadata ?? ""
          })
        }
      }
      return found
    }
  )
}

/** A topic that the broker does not know may be new, for a few attempts; then it has been deleted. */
const UNKNOWN_MAX = 4

/**
 * A commit waits a little for a topic that the broker does not know yet. Much longer, and it would
 * hold up a rebalance, and in the end be believed of a topic made anew under the same name.
 */
const isWorthWritingAgain = () => {
  let unknown = 0
  return ({ errorCode, isRetriable }: ClientError.ClientError): boolean =>
    isRetriable &&
    (errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || ++unknown <= UNKNOWN_MAX)
}

/** A read does not wait for it. */
const isWorthReadingAgain = (error: ClientError.ClientError): boolean =>
  error.isRetriable && error.errorCode !== ErrorCode.UNKNOWN_TOPIC_OR_PARTITION

const refused = (
  api: string,
  errorCode: ErrorCode,
  topic: Topic.TopicName,
  partition: Topic.PartitionId
): ClientError.ClientError =>
  ClientError.refused(
    api,
    errorCode,
    `${Topic.format(topic, partition)}: ${describe(errorCode).message}`
  )

const byTopic = <P extends Topic.TopicPartition>(
  partitions: ReadonlyArray<P>
): ReadonlyArray<readonly [Topic.TopicName, ReadonlyArray<P>]> => {
  const topics = new Map<Topic.TopicName, Array<P>>()
  for (const place of partitions) {
    const ofTopic = topics.get(place.topic)
    if (ofTopic === undefined) topics.set(place.topic, [place])
    else ofTopic.push(place)
  }
  return [...topics]
}
