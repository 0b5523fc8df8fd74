// The flags that say which broker to talk to, as a command gets them.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import * as CliOutput from "effect/cli/CliOutput"
import * as Command from "effect/cli/Command"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as BrokerFlags from "../../../src/runtime/cli/BrokerFlags.ts"
import * as ExitCode from "../../../src/runtime/cli/ExitCode.ts"

const parse = (line: string, environment: Record<string, string> = {}) =>
  Effect.gen(function*() {
    const targets: Array<BrokerFlags.BrokerTarget> = []
    const command = Command.make(
      "ls",
      { broker: BrokerFlags.flags },
      ({ broker }) => Effect.map(BrokerFlags.target(broker), (target) => void targets.push(target))
    )
    const run = Command.runWith(command, { version: "1" })
    yield* run(line.split(" ").filter((word) => word !== ""))
    return targets[0]!
  }).pipe(
    Effect.provide([
      NodeServices.layer,
      ConfigProvider.layer(ConfigProvider.fromEnv({ env: environment })),
      CliOutput.layerPresenter({ present: () => Effect.void })
    ])
  )

const refusal = (line: string) =>
  Effect.map(Effect.exit(parse(line)), (exit) => ({
    code: ExitCode.of(exit),
    text: JSON.stringify(exit)
  }))

describe("broker flags", () => {
  it.effect("reach the broker of this machine in plain text when nothing is said", () =>
    Effect.map(parse(""), (target) =>
      assert.deepStrictEqual(target, {
        bootstrap: [{ host: "127.0.0.1", port: 9092 }],
        tls: undefined,
        sasl: undefined
      })))

  it.effect("win over MYMQ_BOOTSTRAP, which wins over the default", () =>
    Effect.gen(function*() {
      const environment = { MYMQ_BOOTSTRAP: "one:1" }
      const hosts = (line: string) =>
        Effect.map(parse(line, environment), ({ bootstrap }) => bootstrap.map(({ host }) => host))
      assert.deepStrictEqual(yield* hosts(""), ["one"])
      assert.deepStrictEqual(yield* hosts("--bootstrap two"), ["two"])
    }))

  it.effect("take several brokers, ports that are not said, and addresses of version 6", () =>
    Effect.map(
      parse("--bootstrap a:1,b,[::1]:3"),
      ({ bootstrap }) =>
        assert.deepStrictEqual(bootstrap, [
          { host: "a", port: 1 },
          { host: "b", port: 9092 },
          { host: "::1", port: 3 }
        ])
    ))

  it.effect("imply TLS by its files, and hold a password with colons", () =>
    Effect.map(
      parse("--ca ca.pem --sasl me:a:b --sasl-mechanism SCRAM-SHA-256"),
      ({ sasl, tls }) => {
        assert.deepStrictEqual(tls, { ca: "ca.pem", cert: undefined, key: undefined })
        assert.deepStrictEqual(sasl, { mechanism: "SCRAM-SHA-256", user: "me", password: "a:b" })
      }
    ))

  it.effect("that make no sense are wrong usage", () =>
    Effect.gen(function*() {
      const lines = [
        "--bootstrap a:b",
        "--bootstrap a:70000",
        "--cert cert.pem",
        "--sasl me",
        "--sasl-mechanism NONE"
      ]
      for (const line of lines) {
        const { code, text } = yield* refusal(line)
        assert.strictEqual(code, ExitCode.WRONG_USAGE, `${line}: ${text}`)
      }
    }))
})
