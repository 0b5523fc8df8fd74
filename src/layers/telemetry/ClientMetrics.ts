// The names of a client's metrics, in one place, and the one way to offer them: a number that the program keeps
// anyway is read when metrics are scraped, so that nothing is paid for it before. A series goes with the scope
// of what it tells of.
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type * as Scope from "effect/Scope"

const counter = (name: string, description: string) =>
  Metric.counter(name, { description, incremental: true })

export const producerRecords = counter(
  "mymq_producer_records_total",
  "Records that brokers have acknowledged, or that were sent with acks 0."
)
export const producerFailedRecords = counter(
  "mymq_producer_failed_records_total",
  "Records whose callbacks got an error."
)
export const producerBatches = counter(
  "mymq_producer_batches_total",
  "Batches put on the wire, each time that they were."
)
export const producerRetries = counter(
  "mymq_producer_retries_total",
  "Batches put on the wire again."
)
export const producerRequests = counter(
  "mymq_producer_requests_total",
  "Produce requests sent."
)
export const producerBytes = counter(
  "mymq_producer_bytes_total",
  "Bytes of batches put on the wire, compressed where they are."
)
export const producerBufferBytes = Metric.gauge("mymq_producer_buffer_bytes", {
  description: "Bytes of records, uncompressed, that are not answered yet."
})
export const producerWaiting = Metric.gauge("mymq_producer_waiting", {
  description: "Callers that wait for room in the buffer."
})

export const consumerRecords = counter(
  "mymq_consumer_records_total",
  "Records that were delivered to the application."
)
export const consumerBytes = counter(
  "mymq_consumer_bytes_total",
  "Bytes of batches that were fetched, compressed where they are."
)
export const consumerFetches = counter(
  "mymq_consumer_fetches_total",
  "Fetch requests sent."
)
export const consumerBufferBytes = Metric.gauge("mymq_consumer_buffer_bytes", {
  description: "Bytes of batches that were fetched and are not delivered yet."
})
export const consumerLag = Metric.gauge("mymq_consumer_lag", {
  description: "Records of a partition that are not delivered yet, as of its last fetch."
})

/** Offers a counter whose value is `read`, until the scope closes. */
export const count = (
  metric: Metric.Counter<number>,
  attributes: Metric.Metric.AttributeSet,
  read: () => number
): Effect.Effect<void, never, Scope.Scope> =>
  registered(attributes, (context) =>
    Metric.registerUnsafe(metric, context, {
      get: () => ({ count: read(), incremental: true }),
      update: () => {},
      modify: () => {}
    }))

/** The same of a gauge. */
export const measure = (
  metric: Metric.Gauge<number>,
  attributes: Metric.Metric.AttributeSet,
  read: () => number
): Effect.Effect<void, never, Scope.Scope> =>
  registered(attributes, (context) =>
    Metric.registerUnsafe(metric, context, {
      get: () => ({ value: read() }),
      update: () => {},
      modify: () => {}
    }))

const registered = (
  attributes: Metric.Metric.AttributeSet,
  register: (context: Context.Context<never>) => Metric.Registration
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.contextWith((context: Context.Context<never>) =>
      Effect.sync(() =>
        register(Context.add(context, Metric.CurrentMetricAttributes, {
          ...Context.get(context, Metric.CurrentMetricAttributes),
          ...attributes
        }))
      )
    ),
    (registration) => Effect.sync(registration.remove)
  ).pipe(Effect.asVoid)
