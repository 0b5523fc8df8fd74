// The ways to send that are Effects, all made of `push`: they wait in line for memory, and resume once, when
// the last answer of theirs has come. Per record they cost what an Effect, or a closure, costs; the hot path
// is not here.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Sink from "effect/Sink"
import * as Stream from "effect/Stream"
import * as Tracer from "effect/Tracer"
import * as TraceContext from "../../../domain/record/TraceContext.ts"
import type { ClientError } from "../ClientError.ts"
import type { ProducerEngine } from "./ProducerEngine.ts"
import type { ProduceCallback, ProducerRecord, RecordMetadata } from "./ProducerRecord.ts"

/** Chunks of a stream whose answers are waited for at the same time. */
const CHUNKS_MAX = 64

export const make = ({ accumulator, memory, settings }: ProducerEngine) => {
  /** What a record that is none throws is told to whoever gave it, whenever his turn comes. */
  const inLine = (
    resume: (effect: Effect.Effect<never>) => void,
    use: () => boolean
  ): () => void =>
    memory.inLine(() => {
      try {
        return use()
      } catch (defect) {
        resume(Effect.die(defect))
        return true
      }
    })

  const sendRecord = (record: ProducerRecord): Effect.Effect<RecordMetadata, ClientError> =>
    Effect.callback((resume) => {
      const { topic } = record
      const undo = inLine(resume, () => {
        accumulator.push(record, (error, partition, offset, timestampMs) => {
          resume(
            error === undefined
              ? Effect.succeed({ topic, partition, offset, timestampMs })
              : Effect.fail(error)
          )
        })
        return true
      })
      return Effect.sync(undo)
    })

  const send = settings.traceContext
    ? (record: ProducerRecord) => Effect.flatMap(traced(record), sendRecord)
    : sendRecord

  /** Gives the callback for a record by its place. */
  const pushAll = (
    records: ReadonlyArray<ProducerRecord>,
    callbackOf: (index: number) => ProduceCallback
  ): Effect.Effect<void> =>
    Effect.callback<void>((resume) => {
      let next = 0
      const undo = inLine(resume, () => {
        while (next < records.length && memory.hasRoom) {
          const index = next++
          accumulator.push(records[index]!, callbackOf(index))
        }
        if (next < records.length) return false
        resume(Effect.void)
        return true
      })
      return Effect.sync(undo)
    })

  const sendAll = (
    given: Iterable<ProducerRecord>
  ): Effect.Effect<ReadonlyArray<RecordMetadata>, ClientError> =>
    Effect.callback((resume) => {
      const records = Array.isArray(given) ? (given as ReadonlyArray<ProducerRecord>) : [...given]
      if (records.length === 0) return resume(Effect.succeed([]))
      const answers: Array<RecordMetadata> = Array.from({ length: records.length })
      let left = records.length
      let failure: ClientError | undefined
      const push = (index: number) => {
        const { topic } = records[index]!
        accumulator.push(records[index]!, (error, partition, offset, timestampMs) => {
          failure ??= error
          answers[index] = { topic, partition, offset, timestampMs }
          if (--left > 0) return
          resume(failure === undefined ? Effect.succeed(answers) : Effect.fail(failure))
        })
      }
      let next = 0
      const undo = inLine(resume, () => {
        while (next < records.length && memory.hasRoom) push(next++)
        return next === records.length
      })
      return Effect.sync(undo)
    })

  const through = <E, R>(
    records: Stream.Stream<ProducerRecord, E, R>
  ): Stream.Stream<RecordMetadata, E | ClientError, R> =>
    Stream.chunks(records).pipe(
      Stream.mapEffect(sendAll, { concurrency: CHUNKS_MAX }),
      Stream.flattenIterable
    )

  const sink = Sink.suspend(() => {
    const tally = new Tally()
    return Sink.forEachArray((chunk: ReadonlyArray<ProducerRecord>) =>
      tally.failure === undefined
        ? pushAll(chunk, (index) => tally.callbackOf(chunk[index]!))
        : Effect.fail(tally.failure)
    ).pipe(Sink.mapEffect(() => tally.settled))
  })

  return { send, sendAll, through, sink }
}

/** The record with the header that names the span it is sent in, where there is one. */
const traced = (record: ProducerRecord): Effect.Effect<ProducerRecord> =>
  Effect.contextWith((context: Context.Context<never>) => {
    const span = Option.getOrUndefined(Context.getOption(context, Tracer.ParentSpan))
    if (span === undefined) return Effect.succeed(record)
    const { sampled: isSampled, spanId, traceId } = span
    const value = Buffer.from(TraceContext.format({ traceId, spanId, isSampled }))
    const header = [TraceContext.TRACEPARENT, value] as const
    return Effect.succeed({ ...record, headers: [...(record.headers ?? []), header] })
  })

/** How far a sink has come. */
class Tally {
  failure: ClientError | undefined
  private count = 0
  private left = 0
  private last: RecordMetadata | undefined
  private onSettled: (() => void) | undefined

  callbackOf({ topic }: ProducerRecord): ProduceCallback {
    const index = this.count++
    this.left++
    return (error, partition, offset, timestampMs) => {
      this.failure ??= error
      if (index === this.count - 1) this.last = { topic, partition, offset, timestampMs }
      if (--this.left === 0) this.onSettled?.()
    }
  }

  /** Nothing more comes. */
  readonly settled = Effect.callback<
    { readonly count: number; readonly last: RecordMetadata | undefined },
    ClientError
  >((resume) => {
    const settle = () => {
      const { count, failure, last } = this
      resume(failure === undefined ? Effect.succeed({ count, last }) : Effect.fail(failure))
    }
    if (this.left === 0) settle()
    else this.onSettled = settle
  })
}
