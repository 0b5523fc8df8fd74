// python3-confluent-kafka (librdkafka, from Debian) against the built broker: confluent_checks.py.
import { assert, describe, it } from "@effect/vitest"
import { spawn } from "node:child_process"
import * as path from "node:path"
import { BrokerProcess, hasConfluent } from "./BrokerProcess.ts"

const script = path.join(import.meta.dirname, "confluent_checks.py")

describe.skipIf(!hasConfluent)("confluent-kafka (apt-get install python3-confluent-kafka)", () => {
  it("finds everything as it should be", { timeout: 90_000 }, async () => {
    const broker = await BrokerProcess.start({ "auto.create.topics.enable": "false" })
    const output = await new Promise<string>((resolve) => {
      const child = spawn("/usr/bin/python3", [script, broker.address()])
      let text = ""
      child.stdout.on("data", (chunk: Buffer) => {
        text += chunk.toString()
      })
      child.stderr.on("data", (chunk: Buffer) => {
        text += chunk.toString()
      })
      child.once("close", () => resolve(text))
    })
    await broker.dispose()
    assert.notMatch(output, /FAIL|Traceback/)
    assert.strictEqual(output.match(/^ok /gm)?.length, 6, output)
  })
})
