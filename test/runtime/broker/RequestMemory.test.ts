// The bound on request bytes held by all connections together.
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import { RequestMemory } from "../../../src/runtime/broker/RequestMemory.ts"

const withLimit = (bytes: string) =>
  RequestMemory.layer.pipe(
    Layer.provide(BrokerConfig.layerTest({
      "queued.max.request.bytes": bytes,
      "socket.request.max.bytes": "100"
    }))
  )

it.effect("makes everybody wait once it is used up, until enough is released", () =>
  Effect.gen(function*() {
    const memory = yield* RequestMemory
    memory.hold(60)
    yield* memory.available
    memory.hold(60)
    const waiting = yield* Effect.forkChild(memory.available, { startImmediately: true })
    const other = yield* Effect.forkChild(memory.available, { startImmediately: true })
    memory.release(10)
    yield* Effect.yieldNow
    assert.isUndefined(waiting.pollUnsafe())
    memory.release(20)
    yield* Effect.yieldNow
    assert.isDefined(waiting.pollUnsafe())
    assert.isDefined(other.pollUnsafe())
    assert.strictEqual(memory.heldBytes(), 90)
  }).pipe(Effect.provide(withLimit("100"))))

it.effect("has no end without a limit", () =>
  Effect.gen(function*() {
    const memory = yield* RequestMemory
    memory.hold(1e15)
    yield* memory.available
  }).pipe(Effect.provide(withLimit("-1"))))
