// OffsetCommit: stores how far a group has come.
// Behaviour: answered when the offsets are durable by the broker's policy. Each partition is answered
// on its own; one that is not there cannot be committed to.
// Versions: v2-4 retention time; v3 throttle; v6 leader epochs; v7 static members; v8 flexible
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { OffsetCommit } from "../../../domain/protocol/OffsetCommit.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import type { OffsetToCommit } from "../../../layers/coordinator/OffsetStore.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as Handler from "../Handler.ts"

export const offsetCommit = Handler.make(OffsetCommit, {
  versions: "2-9",
  handle: Effect.fnUntraced(function*(request) {
    const cluster = yield* ClusterMetadata
    const coordinator = yield* GroupCoordinator
    const isThere = (topic: string, partition: number) =>
      partition >= 0 && partition < (cluster.topic(topic)?.partitions ?? 0)
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
    const errorCodes = yield* coordinator.commit(request.groupId, {
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      generationId: request.generationIdOrMemberEpoch
    }, offsets)
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
  })
})
