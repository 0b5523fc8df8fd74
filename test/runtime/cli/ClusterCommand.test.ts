// `mymq cluster` as a program, against brokers that are programs too: in plain text, and over TLS.
import { assert, describe, it } from "@effect/vitest"
import { BrokerProcess, tls } from "../../interop/BrokerProcess.ts"
import * as Mymq from "../../world/Mymq.ts"

describe("mymq cluster info", () => {
  it("tells of the brokers and what lies on their disks", async () => {
    const broker = await BrokerProcess.start()
    try {
      const address = broker.address()
      await Mymq.mymq(address, "topics", "create", "orders", "--partitions", "3")
      const { code, stderr, stdout } = await Mymq.mymq(address, "cluster", "info")
      assert.deepStrictEqual([code, stderr], [0, ""])
      const [head, table] = stdout.split("\n\n")
      assert.match(head!, /^cluster {5}[\w-]{22}\ncontroller {2}1\ntopics {6}1\n/)
      const [row] = Mymq.rows(table!)
      assert.deepStrictEqual(row!.slice(0, 3), ["1", address, "3"])
      const apis = await Mymq.mymq(address, "cluster", "info", "--apis")
      assert.match(apis.stdout, /^ +1 +18 +ApiVersions +0-4 +4$/m)
      const info = JSON.parse((await Mymq.mymq(address, "cluster", "info", "--json")).stdout) as {
        readonly controllerId: number
        readonly brokers: ReadonlyArray<Record<string, unknown>>
      }
      assert.strictEqual(info.controllerId, 1)
      assert.deepInclude(info.brokers[0]!, { nodeId: 1 })
    } finally {
      await broker.dispose()
    }
  })

  it("speaks TLS with a certificate of its own, and tells why it is not believed", async () => {
    const broker = await BrokerProcess.start({
      listeners: "SSL://localhost:0",
      "ssl.keystore.certificate.chain": tls("server.pem"),
      "ssl.keystore.key": tls("server.key"),
      "ssl.truststore.certificates": tls("ca.pem"),
      "ssl.client.auth": "required"
    })
    try {
      const address = broker.address("SSL")
      const files = ["--ca", tls("ca.pem"), "--cert", tls("client.pem"), "--key", tls("client.key")]
      const told = await Mymq.mymq(address, "cluster", "info", ...files)
      assert.deepStrictEqual([told.code, told.stderr], [0, ""])
      assert.match(told.stdout, /^controller {2}1$/m)
      const stranger = await Mymq.mymq(address, "cluster", "info", "--tls")
      assert.deepStrictEqual([stranger.code, stranger.stdout], [1, ""])
      assert.match(stranger.stderr, /^mymq: localhost:\d+: .*certificate.*\n$/)
    } finally {
      await broker.dispose()
    }
  })
})
