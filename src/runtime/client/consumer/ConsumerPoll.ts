// How an application takes what was fetched: by polls, or batch by batch for streams. What is here is given
// at once, on the stack of the caller; else the caller waits until something comes, time is over, or there is
// an error to tell.
//
// Invariants: records leave together with the move of the position, never before an Effect that could be
// interrupted; a call says that everything given by earlier ones was processed.
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ClientError from "../ClientError.ts"
import { ConsumerBatch } from "./ConsumerBatch.ts"
import type { ConsumerCounters } from "./ConsumerMetrics.ts"
import type { ConsumerRecord } from "./ConsumerRecord.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import type { PollSpans } from "./PollSpans.ts"
import type { Obstacle, RecordDelivery } from "./RecordDelivery.ts"

type Taken<A> = A | Obstacle | ClientError.ClientError | undefined

const NO_RECORDS: ReadonlyArray<never> = []

export interface ConsumerPollOptions {
  readonly buffer: FetchBuffer
  readonly delivery: RecordDelivery
  readonly counters: ConsumerCounters
  /** Undefined where no spans are wanted. */
  readonly spans: PollSpans | undefined
  /** All that was given is processed, and the application lives. */
  readonly onPoll: () => void
}

export class ConsumerPoll {
  private readonly buffer: FetchBuffer
  private readonly delivery: RecordDelivery
  private readonly onPoll: () => void
  private readonly counters: ConsumerCounters
  private readonly spans: PollSpans | undefined
  private waiting = 0

  constructor(options: ConsumerPollOptions) {
    this.buffer = options.buffer
    this.delivery = options.delivery
    this.onPoll = options.onPoll
    this.counters = options.counters
    this.spans = options.spans
  }

  readonly records = (
    recordsMax: number,
    timeout: Duration.Input
  ): Effect.Effect<ReadonlyArray<ConsumerRecord>, ClientError.ClientError> =>
    this.traced(this.within(timeout, () => this.takeRecords(recordsMax)), (records) => records)

  readonly batches = (
    batchesMax: number,
    timeout: Duration.Input
  ): Effect.Effect<ReadonlyArray<ConsumerBatch>, ClientError.ClientError> =>
    this.traced(
      this.within(timeout, () => this.takeBatches(batchesMax)),
      (batches) => batches.flatMap(({ records }) => records)
    )

  /**
   * The next batch, however long it takes. `onGiven` is told of it on the stack that takes it,
   * because whoever waits may be interrupted before he gets it.
   */
  readonly nextBatch = (
    onGiven: (batch: ConsumerBatch) => void
  ): Effect.Effect<ConsumerBatch, ClientError.ClientError> =>
    Effect.suspend(() => {
      this.onPoll()
      const take = () => {
        const taken = this.takeBatch()
        if (taken instanceof ConsumerBatch) onGiven(taken)
        return taken
      }
      const taken = take()
      const next = isGiven(taken)
        ? Effect.succeed(taken)
        : Effect.map(this.waited(take, taken), (batch) => batch!)
      return this.traced(next, ({ records }) => records)
    })

  /** Whether somebody waits for records. */
  get isWaiting(): boolean {
    return this.waiting > 0
  }

  private takeRecords(recordsMax: number): Taken<ReadonlyArray<ConsumerRecord>> {
    const records: Array<ConsumerRecord> = []
    const rest = this.delivery.takeRecords(recordsMax, records)
    this.counters.records += records.length
    return records.length > 0 ? records : rest
  }

  private takeBatch(): Taken<ConsumerBatch> {
    const taken = this.delivery.takeBatch()
    if (taken instanceof ConsumerBatch) this.counters.records += taken.records.length
    return taken
  }

  private traced<A>(
    poll: Effect.Effect<A, ClientError.ClientError>,
    recordsOf: (given: A) => ReadonlyArray<ConsumerRecord>
  ): Effect.Effect<A, ClientError.ClientError> {
    const { spans } = this
    if (spans === undefined) return poll
    return Effect.suspend(() => {
      const end = spans.begin()
      return Effect.tap(poll, (given) => Effect.sync(() => end(recordsOf(given))))
    })
  }

  private takeBatches(batchesMax: number): Taken<ReadonlyArray<ConsumerBatch>> {
    const batches: Array<ConsumerBatch> = []
    while (batches.length < batchesMax) {
      const taken = this.takeBatch()
      if (taken instanceof ConsumerBatch) batches.push(taken)
      else return batches.length > 0 ? batches : taken
    }
    return batches
  }

  private within<A>(
    timeout: Duration.Input,
    take: () => Taken<ReadonlyArray<A>>
  ): Effect.Effect<ReadonlyArray<A>, ClientError.ClientError> {
    return Effect.suspend(() => {
      this.onPoll()
      const taken = take()
      if (isGiven(taken)) return Effect.succeed(taken)
      return Effect.map(this.waited(take, taken, timeout), (given) => given ?? NO_RECORDS)
    })
  }

  private waited<A>(
    take: () => Taken<A>,
    first: Taken<A>,
    timeout?: Duration.Input
  ): Effect.Effect<A | undefined, ClientError.ClientError> {
    return Effect.suspend(() => {
      this.waiting++
      return Effect.ensuring(
        this.wait(take, first, timeout),
        Effect.sync(() => {
          this.waiting--
        })
      )
    })
  }

  /**
   * Undefined when time is over. Only the waiting is raced with time: records that were taken
   * cannot be lost to it.
   */
  private readonly wait = Effect.fnUntraced(
    function*<A>(
      this: ConsumerPoll,
      take: () => Taken<A>,
      first: Taken<A>,
      timeout: Duration.Input | undefined
    ) {
      const endMs = timeout === undefined
        ? Infinity
        : (yield* Clock.currentTimeMillis) + Duration.toMillis(timeout)
      let seen = this.buffer.seen
      let taken = first ?? take()
      while (!isGiven(taken)) {
        const failure = taken instanceof ClientError.ClientError ? taken : this.failure(taken)
        if (failure !== undefined) return yield* failure
        if (taken !== undefined) yield* this.delivery.open(taken as Obstacle)
        else {
          const leftMs = endMs - (yield* Clock.currentTimeMillis)
          if (leftMs <= 0) return undefined
          yield* this.buffer.awakenAfter(seen, leftMs)
        }
        seen = this.buffer.seen
        taken = take()
      }
      return taken
    }
  )

  /** What there is to tell when nothing is here. */
  private failure(taken: unknown): ClientError.ClientError | undefined {
    if (taken !== undefined) return undefined
    return this.buffer.takeFailure() ?? this.delivery.partitionFailure()
  }
}

const isGiven = <A>(taken: Taken<A>): taken is A =>
  taken !== undefined && !(taken instanceof ClientError.ClientError) &&
  (taken as Partial<Obstacle>)._tag !== "Obstacle"
