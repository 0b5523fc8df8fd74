// What TLS needs, out of the ssl.* settings.
import { assert, describe, it } from "@effect/vitest"
import * as BrokerConfigs from "../../../src/domain/config/BrokerConfigs.ts"
import * as SslConfigs from "../../../src/layers/config/SslConfigs.ts"

const read = (configs: Readonly<Record<string, string>>) =>
  SslConfigs.of((name) => configs[name] ?? BrokerConfigs.definitionOf(name)?.defaultValue ?? "")

const pair = { "ssl.keystore.certificate.chain": "cert.pem", "ssl.keystore.key": "key.pem" }

describe("TLS", () => {
  it("is undefined without a certificate", () => {
    assert.deepStrictEqual(read({}), { ssl: undefined, problems: [] })
  })

  it("takes certificate and key, and leaves the rest to defaults", () => {
    assert.deepStrictEqual(read(pair), {
      ssl: {
        certificate: "cert.pem",
        key: "key.pem",
        keyPassphrase: undefined,
        trust: undefined,
        clientAuth: "none",
        protocols: ["TLSv1.2", "TLSv1.3"],
        cipherSuites: undefined
      },
      problems: []
    })
  })

  it("takes both from one file, and trust from another", () => {
    const { problems, ssl } = read({
      "ssl.keystore.location": "both.pem",
      "ssl.key.password": "secret",
      "ssl.truststore.location": "ca.pem",
      "ssl.client.auth": "required"
    })
    assert.deepStrictEqual(problems, [])
    assert.deepStrictEqual([ssl?.certificate, ssl?.key], ["both.pem", "both.pem"])
    assert.strictEqual(ssl?.keyPassphrase, "secret")
    assert.strictEqual(ssl?.trust, "ca.pem")
    assert.strictEqual(ssl?.clientAuth, "required")
  })

  it("takes suites by either name, in their order", () => {
    const suites = "TLS_AES_256_GCM_SHA384, TLS_DHE_RSA_WITH_AES_128_CBC_SHA256,AES128-SHA"
    const { problems, ssl } = read({ ...pair, "ssl.cipher.suites": suites })
    assert.deepStrictEqual(problems, [])
    assert.strictEqual(
      ssl?.cipherSuites,
      "TLS_AES_256_GCM_SHA384:DHE-RSA-AES128-SHA256:AES128-SHA"
    )
  })

  it("leaves expressions of OpenSSL to OpenSSL", () => {
    const { problems, ssl } = read({ ...pair, "ssl.cipher.suites": "HIGH:!aNULL:@STRENGTH" })
    assert.deepStrictEqual(problems, [])
    assert.strictEqual(ssl?.cipherSuites, "HIGH:!aNULL:@STRENGTH")
  })
})

describe("refuses", () => {
  const refused: ReadonlyArray<readonly [Record<string, string>, RegExp]> = [
    [
      { "ssl.keystore.key": "key.pem" },
      /certificate\.chain and ssl\.keystore\.key must be given t/
    ],
    [{ ...pair, "ssl.client.auth": "required" }, /needs the authorities .* set ssl\.truststore/],
    [{ ...pair, "ssl.enabled.protocols": " " }, /must name at least one of TLSv1\.2, TLSv1\.3$/],
    [{ "ssl.keystore.location": "a.JKS" }, /location: it must be a PEM file; key stores of Java/],
    [{ "ssl.truststore.location": "a.p12" }, /truststore\.location: it must be a PEM file/],
    [
      { ...pair, "ssl.cipher.suites": "AES128-SHA,NO-SUCH-SUITE" },
      /"NO-SUCH-SUITE" for configuration ssl\.cipher\.suites: OpenSSL has no such suite/
    ],
    [{ ...pair, "ssl.cipher.suites": "TLS_NO_SUCH_SHA256" }, /"TLS_NO_SUCH_SHA256" .* no such suit/]
  ]
  for (const [configs, sentence] of refused) {
    it(JSON.stringify(configs), () => {
      const { problems } = read(configs)
      assert.strictEqual(problems.length, 1, problems.join("\n"))
      assert.match(problems[0]!, sentence)
    })
  }
})
