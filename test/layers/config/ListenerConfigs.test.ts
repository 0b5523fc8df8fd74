// Which doors are opened, with which protocol, and what clients are told to dial.
import { assert, describe, it } from "@effect/vitest"
import * as ListenerConfigs from "../../../src/layers/config/ListenerConfigs.ts"

const read = (configs: Readonly<Record<string, string>>, hasCertificate = false) =>
  ListenerConfigs.of((name) => configs[name] ?? "", hasCertificate)

const server = {
  "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
  "advertised.listeners": "PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093",
  "controller.listener.names": "CONTROLLER",
  "listener.security.protocol.map": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL"
}

describe("listeners", () => {
  it("without an advertised address leave it to what clients dialled", () => {
    assert.deepStrictEqual(read({ listeners: "PLAINTEXT://127.0.0.1:0" }), {
      listeners: [
        {
          name: "PLAINTEXT",
          protocol: "PLAINTEXT",
          host: "127.0.0.1",
          port: 0,
          advertised: undefined
        }
      ],
      problems: []
    })
  })

  it("of Kafka's controller are not opened, as in the file that Kafka comes with", () => {
    assert.deepStrictEqual(read(server), {
      listeners: [
        {
          name: "PLAINTEXT",
          protocol: "PLAINTEXT",
          host: "0.0.0.0",
          port: 9092,
          advertised: { host: "localhost", port: 9092 }
        }
      ],
      problems: []
    })
  })

  it("have the protocol that their name is mapped to", () => {
    const { listeners, problems } = read({
      "listeners": "INTERNAL://a:1,EXTERNAL://b:2",
      "listener.security.protocol.map": "INTERNAL:PLAINTEXT,EXTERNAL:SSL"
    }, true)
    assert.deepStrictEqual(listeners.map(({ protocol }) => protocol), ["PLAINTEXT", "SSL"])
    assert.deepStrictEqual(problems, [])
  })
})

describe("refuses", () => {
  const refused: ReadonlyArray<readonly [Record<string, string>, RegExp]> = [
    [{ listeners: "here" }, /^Invalid value for configuration listeners: "here" is not a listen/],
    [
      { "listeners": "PLAINTEXT://a:1", "advertised.listeners": "there" },
      /^Invalid value for configuration advertised\.listeners: "there"/
    ],
    [{ listeners: "SSL://a:1" }, /^The listener SSL needs a certificate: set ssl\.keystore/],
    [{ listeners: "SASL_SSL://a:1" }, /has the protocol SASL_SSL, but SASL comes later/],
    [{ listeners: "MINE://a:1" }, /map names of your own with .*protocol\.map=MINE:PLAINTEXT$/],
    [
      { "listeners": "PLAINTEXT://a:1", "advertised.listeners": "SSL://b:1" },
      /^advertised\.listeners names SSL, which is not among the listeners: PLAINTEXT$/
    ],
    [
      { "listeners": "PLAINTEXT://a:1", "advertised.listeners": "PLAINTEXT://0.0.0.0:1" },
      /^advertised\.listeners needs a host and a port that clients can dial for PLAINTEXT/
    ],
    [
      { "listeners": "PLAINTEXT://a:1", "advertised.listeners": "PLAINTEXT://b:0" },
      /^advertised\.listeners needs a host and a port/
    ],
    [
      { "listeners": "A://a:1,PLAINTEXT://a:1", "listener.security.protocol.map": "A:PLAINTEXT" },
      /^The listeners A and PLAINTEXT have the same address, port 1$/
    ],
    [
      { "listeners": "PLAINTEXT://a:1", "controller.listener.names": "plaintext" },
      /^All listeners are in controller\.listener\.names/
    ]
  ]
  for (const [configs, sentence] of refused) {
    it(JSON.stringify(configs), () => {
      const { problems } = read(configs)
      assert.strictEqual(problems.length, 1, problems.join("\n"))
      assert.match(problems[0]!, sentence)
    })
  }
})
