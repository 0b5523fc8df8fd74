// OffsetCommit: stores how far a group has come.
// Behaviour: answered when the offsets are durable by the broker's policy. Each partition is answered
// on its own; one that is not there cannot be committed to. A commit does not wait for a join of the same
// connection that is not answered yet: by then it would be one of a generation gone by, and cooperative
// members would give up all that they have.
// Versions: v2-4 retention time; v3 throttle; v6 leader epochs; v7 static members; v8 flexible;
// v9 epochs of the consumer protocol
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { OffsetCommit } from "../../../domain/protocol/OffsetCommit.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import type { OffsetToCommit } from "../../../layers/coordinator/OffsetStore.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as GroupAnswer from "../GroupAnswer.ts"
import * as Handler from "../Handler.ts"

const EPOCHS_FROM = 9

type Request = Api.Request<typeof OffsetCommit>
type Response = Api.Response<typeof OffsetCommit>
type IsThere = (topic: string, partition: number) => boolean

export const offsetCommit = Handler.bound(OffsetCommit, {
  versions: "2-9",
  isStaged: true,
  bind: (services: Context.Context<ClusterMetadata | GroupCoordinator>) => {
    const cluster = Context.get(services, ClusterMetadata)
    const coordinator = Context.get(services, GroupCoordinator)
    return (request, { apiVersion }) => {
      const topics = cluster.topics() // as they are now: the answer must tell of the same ones
      const isThere = (topic: string, partition: number) =>
        partition >= 0 && partition < (topics.get(topic)?.partitions ?? 0)
      const offsets = offsetsOf(request, isThere)
      // Before, a client could not know that what it sends for a generation is an epoch.
      const member = coordinator.group(request.groupId)?.consumer?.members.get(request.memberId)
      if (apiVersion < EPOCHS_FROM && member?.classic === null) {
        const refused = offsets.map(() => ErrorCode.UNSUPPORTED_VERSION)
        return Effect.succeed(Handler.ready(answer(request, isThere, refused)))
      }
      const committed = coordinator.commit(request.groupId, {
        memberId: request.memberId,
        groupInstanceId: request.groupInstanceId,
        generationId: request.generationIdOrMemberEpoch
      }, offsets)
      return GroupAnswer.promised(committed, (errorCodes) => answer(request, isThere, errorCodes))
    }
  }
})

const offsetsOf = (request: Request, isThere: IsThere): ReadonlyArray<OffsetToCommit> => {
  const offsets: Array<OffsetToCommit> = []
  for (const { name, partitions } of request.topics) {
    for (const partition of partitions) {
      if (!isThere(name, partition.partitionIndex)) continue
      offsets.push({
        topic: name,
        partition: partition.partitionIndex,
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.committedMetadata ?? "",
        retentionMs: request.retentionTimeMs
      })
    }
  }
  return offsets
}

const answer = (
  request: Request,
  isThere: IsThere,
  errorCodes: ReadonlyArray<ErrorCode>
): Response => {
  let next = 0
  return {
    throttleTimeMs: 0,
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: isThere(name, partitionIndex)
          ? errorCodes[next++]!
          : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      }))
    }))
  }
}
