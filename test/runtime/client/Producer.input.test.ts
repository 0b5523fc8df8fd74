// A producer that is given what no type would allow, as programs in JavaScript do: the record is refused, and
// everything else goes on.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import type { ProducerRecord } from "../../../src/runtime/client/producer/ProducerRecord.ts"
import * as ProducerWorld from "../../world/ProducerWorld.ts"

const record = (value: string) => ({ topic: "orders", value })

const WRONG: Readonly<Record<string, object>> = {
  "a number as value": { value: 42 },
  "an object as value": { value: { id: 1 } },
  "a number as key": { key: 42, value: "a" },
  "headers as an object": { value: "a", headers: { trace: "1" } },
  "a header that is a number": { value: "a", headers: [["trace", 1]] },
  "a header without a value": { value: "a", headers: [["trace"]] },
  "a header without a name": { value: "a", headers: [[undefined, Buffer.from("a")]] }
}

describe("Producer and records that are none", () => {
  for (const [what, wrong] of Object.entries(WRONG)) {
    it.effect(`refuses ${what}, whether the topic is known or not`, () =>
      Effect.gen(function*() {
        yield* ProducerWorld.createTopic("orders")
        const producer = yield* Producer
        const given = { topic: "orders", ...wrong } as unknown as ProducerRecord
        const early = yield* Effect.flip(producer.send(given))
        yield* producer.send(record("before"))
        const late = yield* Effect.flip(producer.send(given))
        yield* producer.send(record("after"))
        yield* producer.flush
        assert.strictEqual(early.reason._tag, "InvalidArgument")
        assert.strictEqual(late.reason._tag, "InvalidArgument")
        const logged = yield* ProducerWorld.logged("orders")
        assert.deepStrictEqual(logged.map(({ value }) => value), ["before", "after"])
      }).pipe(Effect.provide(ProducerWorld.layer())))
  }

  it.effect("serves others after one has thrown", () =>
    Effect.gen(function*() {
      yield* ProducerWorld.createTopic("orders")
      const producer = yield* Producer
      const nothing = null as unknown as ProducerRecord
      assert.isTrue(Exit.hasDies(yield* Effect.exit(producer.sendAll([nothing]))))
      const { offset } = yield* producer.send(record("after"))
      assert.strictEqual(offset, 0)
    }).pipe(Effect.provide(ProducerWorld.layer())))
})
