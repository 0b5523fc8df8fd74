// Sends records. `push` is for speed: a callback for each record and nothing allocated; everything else is
// the same in Effects: one record, many, a Sink, a step of a Stream. All may be mixed; records of a partition
// go in the order in which they were given.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"
import type * as Sink from "effect/Sink"
import type * as Stream from "effect/Stream"
import { Compression } from "../../layers/compression/Compression.ts"
import type * as ClientError from "./ClientError.ts"
import type { Cluster } from "./cluster/Cluster.ts"
import type { ProducerCounters } from "./producer/ProducerCounters.ts"
import { ProducerEngine } from "./producer/ProducerEngine.ts"
import * as ProducerOptions from "./producer/ProducerOptions.ts"
import type { ProduceCallback, ProducerRecord, RecordMetadata } from "./producer/ProducerRecord.ts"
import * as RecordSending from "./producer/RecordSending.ts"

export type { ProducerOptions } from "./producer/ProducerOptions.ts"
export type {
  ProduceCallback,
  ProducerRecord,
  RecordHeader,
  RecordMetadata
} from "./producer/ProducerRecord.ts"

type Failure = ClientError.ClientError

/** What a sink of records ends with. */
export interface SinkSummary {
  readonly count: number
  /** Of the last record; undefined when there was none. */
  readonly last: RecordMetadata | undefined
}

export class Producer extends Context.Service<Producer, {
  /**
   * Takes the record at once and copies what it needs. True while more may follow at once; false
   * when this turn of the event loop has taken enough or the memory is used up: wait for `drained`
   * before pushing more, as with a Node stream. Far beyond the bound (`bufferMemoryBytes`) records
   * are refused with BufferFull. A record that is refused (BufferFull, RecordTooLarge,
   * InvalidArgument, Closed) is told so before `push` returns.
   */
  readonly push: (record: ProducerRecord, callback?: ProduceCallback) => boolean
  /**
   * Ends in the next turn of the event loop, before which answers are read; while enough is ready
   * for the requests under way, once some of it is sent; when the memory is used up, once half of
   * it is free again; at once when there is room.
   */
  readonly drained: Effect.Effect<void>
  /** Waits for room, sends, and ends with the answer. Interrupting it calls nothing back. */
  readonly send: (record: ProducerRecord) => Effect.Effect<RecordMetadata, Failure>
  /** All of them, in order, as one Effect; fails with the first error once all are answered. */
  readonly sendAll: (
    records: Iterable<ProducerRecord>
  ) => Effect.Effect<ReadonlyArray<RecordMetadata>, Failure>
  /** Sends all that it is given, and ends when all is answered. */
  readonly sink: Sink.Sink<SinkSummary, ProducerRecord, never, Failure>
  /** Sends chunk by chunk, a few chunks at once; metadata come out in the order of the records. */
  readonly through: <E, R>(
    records: Stream.Stream<ProducerRecord, E, R>
  ) => Stream.Stream<RecordMetadata, E | Failure, R>
  /** Sends what lingers, and ends when everything that was pushed before is answered. */
  readonly flush: Effect.Effect<void>
  /** What it has done so far. */
  readonly counters: Readonly<ProducerCounters>
}>()("mymq/runtime/client/Producer") {
  /** In Kafka's own defaults where nothing is said; options that make no sense are a defect. */
  static readonly layer = (
    options?: ProducerOptions.ProducerOptions
  ): Layer.Layer<Producer, never, Cluster> =>
    Layer.effect(Producer, make(options)).pipe(Layer.provide(Compression.layer))
}

/** Ends with the scope, which waits `closeTimeoutMs` for what is under way. */
export const make = (
  options?: ProducerOptions.ProducerOptions
): Effect.Effect<Producer["Service"], never, Cluster | Compression | Scope.Scope> =>
  Effect.gen(function*() {
    const engine = yield* ProducerEngine.make(ProducerOptions.make(options))
    const { accumulator, memory } = engine
    const sending = RecordSending.make(engine)
    return Producer.of({
      push: (record, callback) => accumulator.push(record, callback),
      drained: Effect.callback<void>((resume) => {
        const undo = memory.drained(() => resume(Effect.void))
        return Effect.sync(undo)
      }),
      ...sending,
      flush: engine.flush,
      counters: engine.counters
    })
  })
