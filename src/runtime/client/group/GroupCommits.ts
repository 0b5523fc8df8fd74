// A member's commit while its group moves on under it: a rebalance that is under way is waited for, and a
// generation or epoch that has changed meanwhile is replaced by the new one, as long as the partitions are
// still the member's. Once one of them is another's, the commit must not be repeated: it would take back
// what the new owner has done.
// Source: Kafka's CommitRequestManager and ConsumerCoordinator; theirs give up where this one waits.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Topic from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import * as Retry from "../cluster/Retry.ts"
import type {
  GroupIdentity,
  GroupMembership,
  OffsetCommitter,
  OffsetToCommit
} from "./GroupContract.ts"

/** How often a generation is refused that the member still believes to be its own. */
const UNHEARD_MAX = 4

type Member = Pick<GroupMembership, "assigned" | "identity">

/** Fails with UNKNOWN_MEMBER_ID while not a member, and with ILLEGAL_GENERATION for others' partitions. */
export const commit = (
  { config }: Pick<Cluster["Service"], "config">,
  membership: Member,
  committer: OffsetCommitter,
  offsets: ReadonlyMap<string, OffsetToCommit>
): Effect.Effect<void, ClientError.ClientError> => {
  let last: GroupIdentity | undefined
  let unheard = 0
  const once = Effect.suspend(() => {
    last = membership.identity()
    if (last === undefined) {
      return ClientError.refused("OffsetCommit", ErrorCode.UNKNOWN_MEMBER_ID)
    }
    const other = foreign(membership, offsets)
    if (other !== undefined) {
      const detail = `${other} is not this member's any more`
      return ClientError.refused("OffsetCommit", ErrorCode.ILLEGAL_GENERATION, detail)
    }
    return committer.commit(offsets, last)
  })
  return Retry.retried(config, {
    what: "OffsetCommit",
    timeoutMs: config.apiTimeoutMs,
    // The committer has the same bound.
    endsByItself: () => true,
    while: ({ errorCode }) => {
      if (hasMovedOn(errorCode, last, membership.identity())) return true
      // The answer to its JoinGroup may be on its way, over another connection.
      return errorCode === ErrorCode.ILLEGAL_GENERATION && membership.identity() !== undefined &&
        foreign(membership, offsets) === undefined && ++unheard <= UNHEARD_MAX
    }
  })(once)
}

const hasMovedOn = (
  errorCode: ErrorCode,
  before: GroupIdentity | undefined,
  now: GroupIdentity | undefined
): boolean => {
  if (before === undefined || now === undefined) return false
  switch (errorCode) {
    // The member hears of its new epoch with its next heartbeat.
    case ErrorCode.STALE_MEMBER_EPOCH:
    case ErrorCode.REBALANCE_IN_PROGRESS:
      return true
    case ErrorCode.ILLEGAL_GENERATION:
      return now.generationId !== before.generationId
    default:
      return false
  }
}

const foreign = (
  membership: Member,
  offsets: ReadonlyMap<string, OffsetToCommit>
): string | undefined => {
  const own = new Set(
    membership.assigned().map(({ partition, topic }) => Topic.format(topic, partition))
  )
  for (const { partition, topic } of offsets.values()) {
    const name = Topic.format(topic, partition)
    if (!own.has(name)) return name
  }
  return undefined
}
