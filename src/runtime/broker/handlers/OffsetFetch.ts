// OffsetFetch: how far a group has come; -1 where nothing is committed, be it that there is no such
// group, topic or partition.
// Versions: v2 all topics; v3 throttle; v5 leader epochs; v6 flexible; v7 stable offsets only (there are
// no open transactions, so all are); v8 many groups; v9 members of KIP-848 groups
import * as Effect from "effect/Effect"
import type { ErrorCode } from "../../../domain/ErrorCode.ts"
import { OffsetFetch } from "../../../domain/protocol/OffsetFetch.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import type { GroupOffsets } from "../../../layers/coordinator/GroupOffsets.ts"
import * as Handler from "../Handler.ts"

type AskedTopics = Api.Request<typeof OffsetFetch>["topics"]
type Topics = Api.Response<typeof OffsetFetch>["topics"]

const MANY_GROUPS_FROM = 8
const GROUP_ERROR_FROM = 2

export const offsetFetch = Handler.make(OffsetFetch, {
  versions: "1-9",
  handle: Effect.fnUntraced(function*(request, { apiVersion }) {
    const coordinator = yield* GroupCoordinator
    const fetch = (groupId: string, topics: AskedTopics) => {
      const errorCode = coordinator.unready(groupId)
      const offsets = coordinator.offsets(groupId)
      const asked = topics ?? everything(offsets)
      return { groupId, errorCode, topics: fetched(asked, offsets, errorCode) }
    }
    if (apiVersion >= MANY_GROUPS_FROM) {
      const groups = request.groups.map(({ groupId, topics }) => fetch(groupId, topics))
      return { throttleTimeMs: 0, errorCode: 0, topics: [], groups }
    }
    const { errorCode, topics } = fetch(request.groupId, request.topics)
    return {
      throttleTimeMs: 0,
      errorCode: apiVersion >= GROUP_ERROR_FROM ? errorCode : 0,
      topics,
      groups: []
    }
  })
})

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
