// Produce: appends record batches.
// Behaviour: each partition is answered on its own; with acks=0 nothing is, and a request that cannot
// be stored ends the connection, which is the only way to tell. Versions before 3 carry formats that no
// broker stores any more: they are listed, because librdkafka then compresses, and refused.
// Versions: v3 transactional id; v5 log start offset; v7 zstd; v8 error message; v9 flexible
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
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
import * as Ended from "../../../layers/shards/Ended.ts"
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

export const produce = Handler.bound(Produce, {
  versions: "0-11",
  isStaged: true,
  bind: (services: Context.Context<PartitionLogs | ClusterMetadata | Compression>) => {
    const logs = Context.get(services, PartitionLogs)
    const metadata = Context.get(services, ClusterMetadata)
    const compression = Context.get(services, Compression)
    const clock = Context.get(services, Clock.Clock)
    return (request, context) => {
      const failure = refusal(request, context.apiVersion)
      if (failure !== undefined) return refuseAll(request, failure, context)
      const nowMs = clock.currentTimeMillisUnsafe()
      const given = givenOf(request, context.apiVersion, metadata, nowMs)
      const opened = given.some(({ batch }) => isClosed(batch))
        ? Effect.forEach(given, (each) => open(each, compression, nowMs))
        : Effect.succeed(given)
      return Ended.flatMap(opened, (given) => store(request, given, context, logs))
    }
  }
})

type Batch = Buffer | Failure.Failure | ProducedBatch.MustOpen

/** A partition's part of a request: its batch as it goes into the log, or why it does not. */
interface Given {
  readonly topic: string
  readonly partition: number
  readonly records: Buffer | null
  readonly config: LogConfig | undefined
  readonly batch: Batch
}

/** In the order of the request. */
const givenOf = (
  { topicData }: Request,
  version: number,
  metadata: ClusterMetadata["Service"],
  nowMs: number
): ReadonlyArray<Given> => {
  const given: Array<Given> = []
  for (const { name: topic, partitionData } of topicData) {
    const config = metadata.topic(topic)?.logConfig
    for (const { index: partition, records: bytes } of partitionData) {
      const records = bytes as Buffer | null // what a frame gives are views of it
      const batch = prepared(topic, config, records, version, nowMs)
      given.push({ topic, partition, records, config, batch })
    }
  }
  return given
}

/** Appends what is sound, and answers when it is stored. */
const store = (
  request: Request,
  given: ReadonlyArray<Given>,
  context: RequestContext,
  logs: PartitionLogs["Service"]
): Effect.Effect<Handler.Outcome<Response>> => {
  const appends: Array<Append> = []
  for (const { batch, partition, topic } of given) {
    if (isSound(batch)) appends.push({ topic, partition, records: batch })
  }
  const isWhole = appends.length === given.length
  const answered = (results: ReadonlyArray<Appended>) =>
    request.acks !== 0
      ? Effect.succeed(answer(request.topicData, responsesOf(given, results, logs)))
      : isWhole && results.every(({ errorCode }) => errorCode === 0)
      ? NO_ANSWER
      : Effect.andThen(context.connection.close, NO_ANSWER)
  const appending = logs.appendNow(appends, request.acks as Acks, context.hasMore)
  return Ended.flatMap(appending, (appended) => {
    // Once the answer is there the records lie in the log, and nobody looks at the frame again.
    context.recycleFrame()
    return appended.effect === undefined
      ? Effect.succeed(Handler.later(
        Effect.flatMap(Deferred.await(appended), answered),
        () => Deferred.isDoneUnsafe(appended)
      ))
      : Ended.map(Ended.flatMap(appended.effect, answered), Handler.ready)
  })
}

/** Gives the answer of each partition, in the order in which it is asked for them. */
const responsesOf = (
  given: ReadonlyArray<Given>,
  results: ReadonlyArray<Appended>,
  logs: PartitionLogs["Service"]
) => {
  let place = 0
  let stores = 0
  return (topic: string, partition: number): PartitionResponse => {
    const { batch } = given[place++]!
    if (isSound(batch)) return stored(partition, results[stores++]!)
    const failure = batch as Failure.Failure // nothing is closed any more
    const { logStartOffset = -1 } = logs.offsets(topic, partition) ?? {}
    return refused(partition, failure, failure.records === undefined ? -1 : logStartOffset)
  }
}

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
): Batch => {
  if (config === undefined) {
    return Failure.make(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `there is no topic ${topic}`)
  }
  return Topic.isInternal(topic)
    ? Failure.make(ErrorCode.INVALID_TOPIC_EXCEPTION, `${topic} is written by the broker alone`)
    : ProducedBatch.prepare(records, version, config, nowMs)
}

const isSound = (batch: Batch): batch is Buffer => batch instanceof Uint8Array

const isClosed = (batch: Batch): batch is ProducedBatch.MustOpen =>
  "_tag" in batch && batch._tag === "MustOpen"

/** Compressed batches that cannot be stored before somebody has looked inside. */
const open = (
  given: Given,
  compression: Compression["Service"],
  nowMs: number
): Effect.Effect<Given> =>
  isClosed(given.batch)
    ? ProducedBatch.convert(compression, given.records!, given.config!, nowMs).pipe(
      Effect.catch((failure) => Effect.succeed(failure)),
      Effect.map((batch): Given => ({ ...given, batch }))
    )
    : Effect.succeed(given)

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
