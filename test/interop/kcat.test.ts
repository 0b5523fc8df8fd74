// kcat (librdkafka, from Debian) against the built broker, over TCP and TLS.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { BrokerProcess, hasKcat, tls } from "./BrokerProcess.ts"
import { kcat } from "./Kcat.ts"

const lines = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${i} ${"abcdefgh".repeat(12)}\n`).join("")

const clientCertificate = [
  "-X",
  "security.protocol=SSL",
  "-X",
  `ssl.ca.location=${tls("ca.pem")}`,
  "-X",
  `ssl.certificate.location=${tls("client.pem")}`,
  "-X",
  `ssl.key.location=${tls("client.key")}`
]

describe.skipIf(!hasKcat)("kcat (apt-get install kcat)", () => {
  let broker: BrokerProcess
  beforeAll(async () => {
    broker = await BrokerProcess.start({
      listeners: "PLAINTEXT://127.0.0.1:0,SSL://127.0.0.1:0",
      "ssl.keystore.certificate.chain": tls("server.pem"),
      "ssl.keystore.key": tls("server.key"),
      "ssl.truststore.certificates": tls("ca.pem"),
      "ssl.client.auth": "required"
    })
  })
  afterAll(() => broker.dispose())

  const produce = (topic: string, args: ReadonlyArray<string>, input: Buffer | string) =>
    kcat(broker.address(), ["-P", "-t", topic, "-p", "0", ...args], input)
  const consume = (topic: string, ...args: ReadonlyArray<string>) =>
    kcat(broker.address(), ["-C", "-t", topic, "-p", "0", "-e", "-q", ...args])

  for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) {
    it(`gets back what it sent: ${codec}`, async () => {
      const input = lines(2000)
      assert.strictEqual((await produce(`codec-${codec}`, ["-z", codec], input)).code, 0)
      const { stdout } = await consume(`codec-${codec}`, "-o", "beginning", "-X", "check.crcs=true")
      assert.strictEqual(stdout.toString(), input)
    })
  }

  it("keeps keys, headers, null and empty apart", async () => {
    await produce("parts", ["-K:", "-Z", "-H", "a=1", "-H", "b=two"], "k1:\nk2:v\n")
    const { stdout } = await consume("parts", "-f", "%k %S %h;")
    assert.strictEqual(stdout.toString(), "k1 -1 a=1,b=two;k2 1 a=1,b=two;")
  })

  it("carries 900 kB in one message, and is told when one is too large", async () => {
    const large = Buffer.alloc(900_000, 7)
    const args = ["-D", "\u0001", "-X", "message.max.bytes=3000000"]
    assert.strictEqual((await produce("large", args, large)).code, 0)
    const { stdout } = await consume("large", "-D", "")
    assert.isTrue(stdout.equals(large))
    const refused = await produce("large", args, Buffer.alloc(1_500_000, 7))
    assert.match(refused.stderr, /message size too large/i)
  })

  it("reads from the beginning, an offset, the tail and a time", async () => {
    await produce("offsets", [], "0\n1\n2\n3\n")
    const from = async (offset: string) =>
      (await consume("offsets", "-o", offset)).stdout.toString().replaceAll("\n", ",")
    assert.deepStrictEqual(
      [await from("beginning"), await from("2"), await from("-1"), await from("end")],
      ["0,1,2,3,", "2,3,", "3,", ""]
    )
    assert.strictEqual(await from(`s@${Date.now() - 60_000}`), "0,1,2,3,")
    const query = await kcat(broker.address(), ["-Q", "-t", "offsets:0:1"])
    assert.match(query.stdout.toString(), /offset 0/)
  })

  it("writes idempotently, in order", async () => {
    const args = ["-X", "enable.idempotence=true", "-X", "batch.num.messages=50"]
    await produce("idempotent", args, lines(3000))
    assert.strictEqual((await consume("idempotent")).stdout.toString(), lines(3000))
  })

  it("produces and consumes over TLS with a certificate, by TLS 1.3 and by an older suite", async () => {
    const suites = [
      [],
      ["-X", "ssl.cipher.suites=DHE-RSA-AES128-SHA256:@SECLEVEL=0"]
    ]
    for (const [i, suite] of suites.entries()) {
      const secure = [...clientCertificate, ...suite]
      const topic = `tls-${i}`
      const sent = await kcat(
        broker.address("SSL"),
        ["-P", "-t", topic, "-p", "0", ...secure],
        "x\n"
      )
      assert.strictEqual(sent.code, 0, sent.stderr)
      const args = ["-C", "-t", topic, "-p", "0", "-e", "-q", ...secure]
      assert.strictEqual((await kcat(broker.address("SSL"), args)).stdout.toString(), "x\n")
    }
  })

  it("is refused over TLS without a certificate", async () => {
    const secure = clientCertificate.slice(0, 4)
    const listed = await kcat(broker.address("SSL"), ["-L", "-m", "3", ...secure])
    assert.notStrictEqual(listed.code, 0)
  })
})
