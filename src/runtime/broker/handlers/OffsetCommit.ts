// OffsetCommit: stores how far a group has come.
// Behaviour: answered when the offsets are durable by the broker's policy. Each partition is answered
// on its own; one that is not there cannot be committed to. A commit does not wait for a join of the same
// connection that is not answered yet: by then it would be one of a generation gone by, and cooperative
// members would give up all that they have.
// Versions: v2-4 retention time; v3 throttle; v6 leader epochs; v7 static members; v8 flexible;
// v9 epochs of the consumer protocol
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { OffsetCommit } from "../../../domain/protocol/OffsetCommit.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import type { OffsetToCommit } from "../../../layers/coordinator/OffsetStore.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as GroupAnswer from "../GroupAnswer.ts"
import * as Handler from "../Handler.ts"

const EPOCHS_FROM = 9

export const offsetCommit = Handler.staged(OffsetCommit, {
  versions: "2-9",
  dispatch: Effect.fnUntraced(function*(request, { apiVersion }) {
    const cluster = yield* ClusterMetadata
    const coordinator = yield* GroupCoordinator
    const topics = cluster.topics() // as they are now: the answer must tell of the same ones
    const isThere = (topic: string, partition: number) =>
      partition >= 0 && partition < (topics.get(topic)?.partitions ?? 0)
    const offsets = request.topics.flatMap(({ name, partitions }) =>
      partitions.filter(({ partitionIndex }) => isThere(name, partitionIndex)).map((
        partition
      ): OffsetToCommit => ({
        topic: name,
        partition: partition.partitionIndex,
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.committedMetadata ?? "",
        retentionMs: request.retentionTimeMs
      }))
    )
    // Before, a client could not know that what it sends for a generation is an epoch.
    const member = coordinator.group(request.groupId)?.consumer?.members.get(request.memberId)
    const isTooOld = apiVersion < EPOCHS_FROM && member?.classic === null
    const refused = offsets.map(() => ErrorCode.UNSUPPORTED_VERSION)
    const commit = isTooOld ? Effect.succeed(refused) : coordinator.commit(request.groupId, {
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generationId: request.generationIdOrMemberEpoch
    }, offsets)
    return yield* GroupAnswer.begun(Effect.map(commit, (errorCodes) => {
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
    }))
  })
})
