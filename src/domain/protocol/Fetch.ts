// Fetch: record batches from partitions, waiting until minBytes are there or maxWaitMs is over.
// Versions: v4 isolation level; v5 log start offset; v7 incremental sessions (KIP-227); v9 leader
// epochs; v10 zstd; v11 nearest replica; v12 flexible, diverging epochs; v13 topic ids instead of
// names; v15 the replica's state is tagged; v16 points to the new leader; v17 directory ids.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const Fetch = Api.make("Fetch", {
  key: 1,
  versions: "4-17",
  flexible: "12+",
  request: {
    clusterId: Wire.NullableString.annotate({
      description: "Lets a replica refuse to read from a foreign cluster."
    }).pipe(Wire.tagged(0, "12+", null)),
    replicaId: Wire.Int32.annotate({
      description: "The broker that follows, or -1 for a consumer."
    }).pipe(Wire.versions("4-14", -1)),
    replicaState: Wire.Struct({
      replicaId: Wire.Int32,
      replicaEpoch: Wire.Int64
    }).annotate({ description: "Who follows, since v15." }).pipe(
      Wire.tagged(1, "15+", { replicaId: -1, replicaEpoch: -1 })
    ),
    maxWaitMs: Wire.Int32.annotate({ description: "How long to wait for minBytes." }),
    minBytes: Wire.Int32,
    maxBytes: Wire.Int32.annotate({
      description: "Bound of the whole answer; the first batch comes even when it is larger."
    }),
    isolationLevel: Wire.Int8.annotate({
      description: "0 reads up to the high watermark, 1 up to the last stable offset."
    }),
    sessionId: Wire.Int32.annotate({ description: "0 asks for a new session or none." }).pipe(
      Wire.since(7, 0)
    ),
    sessionEpoch: Wire.Int32.annotate({
      description: "0 opens a session, -1 goes without or closes, else counts the requests."
    }).pipe(Wire.since(7, -1)),
    topics: Wire.ArrayOf(Wire.Struct({
      topic: Wire.String.pipe(Wire.versions("4-12", "")),
      topicId: Wire.Uuid.pipe(Wire.since(13, Wire.NO_UUID)),
      partitions: Wire.ArrayOf(Wire.Struct({
        partition: Wire.Int32,
        currentLeaderEpoch: Wire.Int32.annotate({
          description: "The epoch that the reader knows; an older one is fenced."
        }).pipe(Wire.since(9, -1)),
        fetchOffset: Wire.Int64,
        lastFetchedEpoch: Wire.Int32.annotate({
          description: "The epoch of the last record read, to notice a diverged log."
        }).pipe(Wire.since(12, -1)),
        logStartOffset: Wire.Int64.annotate({ description: "Told by followers only." }).pipe(
          Wire.since(5, -1)
        ),
        partitionMaxBytes: Wire.Int32,
        replicaDirectoryId: Wire.Uuid.pipe(Wire.tagged(0, "17+", Wire.NO_UUID))
      }))
    })).annotate({ description: "In a session: only what changed since the last request." }),
    forgottenTopicsData: Wire.ArrayOf(Wire.Struct({
      topic: Wire.String.pipe(Wire.versions("7-12", "")),
      topicId: Wire.Uuid.pipe(Wire.since(13, Wire.NO_UUID)),
      partitions: Wire.ArrayOf(Wire.Int32)
    })).annotate({ description: "Partitions that leave the session." }).pipe(Wire.since(7, [])),
    rackId: Wire.String.annotate({ description: "Where the consumer stands." }).pipe(
      Wire.since(11, "")
    )
  },
  response: {
    throttleTimeMs: Wire.Int32,
    errorCode: Wire.ErrorCode.pipe(Wire.since(7, 0)),
    sessionId: Wire.Int32.annotate({ description: "0 when there is no session." }).pipe(
      Wire.since(7, 0)
    ),
    responses: Wire.ArrayOf(Wire.Struct({
      topic: Wire.String.pipe(Wire.versions("4-12", "")),
      topicId: Wire.Uuid.pipe(Wire.since(13, Wire.NO_UUID)),
      partitions: Wire.ArrayOf(Wire.Struct({
        partitionIndex: Wire.Int32,
        errorCode: Wire.ErrorCode,
        highWatermark: Wire.Int64.annotate({ description: "The end of what is replicated." }),
        lastStableOffset: Wire.Int64.annotate({
          description: "Below it every transaction has ended."
        }),
        logStartOffset: Wire.Int64.pipe(Wire.since(5, -1)),
        divergingEpoch: Wire.Struct({
          epoch: Wire.Int32,
          endOffset: Wire.Int64
        }).annotate({ description: "Where the reader's log and this one part." }).pipe(
          Wire.tagged(0, "12+", { epoch: -1, endOffset: -1 })
        ),
        currentLeader: Wire.Struct({
          leaderId: Wire.Int32,
          leaderEpoch: Wire.Int32
        }).annotate({ description: "Whom to ask instead." }).pipe(
          Wire.tagged(1, "12+", { leaderId: -1, leaderEpoch: -1 })
        ),
        snapshotId: Wire.Struct({
          endOffset: Wire.Int64,
          epoch: Wire.Int32
        }).annotate({ description: "What to fetch instead of the log, in metadata partitions." })
          .pipe(Wire.tagged(2, "12+", { endOffset: -1, epoch: -1 })),
        abortedTransactions: Wire.NullableArrayOf(Wire.Struct({
          producerId: Wire.Int64,
          firstOffset: Wire.Int64
        })).annotate({ description: "What a read_committed reader must leave out." }),
        preferredReadReplica: Wire.Int32.annotate({
          description: "A nearer replica to read from, or -1."
        }).pipe(Wire.since(11, -1)),
        records: Wire.Records.annotate({
          description: "Whole batches; the first may begin before the offset asked for."
        })
      }))
    })),
    nodeEndpoints: Wire.ArrayOf(Wire.Struct({
      nodeId: Wire.Int32,
      host: Wire.String,
      port: Wire.Int32,
      rack: Wire.NullableString
    })).annotate({ description: "Where the leaders named in currentLeader are found." }).pipe(
      Wire.tagged(0, "16+", [])
    )
  }
})
