// Which settings a producer has when little is said, and which make no sense.
import { assert, describe, it } from "@effect/vitest"
import * as ProducerOptions from "../../../../src/runtime/client/producer/ProducerOptions.ts"

describe("ProducerOptions", () => {
  it("are Kafka's where nothing is said: all acknowledge, idempotent, 5 ms of linger", () => {
    const { acks, deliveryTimeoutMs, enableIdempotence, lingerMs } = ProducerOptions.make()
    assert.deepStrictEqual(
      { acks, deliveryTimeoutMs, enableIdempotence, lingerMs },
      { acks: "all", deliveryTimeoutMs: 120_000, enableIdempotence: true, lingerMs: 5 }
    )
  })

  it("give idempotence up where something else is asked for that excludes it", () => {
    assert.isFalse(ProducerOptions.make({ acks: 1 }).enableIdempotence)
    assert.isFalse(ProducerOptions.make({ inFlightRequestsMax: 6 }).enableIdempotence)
    assert.isTrue(ProducerOptions.make({ acks: undefined }).enableIdempotence)
  })

  const senseless: ReadonlyArray<readonly [ProducerOptions.ProducerOptions, RegExp]> = [
    [{ acks: 1, enableIdempotence: true }, /needs acks "all"/],
    [{ inFlightRequestsMax: 6, enableIdempotence: true }, /at most 5/],
    [{ acks: 2 as never }, /acks is 2/],
    [{ lingerMs: -1 }, /lingerMs is -1/],
    [{ batchBytesMax: 0.5 }, /batchBytesMax is 0.5/],
    [{ compression: "brotli" as never }, /brotli/],
    [{ lingerMs: 10, deliveryTimeoutMs: 5 }, /deliveryTimeoutMs is below lingerMs/]
  ]
  for (const [options, problem] of senseless) {
    it(`refuse ${JSON.stringify(options)}`, () => {
      assert.throws(() => ProducerOptions.make(options), problem)
    })
  }
})
