// Producers of one client beside each other: a broker answers a connection in order, so that one whose records
// have to reach the device must not share its connection with one whose records need not.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ApiVersions } from "../../../src/domain/protocol/ApiVersions.ts"
import { Produce } from "../../../src/domain/protocol/Produce.ts"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import * as Producer from "../../../src/runtime/client/Producer.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"
import * as ScriptedProduce from "../../world/ScriptedProduce.ts"

const world = Layer.merge(
  Scripted.layer({ topics: { slow: [1], quick: [1] } }),
  Compression.layer
)
const make = (acks: 1 | "all") =>
  Producer.make({ lingerMs: 0, acks, enableIdempotence: false, closeTimeoutMs: 0 })

/** What is for "slow" is never answered, and holds up what is behind it on its connection. */
const slowly = (broker: Scripted.ScriptedBroker["Service"]) => {
  broker.on(Produce, (asked) => {
    const [batch] = ScriptedProduce.batchesOf(asked)
    return batch!.topic === "slow"
      ? Effect.never
      : ScriptedProduce.answerOf(batch!, { baseOffset: 0 })
  })
}

describe("producers of one client", () => {
  it.live("do not wait for each other's answers", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      slowly(broker)
      const patient = yield* make("all")
      const hasty = yield* make(1)
      patient.push({ topic: "slow", value: "a" })
      yield* broker.whenAsked(Produce, 1)
      const { offset } = yield* hasty.send({ topic: "quick", value: "b" })
      assert.strictEqual(offset, 0)
    }).pipe(Effect.scoped, Effect.timeout("10 seconds"), Effect.provide(world)))

  it.effect("leave their connection to those who come after them", () =>
    Effect.gen(function*() {
      const broker = yield* Scripted.ScriptedBroker
      slowly(broker)
      const once = Effect.scoped(
        Effect.flatMap(make(1), (producer) => producer.send({ topic: "quick", value: "a" }))
      )
      yield* once
      const connections = broker.asked(ApiVersions).length
      for (let i = 0; i < 5; i++) yield* once
      assert.strictEqual(broker.asked(ApiVersions).length, connections)
    }).pipe(Effect.provide(world)))
})
