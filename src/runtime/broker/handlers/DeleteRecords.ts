// DeleteRecords: moves the log start offset of partitions up; what lies before it is gone.
// Behaviour: the new start is kept through restarts; segments wholly before it are freed by the
// cleaner, not by this request. A log that is only compacted refuses (POLICY_VIOLATION).
// Versions: v2 flexible
import * as Effect from "effect/Effect"
import { DeleteRecords } from "../../../domain/protocol/DeleteRecords.ts"
import { PartitionLogs } from "../../../layers/storage/PartitionLogs.ts"
import * as Handler from "../Handler.ts"

export const deleteRecords = Handler.make(DeleteRecords, {
  versions: "0-2",
  handle: Effect.fnUntraced(function*(request) {
    const logs = yield* PartitionLogs
    const topics = yield* Effect.forEach(request.topics, ({ name, partitions }) =>
      Effect.map(
        Effect.forEach(partitions, ({ offset, partitionIndex }) =>
          Effect.map(
            logs.deleteBefore(name, partitionIndex, offset),
            ({ errorCode, logStartOffset }) => ({
              partitionIndex,
              lowWatermark: logStartOffset,
              errorCode
            })
          )),
        (partitions) => ({ name, partitions })
      ))
    return { throttleTimeMs: 0, topics }
  })
})
