// What a producer tells of itself: metrics that are read when somebody looks, spans of its batches, and the
// header that joins a consumer's trace to a producer's.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import { Producer } from "../../../../src/runtime/client/Producer.ts"
import * as ProducerWorld from "../../../world/ProducerWorld.ts"

const valuesOf = Effect.map(Metric.snapshot, (snapshots) =>
  new Map(
    snapshots.filter(({ id }) => id.startsWith("mymq_producer_")).map(({ id, state }) => [
      id,
      "count" in state ? state.count : "value" in state ? state.value : undefined
    ])
  ))

describe("A producer's metrics", () => {
  it.effect("are read when they are scraped, and go with the producer", () =>
    Effect.gen(function*() {
      const inside = yield* Effect.gen(function*() {
        yield* ProducerWorld.createTopic("orders")
        const producer = yield* Producer
        yield* producer.sendAll([1, 2, 3].map((i) => ({ topic: "orders", value: `${i}` })))
        producer.push({ topic: "orders", partition: 9, value: "nowhere" })
        yield* producer.flush
        return yield* valuesOf
      }).pipe(Effect.provide(ProducerWorld.layer()))
      assert.strictEqual(inside.get("mymq_producer_records_total"), 3)
      assert.strictEqual(inside.get("mymq_producer_failed_records_total"), 1)
      assert.strictEqual(inside.get("mymq_producer_buffer_bytes"), 0)
      assert.strictEqual((yield* valuesOf).size, 0)
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
})

describe("A producer's traces", () => {
  it.effect("tell of each batch under OpenTelemetry's names", () => {
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      yield* producer.sendAll([1, 2, 3].map((i) => ({ topic: "orders", value: `${i}` })))
      const [span] = spans.filter(({ kind }) => kind === "producer")
      assert.strictEqual(span!.name, "send orders")
      assert.deepInclude(Object.fromEntries(span!.attributes), {
        "messaging.system": "kafka",
        "messaging.operation.name": "send",
        "messaging.destination.name": "orders",
        "messaging.destination.partition.id": "0",
        "messaging.batch.message_count": 3,
        "messaging.kafka.offset": 0
      })
    }).pipe(Effect.provide(
      ProducerWorld.layer({ batchSpans: true }).pipe(
        Layer.provideMerge(Layer.succeed(Tracer.Tracer, tracer))
      )
    ))
  })

  it.effect("go with a record that is sent inside a span", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const span = yield* Effect.currentSpan.pipe(
        Effect.tap(producer.send({ topic: "orders", value: "a" })),
        Effect.withSpan("business")
      )
      yield* producer.send({ topic: "orders", value: "outside" })
      const [inside, outside] = yield* ProducerWorld.logged("orders")
      assert.deepStrictEqual(inside!.headers, [
        ["traceparent", `00-${span.traceId}-${span.spanId}-01`]
      ])
      assert.deepStrictEqual(outside!.headers, [])
    }).pipe(Effect.provide(ProducerWorld.layer({ traceContext: true }))))
})
