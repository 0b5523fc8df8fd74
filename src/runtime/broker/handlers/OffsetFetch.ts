// OffsetFetch: how far a group has come; -1 where nothing is committed, be it that there is no such
// group, topic or partition.
// Versions: v2 all topics; v3 throttle; v5 leader epochs; v6 flexible; v7 stable offsets only (there are
// no open transactions, so all are); v8 many groups; v9 members of KIP-848 groups
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { refusalToCommit } from "../../../domain/group/consumer/ConsumerStep.ts"
import { OffsetFetch } from "../../../domain/protocol/OffsetFetch.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import type { GroupEntry } from "../../../layers/coordinator/GroupEntry.ts"
import type { GroupOffsets } from "../../../layers/coordinator/GroupOffsets.ts"
import * as Handler from "../Handler.ts"

type AskedGroup = Api.Request<typeof OffsetFetch>["groups"][number]
type AskedTopics = AskedGroup["topics"]
type Topics = Api.Response<typeof OffsetFetch>["topics"]

const MANY_GROUPS_FROM = 8
const GROUP_ERROR_FROM = 2
const NOBODY = { memberId: null, memberEpoch: -1 }

export const offsetFetch = Handler.make(OffsetFetch, {
  versions: "1-9",
  handle: Effect.fnUntraced(function*(request, { apiVersion }) {
    const coordinator = yield* GroupCoordinator
    const fetch = ({ groupId, topics, ...who }: AskedGroup) => {
      const entry = coordinator.group(groupId)
      const errorCode = coordinator.unready(groupId) || refusal(entry, who)
      const offsets = entry?.offsets
      const asked = topics ?? everything(offsets)
      return { groupId, errorCode, topics: fetched(asked, offsets, errorCode) }
    }
    if (apiVersion >= MANY_GROUPS_FROM) {
      const groups = request.groups.map(fetch)
      return { throttleTimeMs: 0, errorCode: 0, topics: [], groups }
    }
    const { errorCode, topics } = fetch({ ...NOBODY, ...request })
    return {
      throttleTimeMs: 0,
      errorCode: apiVersion >= GROUP_ERROR_FROM ? errorCode : 0,
      topics,
      groups: []
    }
  })
})

/** A member of the consumer protocol reads in its present epoch only; who is none may read always. */
const refusal = (
  entry: GroupEntry | undefined,
  { memberEpoch, memberId }: Pick<AskedGroup, "memberId" | "memberEpoch">
): ErrorCode =>
  entry?.consumer === undefined || memberId === null || memberEpoch < 0
    ? ErrorCode.NONE
    : refusalToCommit(entry.consumer, { memberId, memberEpoch })

const everything = (offsets: GroupOffsets | undefined): NonNullable<AskedTopics> =>
  (offsets?.topicNames() ?? []).map((name) => ({
    name,
    partitionIndexes: [...offsets!.partitionsOf(name).keys()]
  }))

const fetched = (
  asked: NonNullable<AskedTopics>,
  offsets: GroupOffsets | undefined,
  errorCode: ErrorCode
): Topics =>
  asked.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partitionIndex) => {
      const committed = errorCode === 0 ? offsets?.get(name, partitionIndex) : undefined
      return {
        partitionIndex,
        committedOffset: committed?.offset ?? -1,
        committedLeaderEpoch: committed?.leaderEpoch ?? -1,
        metadata: committed?.metadata ?? "",
        errorCode
      }
    })
  }))
