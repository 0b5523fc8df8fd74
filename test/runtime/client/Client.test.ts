// The layer of a client: one cluster for all that is built on it, and another for each call.
import { assert, describe, it } from "@effect/vitest"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Client from "../../../src/runtime/client/Client.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"

class Seen extends Context.Service<Seen, Cluster["Service"]>()("test/Seen") {}
class AlsoSeen extends Context.Service<AlsoSeen, Cluster["Service"]>()("test/AlsoSeen") {}

const first = Client.layer({ bootstrapServers: "127.0.0.1:1" })
const second = Client.layer({ bootstrapServers: "127.0.0.1:2" })

const both = (one: Layer.Layer<Cluster>, other: Layer.Layer<Cluster>) =>
  Layer.mergeAll(
    Layer.effect(Seen, Effect.map(Cluster, (cluster) => cluster)).pipe(Layer.provide(one)),
    Layer.effect(AlsoSeen, Effect.map(Cluster, (cluster) => cluster)).pipe(Layer.provide(other))
  )

const ports = Effect.gen(function*() {
  const clusters = [yield* Seen, yield* AlsoSeen]
  return clusters.map(({ config }) => config.bootstrapServers[0]!.port)
})

describe("Client", () => {
  it.effect("is another cluster for each call, in one program too", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* ports, [1, 2])
    }).pipe(Effect.provide(both(first, second))))

  it.effect("is one cluster for all that is built on it", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* Seen, yield* AlsoSeen)
    }).pipe(Effect.provide(both(first, first))))
})
