// Produce: appends record batches.
// Behaviour: each partition is answered on its own; with acks=0 nothing is, and a request that cannot
// be stored ends the connection, which is the only way to tell. Versions before 3 carry formats that no
// broker stores any more: they are listed, because librdkafka then compresses, and refused.
// Versions: v3 transactional id; v5 log start offset; v7 zstd; v8 error message; v9 flexible
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type { LogConfig } from "../../../domain/config/LogConfig.ts"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Failure from "../../../domain/Failure.ts"
import { Produce } from "../../../domain/protocol/Produce.ts"
import * as Topic from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { Compression } from "../../../layers/compression/Compression.ts"
import * as ProducedBatch from "../../../layers/compression/ProducedBatch.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import {
  type Acks,
  type Append,
  type Appended,
  PartitionLogs
} from "../../../layers/storage/PartitionLogs.ts"
import * as Handler from "../Handler.ts"
import type { RequestContext } from "../RequestContext.ts"

type Request = Api.Request<typeof Produce>
type Response = Api.Response<typeof Produce>
type PartitionResponse = Response["responses"][number]["partitionResponses"][number]

const OLDEST_STORED_VERSION = 3
const NO_LEADER: PartitionResponse["currentLeader"] = { leaderId: -1, leaderEpoch: -1 }

export const produce = Handler.staged(Produce, {
  versions: "0-11",
  dispatch: Effect.fnUntraced(function*(request, context) {
    const { acks, topicData } = request
    const failure = refusal(request, context.apiVersion)
    if (failure !== undefined) return yield* refuseAll(request, failure, context)
    const logs = yield* PartitionLogs
    const metadata = yield* ClusterMetadata
    const nowMs = yield* Clock.currentTimeMillis
    const appends: Array<Append> = []
    const failures = new Map<string, Failure.Failure>()
    for (const { name, partitionData } of topicData) {
      for (const { index, records } of partitionData) {
        const config = metadata.topic(name)?.logConfig
        const given = records as Buffer | null // what a frame gives are views of it
        const ready = prepared(name, config, given, context.apiVersion, nowMs)
        const batch = isWaiting(ready) ? yield* opened(given!, config!, nowMs) : ready
        if (batch instanceof Uint8Array) {
          appends.push({ topic: name, partition: index, records: batch })
        } else {
          failures.set(`${name}/${index}`, batch)
        }
      }
    }
    const appended = yield* logs.append(appends, acks as Acks)
    // Once the answer is there the records lie in the log, and nobody looks at the frame again.
    context.recycleFrame()
    const answered = Effect.flatMap(Deferred.await(appended), (results) => {
      let next = 0
      const response = answer(topicData, (topic, partition) => {
        const failed = failures.get(`${topic}/${partition}`)
        if (failed === undefined) return stored(partition, results[next++]!)
        const { logStartOffset = -1 } = logs.offsets(topic, partition) ?? {}
        return refused(partition, failed, failed.records === undefined ? -1 : logStartOffset)
      })
      if (acks !== 0) return Effect.succeed(response)
      const isStored = failures.size === 0 && results.every(({ errorCode }) => errorCode === 0)
      return isStored ? NO_ANSWER : Effect.andThen(context.connection.close, NO_ANSWER)
    })
    return Deferred.isDoneUnsafe(appended)
      ? Handler.ready(yield* answered)
      : Handler.later(answered, () => Deferred.isDoneUnsafe(appended))
  })
})

const NO_ANSWER: Effect.Effect<Response | undefined> = Effect.succeed(undefined)

/** Why nothing of the request can be stored. */
const refusal = (
  { acks, transactionalId }: Request,
  version: number
): Failure.Failure | undefined => {
  if (version < OLDEST_STORED_VERSION) {
    return Failure.make(
      ErrorCode.UNSUPPORTED_VERSION,
      `Produce v${version} carries record formats that are not stored: use v3 or newer`
    )
  }
  if (acks !== 0 && acks !== 1 && acks !== -1) {
    return Failure.make(ErrorCode.INVALID_REQUIRED_ACKS, `acks ${acks} is not one of -1, 0, 1`)
  }
  return transactionalId === null ? undefined : Failure.make(
    ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    "this broker has no transactions yet"
  )
}

const refuseAll = (request: Request, failure: Failure.Failure, { connection }: RequestContext) =>
  request.acks === 0
    ? Effect.as(connection.close, Handler.ready<Response>(undefined))
    : Effect.succeed(Handler.ready(
      answer(request.topicData, (_, partition) => refused(partition, failure))
    ))

/** The batch as it goes into the log, or why it does not; most need no Effect to know. */
const prepared = (
  topic: string,
  config: LogConfig | undefined,
  records: Buffer | null,
  version: number,
  nowMs: number
): Buffer | Failure.Failure | ProducedBatch.MustOpen => {
  if (config === undefined) {
    return Failure.make(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic ${topic}`)
  }
  return Topic.isInternal(topic)
    ? Failure.make(ErrorCode.INVALID_TOPIC_EXCEPTION, `${topic} is written by the broker alone`)
    : ProducedBatch.prepare(records, version, config, nowMs)
}

const isWaiting = (
  ready: Buffer | Failure.Failure | ProducedBatch.MustOpen
): ready is ProducedBatch.MustOpen => "_tag" in ready && ready._tag === "MustOpen"

const opened = Effect.fnUntraced(function*(batch: Buffer, config: LogConfig, nowMs: number) {
  const compression = yield* Compression
  return yield* Effect.catch(
    ProducedBatch.convert(compression, batch, config, nowMs),
    (failure) => Effect.succeed(failure)
  )
})

const answer = (
  topicData: Request["topicData"],
  responseOf: (topic: string, partition: number) => PartitionResponse
): Response => ({
  responses: topicData.map(({ name, partitionData }) => ({
    name,
    partitionResponses: partitionData.map(({ index }) => responseOf(name, index))
  })),
  throttleTimeMs: 0,
  nodeEndpoints: []
})

const stored = (index: number, appended: Appended): PartitionResponse => ({
  index,
  errorCode: appended.errorCode,
  baseOffset: appended.baseOffset,
  logAppendTimeMs: appended.logAppendTimeMs,
  logStartOffset: appended.logStartOffset,
  recordErrors: [],
  errorMessage: appended.errorMessage,
  currentLeader: NO_LEADER
})

const refused = (
  index: number,
  failure: Failure.Failure,
  logStartOffset = -1
): PartitionResponse => ({
  index,
  errorCode: failure.errorCode,
  baseOffset: -1,
  logAppendTimeMs: -1,
  logStartOffset,
  recordErrors: (failure.records ?? []).map(({ index, message }) => ({
    batchIndex: index,
    batchIndexErrorMessage: message
  })),
  errorMessage: failure.message,
  currentLeader: NO_LEADER
})
