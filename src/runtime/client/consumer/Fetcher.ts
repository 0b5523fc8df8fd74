// Keeps fetches under way to every broker that leads, or is the nearest to have, something of ours. Decides
// what is fetched and how much; the requests are BrokerFetcher's.
//
// A broker has two lanes, because a fetch that waits there for records cannot be taken back: what is sought,
// resumed or assigned meanwhile goes by the other one.
//
// Invariants: a partition is asked for once at a time; a broker is not asked while AHEAD_BYTES of it wait that
// nobody has begun; what was asked for and what waits stay within the buffer's bytes; what cannot be fetched
// now is asked again after a while or with the next news of the cluster, never in a loop.
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as ErrorCode from "../../../domain/ErrorCode.ts"
import { NO_TOPIC_ID } from "../../../domain/Topic.ts"
import * as ClientError from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import type { ClusterView } from "../cluster/ClusterView.ts"
import * as Retry from "../cluster/Retry.ts"
import {
  BrokerFetcher,
  type Fetchable,
  type FetchOutcomes,
  type PartitionAnswer
} from "./BrokerFetcher.ts"
import type { ConsumerCounters } from "./ConsumerMetrics.ts"
import type { ConsumerSettings } from "./ConsumerOptions.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import type { AssignedPartition, SubscriptionState } from "./SubscriptionState.ts"

/** One fetch that waits is enough; another behind it has left the processor's cache by its turn. */
const AHEAD_BYTES = 512 * 1024

export interface FetcherOptions {
  readonly cluster: Cluster["Service"]
  readonly settings: ConsumerSettings
  readonly subscription: SubscriptionState
  readonly buffer: FetchBuffer
  readonly counters: ConsumerCounters
  readonly clock: Clock.Clock
  /** Runs until the consumer's scope closes. */
  readonly run: (effect: Effect.Effect<void>) => void
  /** What the consumer's own lanes begin with. */
  readonly lane: string
  /** The log does not have the position. */
  readonly onOutOfRange: (partition: AssignedPartition) => void
  /** The topic is not known, or the position has to be held against a new leader. */
  readonly onUnknown: () => void
}

export class Fetcher {
  private readonly options: FetcherOptions
  private readonly brokers = new Map<number, ReadonlyArray<BrokerFetcher>>()
  private readonly turns = new Map<number, number>()
  private turn = 0
  private isWakeDue = false
  private isClosed = false
  private failures = 0

  constructor(options: FetcherOptions) {
    this.options = options
    options.buffer.onRoom = this.pump
  }

  /** Sends what can be sent. Called whenever something has changed. */
  readonly pump = (): void => {
    if (this.isClosed || this.isBusy) return
    const due = [...this.fetchable()]
    if (due.length > 1) due.sort(([a], [b]) => this.turnOf(a) - this.turnOf(b))
    for (const [broker, fetchable] of due) this.fetch(broker, fetchable)
  }

  /** Nobody has room for a request: no need to look at each partition, as is done for each piece. */
  private get isBusy(): boolean {
    const { buffer, cluster } = this.options
    const isFree = ([nodeId, lanes]: readonly [number, ReadonlyArray<BrokerFetcher>]) =>
      lanes.some(({ isInFlight }) => !isInFlight) && buffer.waitingBytes(nodeId) < AHEAD_BYTES
    const isAll = this.brokers.size > 0 && this.brokers.size >= cluster.view().brokers.size
    return isAll && ![...this.brokers].some(isFree)
  }

  /** Where there are not bytes enough for all, who was asked longest ago is asked first. */
  private turnOf({ nodeId }: BrokerFetcher): number {
    return this.turns.get(nodeId) ?? 0
  }

  close(): void {
    this.isClosed = true
    for (const broker of [...this.brokers.values()].flat()) {
      const connection = this.options.cluster.opened(broker.nodeId, broker.lane)
      if (connection === undefined) continue
      broker.close(connection)
      connection.end(ClientError.closed("the consumer is closed"))
    }
  }

  /** What may be fetched, by whom; what has to wait is left out. */
  private fetchable(): ReadonlyMap<BrokerFetcher, ReadonlyArray<Fetchable>> {
    const { clock, cluster, subscription } = this.options
    const view = cluster.view()
    const nowMs = clock.currentTimeMillisUnsafe()
    const found = new Map<BrokerFetcher, Array<Fetchable>>()
    const free = new Map<number, BrokerFetcher | undefined>()
    for (const state of subscription.all) {
      if (state.isPaused || state.isHeld || state.isRevoked || state.need._tag !== "Nothing") {
        continue
      }
      if (state.fetching === state.incarnation) continue
      if (nowMs < state.notBeforeMs) {
        this.wakeIn(state.notBeforeMs - nowMs)
        continue
      }
      const one = this.placed(state, view, nowMs)
      if (one === undefined) continue
      if (!free.has(one.nodeId)) free.set(one.nodeId, this.freeFor(one.nodeId))
      const broker = free.get(one.nodeId)
      if (broker === undefined) continue
      const known = found.get(broker)
      if (known === undefined) found.set(broker, [one.fetchable])
      else known.push(one.fetchable)
    }
    return found
  }

  private freeFor(nodeId: number): BrokerFetcher | undefined {
    const lanes = this.lanes(nodeId)
    if (this.options.buffer.waitingBytes(nodeId) >= AHEAD_BYTES) return undefined
    if (lanes.some(({ isBackingOff, isConnecting }) => isBackingOff || isConnecting)) {
      return undefined
    }
    return lanes.find(({ isInFlight }) => !isInFlight)
  }

  /** Who is to be asked for the partition; undefined when that is not known or must be found out first. */
  private placed(state: AssignedPartition, view: ClusterView, nowMs: number) {
    const topic = view.topics.get(state.topic)
    const known = topic?.partitions[state.partition]
    if (topic === undefined) {
      this.options.onUnknown()
      return undefined
    }
    if (known === undefined || known.leaderId < 0) {
      this.options.cluster.refreshSoon()
      this.later(state)
      return undefined
    }
    if (known.leaderEpoch > state.leaderEpoch) {
      state.leaderEpoch = known.leaderEpoch
      state.preferredReplica = -1
      // A position under another leader is held against the new one before it is used (KIP-320).
      if (state.positionEpoch >= 0 && state.positionEpoch < known.leaderEpoch) {
        state.need = { _tag: "Validation", leaderEpoch: known.leaderEpoch }
        // What waits beyond the position is the old leader's, and is held against nothing.
        state.refetch()
        this.options.buffer.dropOutdated()
        this.options.onUnknown()
        return undefined
      }
    }
    const isNear = state.preferredReplica >= 0 && nowMs < state.preferredUntilMs
    const { fetchOffset, incarnation, key, partition } = state
    const fetchable: Fetchable = {
      state,
      incarnation,
      key,
      topic: state.topic,
      topicId: topic.topicId ?? NO_TOPIC_ID,
      partition,
      fetchOffset,
      leaderEpoch: known.leaderEpoch
    }
    return { nodeId: isNear ? state.preferredReplica : known.leaderId, fetchable }
  }

  private fetch(broker: BrokerFetcher, fetchable: ReadonlyArray<Fetchable>): void {
    const { buffer, cluster, settings } = this.options
    const wantedBytes = Math.min(
      settings.fetchBytesMax,
      settings.partitionBytesMax * fetchable.length
    )
    const least = Math.min(settings.partitionBytesMax, wantedBytes, buffer.bytesMax)
    if (buffer.bytesMax - buffer.bytes < least) {
      if (!buffer.dropPaused() || buffer.bytesMax - buffer.bytes < least) return
    }
    const connection = cluster.opened(broker.nodeId, broker.lane)
    if (connection === undefined) return this.connect(broker)
    this.turns.set(broker.nodeId, ++this.turn)
    broker.send(connection, fetchable, Math.min(wantedBytes, buffer.bytesMax - buffer.bytes))
  }

  private lanes(nodeId: number): ReadonlyArray<BrokerFetcher> {
    let lanes = this.brokers.get(nodeId)
    if (lanes === undefined) {
      const { buffer, cluster, counters, lane, settings } = this.options
      const { requestTimeoutMs } = cluster.config
      lanes = ["a", "b"].map((name) => {
        const outcomes = this.outcomes(() => broker)
        const options = { settings, buffer, counters, outcomes, requestTimeoutMs }
        const broker: BrokerFetcher = new BrokerFetcher(nodeId, `${lane}/${name}`, options)
        return broker
      })
      this.brokers.set(nodeId, lanes)
    }
    return lanes
  }

  private connect(broker: BrokerFetcher): void {
    const { cluster, run } = this.options
    broker.isConnecting = true
    run(
      Effect.matchEffect(cluster.connection(broker.nodeId, broker.lane), {
        onSuccess: () =>
          Effect.sync(() => {
            broker.isConnecting = false
            this.pump()
          }),
        onFailure: (error) =>
          Effect.sync(() => {
            broker.isConnecting = false
            this.failed(broker, error)
          })
      })
    )
  }

  private outcomes(broker: () => BrokerFetcher): FetchOutcomes {
    return {
      onRefused: (partition, answer) => this.refused(partition, answer),
      onPreferred: (partition, preferred) => {
        const { clock, cluster } = this.options
        partition.preferredReplica = preferred
        partition.preferredUntilMs = clock.currentTimeMillisUnsafe() +
          cluster.config.metadataAgeMsMax
      },
      onFailed: (error) => this.failed(broker(), error),
      onAnswered: () => {
        this.failures = 0
        this.pump()
      }
    }
  }

  /** A request has failed, or no connection came about: the broker is left alone for a while. */
  private failed(broker: BrokerFetcher, error: ClientError.ClientError): void {
    if (this.isClosed) return
    const { buffer, cluster, run, subscription } = this.options
    if (!error.isRetriable) buffer.fail(error)
    for (const state of subscription.all) {
      if (state.preferredReplica === broker.nodeId) state.preferredReplica = -1
    }
    cluster.refreshSoon()
    broker.isBackingOff = true
    const { retryBackoffMs, retryBackoffMsMax } = cluster.config
    const delayMs = Retry.delayMs(++this.failures, retryBackoffMs, retryBackoffMsMax, 0.5)
    run(Effect.andThen(
      Effect.sleep(delayMs),
      Effect.sync(() => {
        broker.isBackingOff = false
        this.pump()
      })
    ))
  }

  private refused(state: AssignedPartition, answer: PartitionAnswer): void {
    const { buffer, cluster, onOutOfRange } = this.options
    if (answer.errorCode === ErrorCode.ErrorCode.OFFSET_OUT_OF_RANGE) {
      const isFar = state.preferredReplica >= 0
      state.preferredReplica = -1
      // A replica may lag behind its leader: that one has the last word.
      if (isFar) return
      // What was fetched before is good, and comes first.
      return state.fetchOffset > state.position ? this.later(state) : onOutOfRange(state)
    }
    state.preferredReplica = -1
    if (ErrorCode.describe(answer.errorCode).isRetriable) cluster.refreshSoon()
    else {
      state.failure = ClientError.refused(`Fetch of ${state.key}`, answer.errorCode)
      buffer.wake()
    }
    this.later(state)
  }

  /** The partition is asked for again after a while. */
  private later(state: AssignedPartition): void {
    const { clock, cluster } = this.options
    const { retryBackoffMs } = cluster.config
    state.notBeforeMs = clock.currentTimeMillisUnsafe() + retryBackoffMs
    this.wakeIn(retryBackoffMs)
  }

  /** Once for all partitions: those whose time has not come by then see to the next time. */
  private wakeIn(delayMs: number): void {
    if (this.isWakeDue) return
    this.isWakeDue = true
    const wake = () => {
      this.isWakeDue = false
      this.pump()
    }
    this.options.run(Effect.andThen(Effect.sleep(delayMs), Effect.sync(wake)))
  }
}
