// Fetch: gives record batches as they lie in the log, from an offset on.
// Behaviour: sessions are not kept (session id 0), so every request is a full one (KIP-227 allows
// this); a fetch offset inside a batch gives the whole batch; what is fetched is never opened.
// Versions: v5 log start offset; v7 sessions; v9 leader epoch; v11 rack; v12 flexible; v13 topic ids;
// v15 follower's state; v16 endpoints of other leaders; v17 directory ids
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { Fetch } from "../../../domain/protocol/Fetch.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { BrokerConfig } from "../../../layers/config/BrokerConfig.ts"
import * as Ended from "../../../layers/shards/Ended.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import { PartitionLogs } from "../../../layers/storage/PartitionLogs.ts"
import * as FetchPlan from "../FetchPlan.ts"
import * as FetchRound from "../FetchRound.ts"
import * as Handler from "../Handler.ts"
import type { RequestContext } from "../RequestContext.ts"

type Response = Api.Response<typeof Fetch>
type PartitionResponse = Response["responses"][number]["partitions"][number]

const NO_DIVERGING_EPOCH: PartitionResponse["divergingEpoch"] = { epoch: -1, endOffset: -1 }
const NO_LEADER: PartitionResponse["currentLeader"] = { leaderId: -1, leaderEpoch: -1 }
const NO_SNAPSHOT: PartitionResponse["snapshotId"] = { endOffset: -1, epoch: -1 }
const EMPTY = new Uint8Array(0)
/** The epochs of requests that stand for themselves: one would begin a session, one ends it. */
const FULL = new Set([0, -1])

export const fetch = Handler.bound(Fetch, {
  versions: "4-17",
  isStaged: false,
  bind: (services: Context.Context<ClusterMetadata | PartitionLogs | BrokerConfig>) => {
    const metadata = Context.get(services, ClusterMetadata)
    const logs = Context.get(services, PartitionLogs)
    const config = Context.get(services, BrokerConfig)
    return (request, context) => {
      // A full request (epoch 0 or -1) is answered whatever session it names, which it would only end.
      // Who believes to be inside a session has it from another broker, or from before a restart.
      if (!FULL.has(request.sessionEpoch)) {
        return Effect.succeed(
          Handler.ready(sessionError(ErrorCode.FETCH_SESSION_ID_NOT_FOUND))
        )
      }
      const planned = () =>
        FetchPlan.make(request, context.apiVersion, config.fetchMaxBytes, metadata)
      const plan = planned()
      const first = Ended.flatMap(
        FetchRound.read(logs, plan, context.connection.fileBytesMin),
        (round) =>
          isEnough(round, request) || request.maxWaitMs <= 0
            ? Effect.succeed({ plan, round })
            : more(logs, { plan, round }, planned, request, context)
      )
      return Ended.map(first, ({ plan, round }) => {
        context.onSent(() => FetchRound.release(round))
        return Handler.ready(answer(round, plan))
      })
    }
  }
})

interface Planned {
  readonly plan: FetchPlan.FetchPlan
  readonly round: FetchRound.FetchRound
}

const isEnough = (
  { bytes, hasError, partitions }: FetchRound.FetchRound,
  request: FetchPlan.FetchRequest
): boolean => bytes >= request.minBytes || hasError || partitions.length === 0

/** Makes rounds until there is enough, an error, no time left, or nobody to answer to. */
const more = Effect.fnUntraced(function*(
  logs: PartitionLogs["Service"],
  first: Planned,
  planned: () => FetchPlan.FetchPlan,
  request: FetchPlan.FetchRequest,
  context: RequestContext
) {
  let { plan, round } = first
  const clock = yield* Clock.Clock
  const deadline = clock.currentTimeMillisUnsafe() + request.maxWaitMs
  let isCancelled = false
  const undo = context.onCancel(() => {
    isCancelled = true
  })
  while (!isEnough(round, request) && !isCancelled) {
    const left = deadline - clock.currentTimeMillisUnsafe()
    if (left <= 0) break
    const wait = FetchRound.growth(logs, round, request.minBytes, context.onCancel)
    // What was read would only lie there, buffers and open files, for as long as the wait.
    FetchRound.release(round)
    yield* Effect.interruptible(Effect.timeoutOption(wait, left))
    // A topic may have been deleted, and another made of its name.
    if (plan.isById) plan = planned()
    round = yield* FetchRound.read(logs, plan, context.connection.fileBytesMin)
  }
  undo()
  return { plan, round }
})

const answer = (
  round: FetchRound.FetchRound,
  { isById, isolation }: FetchPlan.FetchPlan
): Response => {
  // Nothing is ever aborted here; who reads committed records is told so by an empty list.
  const abortedTransactions = isolation === "read_committed" ? [] : null
  const responses: Array<{
    readonly topic: string
    readonly topicId: string
    readonly partitions: Array<PartitionResponse>
  }> = []
  for (const { asked, read } of round.partitions) {
    let topic = responses.at(-1)
    if (topic === undefined || topic.topic !== asked.topic || topic.topicId !== asked.topicId) {
      topic = { topic: asked.topic, topicId: asked.topicId, partitions: [] }
      responses.push(topic)
    }
    topic.partitions.push({
      partitionIndex: asked.partition,
      // Nobody has the id: that is not the same as a name that is not there.
      errorCode: isById && asked.topic === "" ? ErrorCode.UNKNOWN_TOPIC_ID : read.errorCode,
      highWatermark: read.highWatermark,
      lastStableOffset: read.lastStableOffset,
      logStartOffset: read.logStartOffset,
      divergingEpoch: NO_DIVERGING_EPOCH,
      currentLeader: NO_LEADER,
      snapshotId: NO_SNAPSHOT,
      abortedTransactions,
      preferredReadReplica: -1,
      records: read.records.length === 0 ? EMPTY : read.records
    })
  }
  return { throttleTimeMs: 0, errorCode: 0, sessionId: 0, responses, nodeEndpoints: [] }
}

const sessionError = (errorCode: number): Response => ({
  throttleTimeMs: 0,
  errorCode,
  sessionId: 0,
  responses: [],
  nodeEndpoints: []
})
