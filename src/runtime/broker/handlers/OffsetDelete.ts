// OffsetDelete: forgets what a group has committed in partitions that nobody of it reads (KIP-496).
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { OffsetDelete } from "../../../domain/protocol/OffsetDelete.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as Handler from "../Handler.ts"

export const offsetDelete = Handler.make(OffsetDelete, {
  versions: "0",
  handle: Effect.fnUntraced(function*({ groupId, topics }) {
    const cluster = yield* ClusterMetadata
    const coordinator = yield* GroupCoordinator
    const known = cluster.topics() // as they are now: the answer must tell of the same ones
    const isThere = (topic: string, partition: number) =>
      partition >= 0 && partition < (known.get(topic)?.partitions ?? 0)
    const places = topics.flatMap(({ name, partitions }) =>
      partitions.map(({ partitionIndex }) => ({ topic: name, partition: partitionIndex }))
    ).filter(({ partition, topic }) => isThere(topic, partition))
    const removed = yield* coordinator.removeOffsets(groupId, places)
    if (removed.errorCode !== ErrorCode.NONE) {
      return { errorCode: removed.errorCode, throttleTimeMs: 0, topics: [] }
    }
    let next = 0
    return {
      errorCode: ErrorCode.NONE,
      throttleTimeMs: 0,
      topics: topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionIndex }) => ({
          partitionIndex,
          errorCode: isThere(name, partitionIndex)
            ? removed.partitions[next++]!
            : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
        }))
      }))
    }
  })
})
