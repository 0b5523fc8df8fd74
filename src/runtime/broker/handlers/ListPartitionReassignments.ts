// ListPartitionReassignments: which replicas are being moved: none, on one broker. kafka-topics asks it
// before it describes a topic.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ListPartitionReassignments } from "../../../domain/protocol/ListPartitionReassignments.ts"
import * as Handler from "../Handler.ts"

export const listPartitionReassignments = Handler.make(ListPartitionReassignments, {
  versions: "0",
  handle: () =>
    Effect.succeed({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      errorMessage: null,
      topics: []
    })
})
