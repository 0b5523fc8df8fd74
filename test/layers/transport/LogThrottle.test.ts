// A kind of line appears at once, then rests, then says how many were held back.
import { assert, describe, it } from "@effect/vitest"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as FiberSet from "effect/FiberSet"
import * as Logger from "effect/Logger"
import * as TestClock from "effect/testing/TestClock"
import { LogThrottle } from "../../../src/layers/transport/LogThrottle.ts"

describe("LogThrottle", () => {
  it.effect("lets one line of a kind through in ten seconds and counts the rest", () => {
    const lines: Array<string> = []
    const logger = Logger.make(({ message }) => {
      lines.push(String(message))
    })
    return Effect.gen(function*() {
      const fibers = yield* FiberSet.make<void>()
      const run = yield* FiberSet.runtime(fibers)()
      const log = new LogThrottle(yield* Clock.Clock, run)
      for (let count = 0; count < 4; count++) log.warn("tls", `handshake ${count}`)
      log.warn("accept", "another kind")
      yield* TestClock.adjust("10 seconds")
      log.warn("tls", "handshake 4")
      yield* TestClock.adjust("10 seconds")
      log.warn("tls", "handshake 5")
      yield* FiberSet.awaitEmpty(fibers)
      assert.deepStrictEqual(lines, [
        "handshake 0",
        "another kind",
        "handshake 4 (and 3 more like it since the last such line)",
        "handshake 5"
      ])
    }).pipe(Effect.provide(Logger.layer([logger])))
  })
})
