// Our client's suite against the built broker. The same cases against Apache Kafka: client.ts.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { BrokerProcess } from "./BrokerProcess.ts"
import * as ClientSuite from "./ClientSuite.ts"

describe("the client", () => {
  let broker: BrokerProcess
  beforeAll(async () => {
    broker = await BrokerProcess.start({
      "group.initial.rebalance.delay.ms": "0",
      "group.consumer.heartbeat.interval.ms": "200"
    })
  })
  afterAll(() => broker.dispose())

  for (const one of ClientSuite.cases) {
    it(one.name, { timeout: 90_000 }, async ({ skip }) => {
      const options = { bootstrapServers: broker.address() }
      const { detail, outcome } = await Effect.runPromise(ClientSuite.run(one, options))
      if (outcome === "skip") skip(detail)
      assert.strictEqual(outcome, "ok", detail)
    })
  }
})
