// One connection to a broker that takes nothing, or that does not answer.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import { ApiVersions } from "../../../../src/domain/protocol/ApiVersions.ts"
import { Produce } from "../../../../src/domain/protocol/Produce.ts"
import type { ClientError } from "../../../../src/runtime/client/ClientError.ts"
import { BrokerConnection } from "../../../../src/runtime/client/cluster/BrokerConnection.ts"
import { passing } from "../../../world/Passing.ts"
import { stuck } from "../../../world/StuckConnection.ts"

const options = {
  address: "127.0.0.1:9092",
  clientId: "test",
  requestTimeoutMs: 1000,
  inFlightMax: 2
}

describe("BrokerConnection", () => {
  it.effect("gives up what is not even written in time, though no answer is waited for", () =>
    Effect.gen(function*() {
      const connection = yield* BrokerConnection.make(stuck, options)
      const body = { transactionalId: null, acks: 0, timeoutMs: 1000, topicData: [] }
      const told: Array<ClientError | undefined> = []
      const written = Effect.callback<void>((resume) => {
        connection.sendUnanswered(Produce, 9, body, (error) => {
          told.push(error)
          resume(Effect.void)
        })
      })
      yield* passing(Effect.timeout(written, "1 minute"), 100)
      assert.deepStrictEqual(told.map((error) => error?.reason._tag), ["RequestTimedOut"])
      assert.isFalse(connection.isOpen)
    }))

  it.effect("sends no more requests than may be in flight; the next when one has ended", () =>
    Effect.gen(function*() {
      let written = 0
      const third = Deferred.makeUnsafe<void>()
      const writeNow = () =>
        Effect.sync(() => {
          if (++written === 3) Deferred.doneUnsafe(third, Effect.void)
        })
      const connection = yield* BrokerConnection.make({ ...stuck, writeNow }, options)
      const ask = connection.requestAt(ApiVersions, 0, {
        clientSoftwareName: "",
        clientSoftwareVersion: ""
      })
      const [first] = yield* Effect.forEach(
        [1, 2, 3],
        () => Effect.forkChild(ask, { startImmediately: true })
      )
      assert.strictEqual(written, 2)
      yield* Fiber.interrupt(first!)
      yield* Deferred.await(third)
    }))
})
