// How an application takes what was fetched: by polls, or batch by batch for streams. What is here is given
// at once, on the stack of the caller; else the caller waits until something comes, time is over, or there is
// an error to tell.
//
// Invariants: records leave together with the move of the position, never before an Effect that could be
// interrupted; a call says that everything given by earlier ones was processed.
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as ClientError from "./ClientError.ts"
import { ConsumerBatch } from "./ConsumerBatch.ts"
import type { ConsumerRecord } from "./ConsumerRecord.ts"
import type { FetchBuffer } from "./FetchBuffer.ts"
import type { Obstacle, RecordDelivery } from "./RecordDelivery.ts"

type Taken<A> = A | Obstacle | ClientError.ClientError | undefined

const NO_RECORDS: ReadonlyArray<never> = []

export class ConsumerPoll {
  private readonly buffer: FetchBuffer
  private readonly delivery: RecordDelivery
  private readonly onPoll: () => void

  constructor(buffer: FetchBuffer, delivery: RecordDelivery, onPoll: () => void) {
    this.buffer = buffer
    this.delivery = delivery
    this.onPoll = onPoll
  }

  readonly records = (
    recordsMax: number,
    timeout: Duration.Input
  ): Effect.Effect<ReadonlyArray<ConsumerRecord>, ClientError.ClientError> =>
    this.within(timeout, () => this.takeRecords(recordsMax))

  readonly batches = (
    batchesMax: number,
    timeout: Duration.Input
  ): Effect.Effect<ReadonlyArray<ConsumerBatch>, ClientError.ClientError> =>
    this.within(timeout, () => this.takeBatches(batchesMax))

  /** The next batch, however long it takes. */
  readonly nextBatch: Effect.Effect<ConsumerBatch, ClientError.ClientError> = Effect.suspend(() => {
    this.onPoll()
    return this.waited(() => this.delivery.takeBatch())
  })

  private takeRecords(recordsMax: number): Taken<ReadonlyArray<ConsumerRecord>> {
    const records: Array<ConsumerRecord> = []
    const rest = this.delivery.takeRecords(recordsMax, records)
    return records.length > 0 ? records : rest
  }

  private takeBatches(batchesMax: number): Taken<ReadonlyArray<ConsumerBatch>> {
    const batches: Array<ConsumerBatch> = []
    while (batches.length < batchesMax) {
      const taken = this.delivery.takeBatch()
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
      return Effect.timeoutOrElse(this.waited(take, taken), {
        duration: timeout,
        orElse: () => Effect.succeed(NO_RECORDS)
      })
    })
  }

  private readonly waited = Effect.fnUntraced(
    function*<A>(this: ConsumerPoll, take: () => Taken<A>, first?: Taken<A>) {
      let seen = this.buffer.seen
      let taken = first ?? take()
      while (!isGiven(taken)) {
        const failure = taken instanceof ClientError.ClientError ? taken : this.failure(taken)
        if (failure !== undefined) return yield* failure
        if (taken !== undefined) yield* this.delivery.open(taken as Obstacle)
        else yield* this.buffer.awakenAfter(seen)
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
