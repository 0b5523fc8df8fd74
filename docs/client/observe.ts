// What docs/client/observe.md shows, as one program.
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
// #region otlp
import * as FetchHttpClient from "effect/http/FetchHttpClient"
import * as Layer from "effect/Layer"
import * as Otlp from "effect/observability/Otlp"
// #endregion
// #region prometheus
import * as PrometheusMetrics from "effect/observability/PrometheusMetrics"
// #endregion
import * as Stream from "effect/Stream"
// #region continue
import * as Tracer from "effect/Tracer"
// #endregion
import * as Client from "mymq/Client"
// #region continue
import { Consumer, type ConsumerRecord } from "mymq/Consumer"
import * as TraceContext from "mymq/domain/record/TraceContext"
// #endregion
import { Producer } from "mymq/Producer"

// #region spans
const producer = Producer.layer({ traceContext: true, batchSpans: true })
const consumer = Consumer.layer({
  groupId: "billing",
  topics: ["orders"],
  autoOffsetReset: "earliest",
  spans: true
})
// #endregion

// #region send
const placeOrder = Effect.fn("placeOrder")(function*(item: string) {
  const producer = yield* Producer
  yield* producer.send({ topic: "orders", value: item })
  const { traceId } = yield* Effect.currentSpan
  return traceId
})
// #endregion

// #region continue
const parentOf = ({ headers }: ConsumerRecord) => {
  const trace = TraceContext.fromHeaders(headers)
  return trace && Tracer.externalSpan({ ...trace, sampled: trace.isSampled })
}

const bill = Effect.gen(function*() {
  const { traceId } = yield* Effect.currentSpan
  return traceId
})

const billAll = Effect.gen(function*() {
  const consumer = yield* Consumer
  return yield* consumer.records.pipe(
    Stream.mapEffect((order) =>
      Effect.withSpan(bill, "bill", { kind: "consumer", parent: parentOf(order) })
    ),
    Stream.take(1),
    Stream.runCollect
  )
})
// #endregion

// #region prometheus
const printMetrics = Effect.gen(function*() {
  const text = yield* PrometheusMetrics.format()
  const ours = text.split("\n").filter((line) => line.startsWith("mymq_producer_records_total{"))
  yield* Console.log(ours.join("\n"))
})
// #endregion

// #region otlp
const telemetry = Otlp.layerJson({
  baseUrl: "http://127.0.0.1:4318",
  resource: { serviceName: "billing" }
}).pipe(Layer.provide(FetchHttpClient.layer))
// #endregion

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

const kafka = Client.layer({ bootstrapServers: MYMQ_BOOTSTRAP })

Effect.gen(function*() {
  const sent = yield* placeOrder("cup")
  const [billed] = yield* billAll
  yield* Console.log(sent === billed ? "one trace" : "two traces")
  yield* printMetrics
  if (!Layer.isLayer(telemetry)) throw new Error("no layer")
}).pipe(
  Effect.provide(Layer.mergeAll(producer, consumer).pipe(Layer.provide(kafka))),
  NodeRuntime.runMain
)
