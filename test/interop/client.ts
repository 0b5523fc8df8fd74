// node test/interop/client.ts HOST:PORT [PART OF A NAME]
//
// Runs our client's suite against whatever broker listens there, Apache Kafka for instance, and prints a line
// a case. SASL: MYMQ_SUITE_SASL=MECHANISM:USER:PASSWORD; TLS: MYMQ_SUITE_CA=FILE, and
// MYMQ_SUITE_CERT=FILE with MYMQ_SUITE_KEY=FILE for a certificate of the client.
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as fs from "node:fs"
import type { SaslOptions } from "../../src/layers/config/ClientConfig.ts"
import type { ClientOptions } from "../../src/runtime/client/Client.ts"
import * as ClientSuite from "./ClientSuite.ts"

const [bootstrapServers = "127.0.0.1:9092", part = ""] = process.argv.slice(2)

const sasl = (given: string | undefined): SaslOptions | undefined => {
  if (given === undefined) return undefined
  const [mechanism, username, password] = given.split(":")
  return {
    mechanism: mechanism as SaslOptions["mechanism"],
    username: username!,
    password: Redacted.make(password!)
  }
}

const pem = (name: string): string | undefined => {
  const file = process.env[`MYMQ_SUITE_${name}`]
  return file === undefined ? undefined : fs.readFileSync(file, "utf8")
}

const tls = { ca: pem("CA"), cert: pem("CERT"), key: pem("KEY") }
const options: ClientOptions = {
  bootstrapServers,
  sasl: sasl(process.env["MYMQ_SUITE_SASL"]),
  tls: tls.ca === undefined ? undefined : (tls as ClientOptions["tls"])
}

const counts = { ok: 0, skip: 0, FAIL: 0 }
for (const one of ClientSuite.cases.filter(({ name }) => name.includes(part))) {
  const { detail, ms, name, outcome } = await Effect.runPromise(ClientSuite.run(one, options))
  counts[outcome]++
  console.log(`${outcome} ${name} (${ms.toFixed(0)} ms)${detail === "" ? "" : `: ${detail}`}`)
}
const { FAIL, ok, skip } = counts
console.log(`${ok} ok, ${skip} skipped, ${FAIL} failed at ${bootstrapServers}`)
process.exitCode = FAIL === 0 && ok > 0 ? 0 : 1
