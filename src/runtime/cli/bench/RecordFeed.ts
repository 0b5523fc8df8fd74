// Pushes so many records, at a rate or as fast as the producer has room, and waits until all are
// acknowledged. The first that fails ends it. A record costs a call of `push` and of `recordOf`.
import * as Effect from "effect/Effect"
import type { Producer } from "../../client/Producer.ts"
import type { ProduceCallback, ProducerRecord } from "../../client/producer/ProducerRecord.ts"
import * as Refusal from "../Refusal.ts"
import { Pace } from "./Pace.ts"

export interface FeedOptions {
  readonly producer: Producer["Service"]
  readonly count: number
  /** Records a second; undefined: as fast as it goes. */
  readonly rate: number | undefined
  /** The record with this index; it is copied at once, so that it may be the same object again. */
  readonly recordOf: (index: number, dueMs: number) => ProducerRecord
  /** Called once it is acknowledged; not for one that failed. */
  readonly onAnswer?: ((index: number) => void) | undefined
  /** Of how many records one tells when it is acknowledged by index; 1 for each. */
  readonly answerEvery?: number | undefined
}

export class RecordFeed {
  answered = 0
  private readonly options: FeedOptions
  private failed = 0
  private failure: Refusal.Refusal | undefined

  constructor(options: FeedOptions) {
    this.options = options
  }

  readonly run = Effect.fnUntraced(function*(this: RecordFeed) {
    const { answerEvery = 1, count, producer, rate, recordOf } = this.options
    const pace = new Pace(rate, performance.now())
    for (let next = 0; next < count && this.failure === undefined;) {
      const nowMs = performance.now()
      const due = Math.min(count, pace.due(nowMs))
      if (due <= next) {
        yield* Effect.sleep(Math.max(1, pace.dueMs(next) - nowMs))
        continue
      }
      let hasRoom = true
      while (next < due && hasRoom) {
        const told = next % answerEvery === 0 ? this.callbackOf(next) : this.callback
        hasRoom = producer.push(recordOf(next, pace.dueMs(next)), told)
        next++
      }
      if (!hasRoom) yield* producer.drained
    }
    yield* producer.flush
    if (this.failure !== undefined) {
      const detail = `${this.failed} of ${count} records not written: ${this.failure.message}`
      return yield* new Refusal.Refusal({ detail })
    }
  })

  /** One function for all that nobody asks about. */
  private readonly callback: ProduceCallback = (error) => {
    if (error === undefined) {
      this.answered++
      return
    }
    this.failed++
    this.failure ??= new Refusal.Refusal({ detail: error.message })
  }

  private callbackOf(index: number): ProduceCallback {
    const { onAnswer } = this.options
    if (onAnswer === undefined) return this.callback
    return (error, partition, offset, timestampMs) => {
      this.callback(error, partition, offset, timestampMs)
      if (error === undefined) onAnswer(index)
    }
  }
}
