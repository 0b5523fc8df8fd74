// The memory transport keeps the contract, in fair weather and foul.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/testing/TestClock"
import * as MemoryTransport from "../../../src/layers/transport/MemoryTransport.ts"
import { ask, connect, echo, failed, framed, listen, suite, takeCount } from "./TransportSuite.ts"

describe("MemoryTransport", () => {
  suite(MemoryTransport.layer)

  it.effect("cuts what is written into odd pieces", () =>
    Effect.gen(function*() {
      const network = yield* MemoryTransport.MemoryNetwork
      const { address } = yield* listen({}, echo)
      const client = yield* connect(address)
      for (const chunkBytes of [1, 3, 7]) {
        yield* network.setWeather({ chunkBytes })
        yield* client.write(["alpha", "", "beta"].flatMap((text) => framed(Buffer.from(text))))
        const frames = yield* takeCount(client, 3)
        assert.deepStrictEqual(frames.map(String), ["alpha", "", "beta"])
      }
    }).pipe(Effect.provide(MemoryTransport.layer)))

  it.effect("a delay holds bytes back by the clock and keeps their order", () =>
    Effect.gen(function*() {
      const network = yield* MemoryTransport.MemoryNetwork
      const { address } = yield* listen({}, echo)
      const client = yield* connect(address)
      yield* network.setWeather({ delayMs: 100 })
      const slow = yield* Effect.forkChild(client.write(framed(Buffer.from("slow"))), {
        startImmediately: true
      })
      yield* network.setWeather({ delayMs: 0 })
      const quick = yield* Effect.forkChild(client.write(framed(Buffer.from("quick"))), {
        startImmediately: true
      })
      yield* TestClock.adjust(99)
      assert.isUndefined(slow.pollUnsafe())
      assert.isUndefined(quick.pollUnsafe())
      yield* TestClock.adjust(1)
      yield* Fiber.join(slow)
      yield* Fiber.join(quick)
      const frames = yield* takeCount(client, 2)
      assert.deepStrictEqual(frames.map(String), ["slow", "quick"])
    }).pipe(Effect.provide(MemoryTransport.layer)))

  it.effect("a cut fails both ends and leaves the listener", () =>
    Effect.gen(function*() {
      const network = yield* MemoryTransport.MemoryNetwork
      const cutAway = yield* listen({}, echo)
      const spared = yield* listen({}, echo)
      const client = yield* connect(cutAway.address)
      const other = yield* connect(spared.address)
      yield* network.cut(cutAway.address.port)
      const error = yield* failed(client.take)
      assert.strictEqual(error.message, "io: the network cut the connection")
      assert.strictEqual((yield* failed(client.write([Buffer.from("x")]))).reason, "io")
      assert.strictEqual(yield* ask(other, "still here"), "still here")
      assert.strictEqual(yield* ask(yield* connect(cutAway.address), "again"), "again")
    }).pipe(Effect.provide(MemoryTransport.layer)))

  it.effect("idle time follows the clock, and activity begins it anew", () =>
    Effect.gen(function*() {
      const { address } = yield* listen({ idleMs: 1_000 }, echo)
      const client = yield* connect(address)
      yield* TestClock.adjust(900)
      assert.strictEqual(yield* ask(client, "one"), "one")
      yield* TestClock.adjust(999)
      assert.strictEqual(yield* ask(client, "two"), "two")
      yield* TestClock.adjust(1_000)
      assert.strictEqual((yield* failed(client.take)).reason, "closed")
    }).pipe(Effect.provide(MemoryTransport.layer)))

  it.effect("refuses TLS rather than pretending", () =>
    Effect.gen(function*() {
      const error = yield* failed(listen({ tls: { cert: "", key: "" } }, echo))
      assert.strictEqual(error.message, "tls: the memory transport speaks no TLS")
    }).pipe(Effect.provide(MemoryTransport.layer)))
})
