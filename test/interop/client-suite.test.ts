// Our client's suite against the built broker, and some of it over TLS with a certificate of the client. The
// same cases against Apache Kafka: client.ts.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fs from "node:fs"
import * as path from "node:path"
import type { ClientOptions } from "../../src/runtime/client/Client.ts"
import { BrokerProcess, tls } from "./BrokerProcess.ts"
import * as ClientSuite from "./ClientSuite.ts"

let broker: BrokerProcess
beforeAll(async () => {
  broker = await BrokerProcess.start({
    listeners: "PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0",
    "ssl.keystore.certificate.chain": tls("server.pem"),
    "ssl.keystore.key": tls("server.key"),
    "ssl.truststore.certificates": tls("ca.pem"),
    "ssl.client.auth": "required",
    "group.initial.rebalance.delay.ms": "0",
    "group.consumer.heartbeat.interval.ms": "200"
  })
})
afterAll(() => broker.dispose())

const holds = (cases: typeof ClientSuite.cases, options: () => ClientOptions) => {
  for (const one of cases) {
    it(one.name, { timeout: 90_000 }, async ({ skip }) => {
      const { detail, outcome } = await Effect.runPromise(ClientSuite.run(one, options()))
      if (outcome === "skip") skip(detail)
      assert.strictEqual(outcome, "ok", detail)
    })
  }
}

describe("the client", () => {
  it("has all its cases in the list", () => {
    const list = fs.readFileSync(path.join(import.meta.dirname, "client-suite.md"), "utf8")
    const [cases] = list.split("\n# Faults")
    const listed = cases!.split("\n").filter((line) => line.startsWith("| ")).slice(2)
      .map((line) => line.split(" | ")[0]!.slice(2))
    assert.deepStrictEqual(listed, ClientSuite.cases.map(({ name }) => name))
  })

  holds(ClientSuite.cases, () => ({ bootstrapServers: broker.address() }))
})

describe("the client over TLS", () => {
  const pem = (name: string) => fs.readFileSync(tls(name), "utf8")
  const some = /zstd|3 MB|pushed record|cooperative-sticky|tells the cluster/
  holds(ClientSuite.cases.filter(({ name }) => some.test(name)), () => ({
    bootstrapServers: broker.address("SSL"),
    tls: { ca: pem("ca.pem"), cert: pem("client.pem"), key: pem("client.key") }
  }))
})
