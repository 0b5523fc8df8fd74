// What a consumer tells of itself: metrics that are read when somebody looks, and spans of its polls.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Tracer from "effect/Tracer"
import * as Consumer from "../../../../src/runtime/client/Consumer.ts"
import * as ConsumerWorld from "../../../world/ConsumerWorld.ts"

const valuesOf = Effect.map(Metric.snapshot, (snapshots) =>
  new Map(
    snapshots.filter(({ id }) => id.startsWith("mymq_consumer_")).map((
      { attributes, id, state }
    ) => [
      attributes?.["partition"] === undefined ? id : `${id} ${attributes["partition"]}`,
      "count" in state ? state.count : "value" in state ? state.value : undefined
    ])
  ))

describe("A consumer's metrics", () => {
  it.effect("are read when they are scraped, and go with the consumer", () =>
    Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders", 2)
      yield* orders.write(ConsumerWorld.numbered(0, 10))
      yield* Effect.scoped(Effect.gen(function*() {
        const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
        yield* consumer.assign([orders.at(0), orders.at(1)])
        yield* consumer.poll(4)
        const values = yield* valuesOf
        assert.strictEqual(values.get("mymq_consumer_records_total"), 4)
        assert.strictEqual(values.get("mymq_consumer_lag 0"), 6)
        assert.strictEqual(values.get("mymq_consumer_lag 1"), 0)
        assert.isAbove(Number(values.get("mymq_consumer_bytes_total")), 100)
        yield* consumer.assign([orders.at(0)])
        assert.isFalse((yield* valuesOf).has("mymq_consumer_lag 1"))
      }))
      assert.strictEqual((yield* valuesOf).size, 0)
    }).pipe(
      Effect.provide(ConsumerWorld.layer()),
      Effect.provideService(Metric.MetricRegistry, new Map())
    ))
})

describe("A consumer's traces", () => {
  it.effect("tell of each poll that gave something, under OpenTelemetry's names", () => {
    const spans: Array<Tracer.Span> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return Effect.gen(function*() {
      const orders = yield* ConsumerWorld.topic("orders")
      yield* orders.write(ConsumerWorld.numbered(0, 10))
      const consumer = yield* Consumer.make({ autoOffsetReset: "earliest", spans: true })
      yield* consumer.assign([orders.at(0)])
      yield* consumer.poll(4)
      const [span] = spans.filter(({ kind }) => kind === "consumer")
      assert.strictEqual(span!.name, "poll orders")
      assert.deepInclude(Object.fromEntries(span!.attributes), {
        "messaging.system": "kafka",
        "messaging.operation.name": "poll",
        "messaging.operation.type": "receive",
        "messaging.destination.name": "orders",
        "messaging.destination.partition.id": "0",
        "messaging.batch.message_count": 4,
        "messaging.kafka.offset": 0
      })
    }).pipe(Effect.provide(ConsumerWorld.layer()), Effect.withTracer(tracer))
  })
})
