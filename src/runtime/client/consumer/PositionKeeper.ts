// Finds out where to begin in each partition: what the group has committed, else what the policy says; and,
// when the leader has changed, whether the log still has what was read (KIP-320). One fiber does this for
// all partitions, in rounds, until nothing is needed.
//
// Invariant: an answer counts only for the incarnation that it was asked for.
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Latch from "effect/Latch"
import * as ClientError from "../ClientError.ts"
import type { Cluster } from "../cluster/Cluster.ts"
import type { OffsetCommitter } from "../group/GroupContract.ts"
import type { ConsumerSettings } from "./ConsumerOptions.ts"
import * as EpochCheck from "./EpochCheck.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import * as OffsetReset from "./OffsetReset.ts"
import type { AssignedPartition, Need, StartAt, SubscriptionState } from "./SubscriptionState.ts"

export interface PositionKeeperOptions {
  readonly cluster: Cluster["Service"]
  readonly settings: ConsumerSettings
  readonly subscription: SubscriptionState
  readonly buffer: FetchBuffer
  readonly clock: Clock.Clock
  /** Undefined without a group. */
  readonly committer: OffsetCommitter | undefined
  /** Positions are known that were not. */
  readonly onPositions: () => void
}

export class PositionKeeper {
  private readonly options: PositionKeeperOptions
  private readonly wanted = Latch.makeUnsafe(false)
  private isWanted = false

  constructor(options: PositionKeeperOptions) {
    this.options = options
  }

  /** Something is needed. */
  readonly wake = (): void => {
    this.isWanted = true
    this.wanted.openUnsafe()
  }

  /** Something may be needed; what is looked up already, or failed just now, is not hurried. */
  readonly wakeSoon = (): void => {
    this.wanted.openUnsafe()
  }

  /** The log does not have the position (any more): begin where the policy says. */
  readonly outOfRange = (state: AssignedPartition): void => {
    this.byPolicy(state, `offset ${state.fetchOffset} is not in the log`)
    this.wake()
  }

  /** To be forked into the consumer's scope. */
  readonly run: Effect.Effect<void> = Effect.suspend(() =>
    this.wanted.await.pipe(
      Effect.andThen(Effect.suspend(() => this.round())),
      Effect.forever
    )
  ).pipe(
    Effect.catchCause((cause) => Effect.logError("positions are no longer looked up", cause))
  )

  private readonly round = Effect.fnUntraced(function*(this: PositionKeeper) {
    this.wanted.closeUnsafe()
    this.isWanted = false
    const { cluster, onPositions } = this.options
    if (!this.isNeeded()) return
    yield* this.learnTopics()
    yield* this.committed()
    yield* this.offsets()
    yield* this.validations()
    onPositions()
    // What has been asked for meanwhile is new; what is left of this round has failed: it waits.
    if (this.isWanted || !this.isNeeded()) return
    yield* Effect.sleep(cluster.config.retryBackoffMs)
    this.wake()
  })

  private needing(...tags: ReadonlyArray<Need["_tag"]>): ReadonlyArray<AssignedPartition> {
    return [...this.options.subscription.all].filter((state) =>
      !state.isRevoked && tags.includes(state.need._tag)
    )
  }

  private isNeeded(): boolean {
    return this.unknown().length > 0 ||
      this.needing("Committed", "Offset", "Validation").length > 0
  }

  /** Partitions of topics that the cluster has not told of. */
  private unknown(): ReadonlyArray<AssignedPartition> {
    const { topics } = this.options.cluster.view()
    return [...this.options.subscription.all].filter((state) =>
      !state.isRevoked && !topics.has(state.topic)
    )
  }

  /**
   * Those that are known cost nothing, but are refreshed from now on. A topic that is not there
   * holds up the others for a moment only.
   */
  private learnTopics(): Effect.Effect<void> {
    const { buffer, cluster } = this.options
    const unknown = [...this.unknown(), ...this.needing("Committed", "Offset", "Validation")]
    const topics = new Set(unknown.map(({ topic }) => topic))
    const timeoutMs = cluster.config.retryBackoffMsMax
    return Effect.forEach(
      topics,
      (topic) =>
        Effect.catch(cluster.topic(topic, { timeoutMs }), (error) => {
          if (error.isRetriable) {
            return Effect.logWarning(`${topic} is waited for: ${error.message}`)
          }
          for (const state of unknown) {
            if (state.topic === topic) state.failure = error
          }
          return Effect.sync(() => buffer.wake())
        }),
      { concurrency: "unbounded", discard: true }
    )
  }

  private readonly committed = Effect.fnUntraced(function*(this: PositionKeeper) {
    const { buffer, committer } = this.options
    const states = withIncarnations(this.needing("Committed"))
    if (states.length === 0) return
    const found = committer === undefined
      ? new Map<string, never>()
      : yield* Effect.catch(
        committer.fetch(states.map(({ state }) => state)),
        (error) =>
          Effect.sync(() => {
            if (!error.isRetriable) buffer.fail(error)
            return undefined
          })
      )
    if (found === undefined) return
    for (const { incarnation, state } of states) {
      if (state.incarnation !== incarnation || state.isRevoked) continue
      const committed = found.get(state.key)
      if (committed === undefined) this.byPolicy(state, "no offset is committed")
      else {
        state.seek(committed.offset, committed.leaderEpoch)
        state.committed = committed.offset
      }
    }
  })

  private readonly offsets = Effect.fnUntraced(function*(this: PositionKeeper) {
    const { cluster, settings } = this.options
    const states = withIncarnations(this.needing("Offset"))
    if (states.length === 0) return
    const questions = states.map(({ state }) => ({
      topic: state.topic,
      partition: state.partition,
      startAt: (state.need as { readonly startAt: StartAt }).startAt
    }))
    const answers = yield* OffsetReset.resolve(cluster, questions, settings.isolationLevel)
    for (const { incarnation, state } of states) {
      const answer = answers.get(state.key)
      if (answer === undefined || state.incarnation !== incarnation) continue
      if (answer instanceof ClientError.ClientError) this.refused(state, answer)
      else state.seek(answer.offset)
    }
  })

  private readonly validations = Effect.fnUntraced(function*(this: PositionKeeper) {
    const states = withIncarnations(this.needing("Validation"))
    if (states.length === 0) return
    const answers = yield* EpochCheck.ask(this.options.cluster, states.map(({ state }) => state))
    for (const { incarnation, state } of states) {
      const answer = answers.get(state.key)
      if (answer === undefined || state.incarnation !== incarnation) continue
      if (answer instanceof ClientError.ClientError) {
        this.refused(state, answer)
        continue
      }
      // A broker that has no record of the epoch says -1: nothing can be held against it.
      if (answer.endOffset < 0 || answer.endOffset >= state.position) state.validated()
      else this.truncated(state, answer)
    }
  })

  /** The log was cut before the position: what was read beyond has been replaced. */
  private truncated(state: AssignedPartition, { endOffset, leaderEpoch }: EpochCheck.EpochEnd) {
    const detail = `the log was cut at offset ${endOffset} under a new leader, ` +
      `records up to ${state.position} had been read`
    if (this.options.settings.autoOffsetReset === "none") this.noOffset(state, detail)
    else state.seek(endOffset, leaderEpoch)
  }

  private byPolicy(state: AssignedPartition, why: string): void {
    const { clock, settings } = this.options
    const start = OffsetReset.startOf(settings.autoOffsetReset, clock.currentTimeMillisUnsafe())
    if (start === undefined) this.noOffset(state, `${why}, and autoOffsetReset is "none"`)
    else state.seekTo(start)
  }

  private noOffset(state: AssignedPartition, detail: string): void {
    const { partition, topic } = state
    const reason = ClientError.Reason.NoOffset({ topic, partition, detail })
    state.fail(new ClientError.ClientError({ reason }))
    this.options.buffer.wake()
  }

  private refused(state: AssignedPartition, error: ClientError.ClientError): void {
    if (error.isRetriable) return
    state.failure = error
    this.options.buffer.wake()
  }
}

const withIncarnations = (states: ReadonlyArray<AssignedPartition>) =>
  states.map((state) => ({ state, incarnation: state.incarnation }))
