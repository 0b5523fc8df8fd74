// Produce: appends record batches to partitions. With acks 0 there is no response at all. Versions
// before 3 carried message sets of magic 0 and 1: their frames are known here only so that a broker
// can refuse them in their own form (KIP-896).
// Versions: v3 transactional id; v5 log start offset; v8 errors by record; v9 flexible; v10 points
// to the new leader; v12 a transactional produce also adds its partitions to the transaction
// (KIP-890).
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const Produce = Api.make("Produce", {
  key: 0,
  versions: "0-12",
  flexible: "9+",
  request: {
    transactionalId: Wire.NullableString.annotate({
      description: "Names the producer across restarts."
    }).pipe(Wire.since(3, null)),
    acks: Wire.Int16.annotate({
      description: "0: no answer; 1: when the leader has it; -1: when all in-sync replicas have it."
    }),
    timeoutMs: Wire.Int32.annotate({ description: "How long the broker may take." }),
    topicData: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitionData: Wire.ArrayOf(Wire.Struct({
        index: Wire.Int32,
        records: Wire.Records.annotate({
          description: "Record batches, as they will lie in the log."
        })
      }))
    }))
  },
  response: {
    responses: Wire.ArrayOf(Wire.Struct({
      name: Wire.String,
      partitionResponses: Wire.ArrayOf(Wire.Struct({
        index: Wire.Int32,
        errorCode: Wire.ErrorCode,
        baseOffset: Wire.Int64.annotate({
          description: "The offset of the first record; -1 on an error."
        }),
        logAppendTimeMs: Wire.Int64.annotate({
          description: "The broker's clock, or -1 where the topic keeps the producer's."
        }).pipe(Wire.since(2, -1)),
        logStartOffset: Wire.Int64.pipe(Wire.since(5, -1)),
        recordErrors: Wire.ArrayOf(Wire.Struct({
          batchIndex: Wire.Int32,
          batchIndexErrorMessage: Wire.NullableString
        })).annotate({ description: "Which records made the broker refuse the batch." }).pipe(
          Wire.since(8, [])
        ),
        errorMessage: Wire.NullableString.pipe(Wire.since(8, null)),
        currentLeader: Wire.Struct({
          leaderId: Wire.Int32,
          leaderEpoch: Wire.Int32
        }).annotate({ description: "Whom to ask instead, with NOT_LEADER_OR_FOLLOWER." }).pipe(
          Wire.tagged(0, "10+", { leaderId: -1, leaderEpoch: -1 })
        )
      }))
    })),
    throttleTimeMs: Wire.Int32.pipe(Wire.since(1, 0)),
    nodeEndpoints: Wire.ArrayOf(Wire.Struct({
      nodeId: Wire.Int32,
      host: Wire.String,
      port: Wire.Int32,
      rack: Wire.NullableString
    })).annotate({ description: "Where the leaders named in currentLeader are found." }).pipe(
      Wire.tagged(0, "10+", [])
    )
  }
})
