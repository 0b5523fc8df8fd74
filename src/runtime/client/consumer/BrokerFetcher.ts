// The fetches to one broker over one connection: one request at a time, sent as soon as the last records that
// it brought begin to be delivered, so that the next are under way while these are worked on. Synchronous: requests are sent and answers taken on the stack of whoever has made that possible.
//
// Invariants: at most one request is on its way; after a failure nothing is sent for a while; what an answer
// brings for a partition that was sought or revoked since is dropped.
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { Fetch } from "../../../domain/protocol/Fetch.ts"
import { NO_TOPIC_ID, type TopicId, type TopicName } from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import type { ConsumerCounters } from "./ConsumerMetrics.ts"
import type { ConsumerSettings } from "./ConsumerOptions.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import { FetchedRecords, type FetchRules } from "./FetchedRecords.ts"
import { FetchSession, FINAL_EPOCH, type WantedPartition } from "./FetchSession.ts"
import type { AssignedPartition } from "./SubscriptionState.ts"

export type PartitionAnswer = Api.Response<typeof Fetch>["responses"][number]["partitions"][number]

/** A partition to fetch, and what the cluster knows of it. */
export interface Fetchable extends WantedPartition {
  readonly state: AssignedPartition
  readonly incarnation: number
}

/** What a broker's answers mean to the others. */
export interface FetchOutcomes {
  /** An error for one partition. */
  readonly onRefused: (partition: AssignedPartition, answer: PartitionAnswer) => void
  /** A nearer replica is to be read from (KIP-392). */
  readonly onPreferred: (partition: AssignedPartition, nodeId: number) => void
  /** The request as a whole has failed; `retry` comes after a while. */
  readonly onFailed: (error: ClientError.ClientError) => void
  /** The answer has been taken: others may be due. */
  readonly onAnswered: () => void
}

export interface BrokerFetcherOptions {
  readonly settings: ConsumerSettings
  readonly buffer: FetchBuffer
  readonly outcomes: FetchOutcomes
  readonly counters: ConsumerCounters
  readonly requestTimeoutMs: number
}

/** The last version that names topics and not their ids. */
const NAMES_UNTIL = 12
const READ_UNCOMMITTED = 0
const READ_COMMITTED = 1

export class BrokerFetcher {
  readonly nodeId: number
  readonly lane: string
  isInFlight = false
  /** Nothing is sent before: the last request has failed. */
  isBackingOff = false
  /** A connection is being opened. */
  isConnecting = false
  private readonly session = new FetchSession()
  private readonly options: BrokerFetcherOptions
  private readonly rules: FetchRules
  private turn = 0

  constructor(nodeId: number, lane: string, options: BrokerFetcherOptions) {
    this.nodeId = nodeId
    this.lane = lane
    this.options = options
    this.rules = {
      checkCrcs: options.settings.checkCrcs,
      isCommittedOnly: options.settings.isolationLevel === "read_committed"
    }
  }

  send(connection: BrokerConnection, fetchable: ReadonlyArray<Fetchable>, bytesMax: number): void {
    const { buffer, requestTimeoutMs, settings } = this.options
    const wanted = this.inTurn(fetchable)
    const hasIds = wanted.every(({ topicId }) => topicId !== NO_TOPIC_ID)
    const request = this.session.next(wanted)
    this.isInFlight = true
    this.options.counters.fetches++
    buffer.reserve(bytesMax)
    for (const { incarnation, state } of wanted) state.fetching = incarnation
    const settled = () => {
      buffer.unreserve(bytesMax)
      this.isInFlight = false
      for (const { incarnation, state } of wanted) {
        if (state.fetching === incarnation) state.fetching = -1
      }
    }
    connection.send(
      Fetch,
      {
        ...FIXED,
        maxWaitMs: settings.fetchWaitMsMax,
        minBytes: settings.fetchBytesMin,
        maxBytes: bytesMax,
        isolationLevel: this.rules.isCommittedOnly ? READ_COMMITTED : READ_UNCOMMITTED,
        sessionId: request.sessionId,
        sessionEpoch: request.sessionEpoch,
        topics: topicsOf(request.named, settings.partitionBytesMax),
        forgottenTopicsData: forgottenOf(request.forgotten),
        rackId: settings.rackId
      },
      {
        // Taken in before the partitions are free, so that nobody asks for them again meanwhile.
        onResponse: (response) => {
          const error = this.receive(response, wanted)
          settled()
          if (error !== undefined) return this.options.outcomes.onFailed(error)
          // The next fetch is on its way before the application wakes.
          this.options.outcomes.onAnswered()
          buffer.wake()
        },
        onFailure: (error) => {
          settled()
          this.session.reset()
          this.options.outcomes.onFailed(error)
        }
      },
      {
        timeoutMs: requestTimeoutMs + settings.fetchWaitMsMax,
        versionMax: hasIds ? undefined : NAMES_UNTIL
      }
    )
  }

  /** Lets the broker forget the session; nobody waits for the answer. */
  close(connection: BrokerConnection): void {
    if (this.session.id === 0) return
    const ignored = { onResponse: () => {}, onFailure: () => {} }
    connection.send(Fetch, {
      ...FIXED,
      maxWaitMs: 0,
      minBytes: 0,
      maxBytes: 0,
      isolationLevel: READ_UNCOMMITTED,
      sessionId: this.session.id,
      sessionEpoch: FINAL_EPOCH,
      topics: [],
      forgottenTopicsData: [],
      rackId: ""
    }, ignored)
    this.session.reset()
  }

  /** Brokers serve in the order of the request, up to its bytes: each begins once. */
  private inTurn(fetchable: ReadonlyArray<Fetchable>): ReadonlyArray<Fetchable> {
    const first = this.turn++ % fetchable.length
    return first === 0 ? fetchable : [...fetchable.slice(first), ...fetchable.slice(0, first)]
  }

  private receive(
    response: Api.Response<typeof Fetch>,
    wanted: ReadonlyArray<Fetchable>
  ): ClientError.ClientError | undefined {
    if (response.errorCode !== ErrorCode.NONE) {
      this.session.reset()
      return ClientError.refused("Fetch", response.errorCode)
    }
    this.session.answered(response.sessionId)
    const find = finder(wanted)
    for (const topic of response.responses) {
      for (const answer of topic.partitions) {
        const asked = find(topic.topic, topic.topicId, answer.partitionIndex)
        if (asked !== undefined && asked.incarnation === asked.state.incarnation) {
          this.take(asked, answer)
        }
      }
    }
    return undefined
  }

  private take({ fetchOffset, state }: Fetchable, answer: PartitionAnswer): void {
    const { buffer, counters, outcomes } = this.options
    if (answer.errorCode !== ErrorCode.NONE) return outcomes.onRefused(state, answer)
    state.highWatermark = answer.highWatermark
    state.lastStableOffset = answer.lastStableOffset
    if (answer.logStartOffset >= 0) state.logStartOffset = answer.logStartOffset
    if (answer.preferredReadReplica >= 0) {
      return outcomes.onPreferred(state, answer.preferredReadReplica)
    }
    const { abortedTransactions, records } = answer
    if (records === null || records.length === 0) return
    const piece = new FetchedRecords(
      state,
      this.nodeId,
      fetchOffset,
      records as Buffer,
      abortedTransactions,
      this.rules
    )
    counters.bytes += piece.bytes
    state.fetchOffset = piece.endOffset
    buffer.push(piece)
  }
}

const FIXED = {
  clusterId: null,
  replicaId: -1,
  replicaState: { replicaId: -1, replicaEpoch: -1 }
} as const

/** By name up to version 12, by id from then on: an answer has one of them. */
const finder = (wanted: ReadonlyArray<Fetchable>) => {
  const [only] = wanted
  if (wanted.length === 1 && only !== undefined) {
    return (topic: TopicName, topicId: TopicId, partition: number): Fetchable | undefined =>
      partition === only.partition && (topic === only.topic || topicId === only.topicId)
        ? only
        : undefined
  }
  const found = new Map<string, Fetchable>()
  for (const one of wanted) {
    found.set(one.key, one)
    found.set(`${one.topicId}-${one.partition}`, one)
  }
  return (topic: TopicName, topicId: TopicId, partition: number): Fetchable | undefined =>
    found.get(topic === "" ? `${topicId}-${partition}` : `${topic}-${partition}`)
}

const topicsOf = (
  named: ReadonlyArray<WantedPartition>,
  partitionMaxBytes: number
): Api.Request<typeof Fetch>["topics"] =>
  byTopic(named, ({ fetchOffset, leaderEpoch, partition }) => ({
    partition,
    currentLeaderEpoch: leaderEpoch,
    fetchOffset,
    lastFetchedEpoch: -1,
    logStartOffset: -1,
    partitionMaxBytes,
    replicaDirectoryId: NO_TOPIC_ID
  }))

const forgottenOf = (
  forgotten: ReadonlyArray<WantedPartition>
): Api.Request<typeof Fetch>["forgottenTopicsData"] =>
  byTopic(forgotten, ({ partition }) => partition)

/** Grouped by topic, in their order. */
const byTopic = <A>(
  partitions: ReadonlyArray<WantedPartition>,
  make: (one: WantedPartition) => A
): ReadonlyArray<{ topic: TopicName; topicId: TopicId; partitions: ReadonlyArray<A> }> => {
  const topics = new Map<TopicName, { topic: TopicName; topicId: TopicId; partitions: Array<A> }>()
  for (const one of partitions) {
    const known = topics.get(one.topic)
    if (known !== undefined) known.partitions.push(make(one))
    else {
      const { topic, topicId } = one
      topics.set(topic, { topic, topicId, partitions: [make(one)] })
    }
  }
  return [...topics.values()]
}
