// A span for each batch, from its first record to its answer, with OpenTelemetry's names for messaging. Where
// they are not wanted there is no object of this class, and nothing is paid.
// Source: OpenTelemetry semantic conventions for messaging, and for Kafka.
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { ProducerBatch } from "./ProducerBatch.ts"

const NANOS_PER_MS = 1_000_000n

export class BatchSpans {
  private readonly tracer: Tracer.Tracer
  private readonly clientId: string
  private readonly nowMs: () => number

  constructor(tracer: Tracer.Tracer, clientId: string, nowMs: () => number) {
    this.tracer = tracer
    this.clientId = clientId
    this.nowMs = nowMs
  }

  /** Tells of a batch that is finished. */
  finished(batch: ProducerBatch): void {
    const { partition, topic } = batch.queue
    const span = this.tracer.span({
      name: `send ${topic}`,
      parent: Option.none(),
      annotations: Context.empty(),
      links: [],
      startTime: nanosOf(batch.createdMs),
      kind: "producer",
      root: true,
      sampled: true
    })
    span.attribute("messaging.system", "kafka")
    span.attribute("messaging.operation.name", "send")
    span.attribute("messaging.operation.type", "send")
    span.attribute("messaging.destination.name", topic)
    span.attribute("messaging.destination.partition.id", `${partition}`)
    span.attribute("messaging.client.id", this.clientId)
    span.attribute("messaging.batch.message_count", batch.count)
    if (batch.baseOffset >= 0) span.attribute("messaging.kafka.offset", batch.baseOffset)
    if (batch.attempts > 1) span.attribute("mymq.attempts", batch.attempts)
    const { error } = batch
    if (error !== undefined) span.attribute("error.type", error.reason._tag)
    span.end(nanosOf(this.nowMs()), error === undefined ? Exit.void : Exit.fail(error))
  }
}

const nanosOf = (timeMs: number): bigint => BigInt(timeMs) * NANOS_PER_MS
