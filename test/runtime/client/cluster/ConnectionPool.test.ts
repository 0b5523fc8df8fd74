// Connections by broker and lane, and what is kept of those that are gone.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ClientConfig } from "../../../../src/layers/config/ClientConfig.ts"
import { Transport } from "../../../../src/layers/transport/Transport.ts"
import * as ClientError from "../../../../src/runtime/client/ClientError.ts"
import { ConnectionPool } from "../../../../src/runtime/client/cluster/ConnectionPool.ts"
import * as Scripted from "../../../world/ScriptedBroker.ts"

describe("ConnectionPool", () => {
  it.effect("keeps nothing of lanes that have ended", () =>
    Effect.gen(function*() {
      const config = yield* ClientConfig
      const pool = new ConnectionPool(yield* Transport, config, yield* Effect.scope)
      const [address] = config.bootstrapServers
      for (let lane = 0; lane < 10; lane++) {
        const connection = yield* pool.get(address!, `fetch/${lane}`)
        assert.strictEqual(pool.count, 1)
        connection.end(ClientError.closed("the consumer is closed"))
        assert.strictEqual(pool.count, 0)
      }
      const first = yield* pool.get(address!, "main")
      first.end(ClientError.closed("the connection broke"))
      const second = yield* pool.get(address!, "main")
      assert.strictEqual(pool.opened(address!, "main"), second)
    }).pipe(Effect.provide(Scripted.layer())))
})
