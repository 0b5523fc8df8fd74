// A span for each poll that gave something, and for each chunk of a stream, with OpenTelemetry's names for
// messaging. Where they are not wanted there is no object of this class, and nothing is paid.
// Source: OpenTelemetry semantic conventions for messaging, and for Kafka.
import * as Context from "effect/Context"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import type * as Tracer from "effect/Tracer"
import type { ConsumerRecord } from "./ConsumerRecord.ts"

const NANOS_PER_MS = 1_000_000n

export interface PollSpansOptions {
  readonly tracer: Tracer.Tracer
  readonly clientId: string
  readonly groupId: string | undefined
  readonly nowMs: () => number
}

export class PollSpans {
  private readonly options: PollSpansOptions

  constructor(options: PollSpansOptions) {
    this.options = options
  }

  /** A poll begins; call what comes back with what it has given. */
  begin(): (records: ReadonlyArray<ConsumerRecord>) => void {
    const { clientId, groupId, nowMs, tracer } = this.options
    const startTime = nanosOf(nowMs())
    return (records) => {
      const [first] = records
      if (first === undefined) return
      const { partition, topic } = first
      const isOne = records.at(-1)!.topic === topic && records.at(-1)!.partition === partition
      const span = tracer.span({
        name: isOne ? `poll ${topic}` : "poll",
        parent: Option.none(),
        annotations: Context.empty(),
        links: [],
        startTime,
        kind: "consumer",
        root: true,
        sampled: true
      })
      span.attribute("messaging.system", "kafka")
      span.attribute("messaging.operation.name", "poll")
      span.attribute("messaging.operation.type", "receive")
      span.attribute("messaging.client.id", clientId)
      span.attribute("messaging.batch.message_count", records.length)
      if (groupId !== undefined) span.attribute("messaging.consumer.group.name", groupId)
      if (isOne) {
        span.attribute("messaging.destination.name", topic)
        span.attribute("messaging.destination.partition.id", `${partition}`)
        span.attribute("messaging.kafka.offset", first.offset)
      }
      span.end(nanosOf(nowMs()), Exit.void)
    }
  }
}

const nanosOf = (timeMs: number): bigint => BigInt(timeMs) * NANOS_PER_MS
