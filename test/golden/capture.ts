// Captures the golden frames anew: real clients speak to Apache Kafka through a proxy that
// remembers, and the best exchanges of each API and version are written beside this file.
// Run it by hand, as `node test/golden/capture.ts`; it needs what test/oracle/kafka.sh needs, and
// kcat and python3-confluent-kafka. Exchanges are chosen by size: the largest that a person can
// still read, for these carry the most fields; no API and version is left out for its size alone.
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { type Driver } from "./drivers/Driver.ts"
import { java } from "./drivers/Java.ts"
import { kafkajs } from "./drivers/Kafkajs.ts"
import { codecs, confluent, kcat } from "./drivers/Librdkafka.ts"
import { platformatic } from "./drivers/Platformatic.ts"
import * as GoldenFile from "./GoldenFile.ts"
import * as Oracle from "./Oracle.ts"
import { type Exchange, listen } from "./RecordingProxy.ts"

const BROKER = "Apache Kafka 4.3.1"
const READABLE_BYTES = 1500
const EXCHANGE_BYTES_MAX = 8192
const CLIENTS_PER_VERSION_MAX = 2
/** What clients report about themselves is no part of what a broker must answer. */
const IGNORED = new Set(["GetTelemetrySubscriptions", "PushTelemetry"])

const drivers: ReadonlyArray<Driver> = [kcat, ...codecs, confluent, kafkajs, platformatic, java]

/** Who a frame's comment names: a driver's client, or the broker that comes in by its own door. */
type Speaker = Pick<Driver, "client" | "variant" | "only">
const brokerItself: Speaker = { client: `the broker of ${BROKER} itself`, variant: "broker" }
const BROKER_CLIENT_ID = /^(?:AddPartitionsManager|broker-\d+)/

const speakerOf = (exchange: Exchange): string =>
  BROKER_CLIENT_ID.test(exchange.clientId) ? brokerItself.variant : exchange.driver

const sizeOf = (exchange: Exchange): number => exchange.request.length + exchange.response.length

/** Readable ones first, the largest of them foremost; then the others, the smallest foremost. */
const byWorth = (a: Exchange, b: Exchange): number => {
  const [sizeA, sizeB] = [sizeOf(a), sizeOf(b)]
  const [readableA, readableB] = [sizeA <= READABLE_BYTES, sizeB <= READABLE_BYTES]
  if (readableA !== readableB) return readableA ? -1 : 1
  return readableA ? sizeB - sizeA : sizeA - sizeB
}

interface Chosen {
  readonly exchange: Exchange
  readonly speaker: Speaker
}

/** One exchange a client for each API and version, few clients, but every codec. */
const choose = (
  exchanges: ReadonlyArray<Exchange>,
  names: ReadonlyMap<number, string>
): ReadonlyMap<string, ReadonlyArray<Chosen>> => {
  const chosen = new Map<string, Array<Chosen>>()
  for (const speaker of [...drivers, brokerItself]) {
    const own = exchanges.filter((exchange) => speakerOf(exchange) === speaker.variant)
      .sort(byWorth)
    const seen = new Set<string>()
    for (const exchange of own) {
      const api = names.get(exchange.apiKey)
      const key = `${api}.v${exchange.version}`
      if (api === undefined || seen.has(key) || sizeOf(exchange) > EXCHANGE_BYTES_MAX) continue
      if (IGNORED.has(api) || (speaker.only !== undefined && !speaker.only.includes(api))) continue
      seen.add(key)
      const kept = chosen.get(key) ?? []
      const full = kept.filter((one) => one.speaker.only === undefined).length >=
        CLIENTS_PER_VERSION_MAX
      if (full && speaker.only === undefined) continue
      chosen.set(key, [...kept, { exchange, speaker }])
    }
  }
  return chosen
}

const write = (chosen: ReadonlyMap<string, ReadonlyArray<Chosen>>): number => {
  for (const file of GoldenFile.list()) fs.unlinkSync(file.path)
  const date = new Date().toISOString().slice(0, 10)
  for (const [key, exchanges] of chosen) {
    const [api = "", version = ""] = key.split(".v")
    exchanges.forEach(({ exchange, speaker }, i) => {
      for (const direction of ["request", "response"] as const) {
        const variant = i === 0 ? "" : speaker.variant
        const name = GoldenFile.nameOf({ api, version: Number(version), variant, direction })
        const bytes = exchange[direction]
        GoldenFile.write(path.join(import.meta.dirname, name), [
          `${api} v${version} ${direction}, ${speaker.client} to ${BROKER}, captured ${date}`,
          `client id "${exchange.clientId}", ${bytes.length} bytes with the header`
        ], bytes)
      }
    })
  }
  return chosen.size
}

const say = (line: string): void => void process.stdout.write(line + "\n")

const capture = async (directory: string): Promise<number> => {
  const names = await Oracle.apiNames(path.join(directory, "messages"))
  const brokerPort = 20_000 + Math.floor(Math.random() * 10_000)
  const proxyPort = brokerPort + 2
  const proxy = await listen(proxyPort, brokerPort)
  let failures = 0
  try {
    await Oracle.start(brokerPort, proxyPort, path.join(directory, "broker"))
    for (const driver of drivers) {
      proxy.drivenBy(driver.variant)
      const before = proxy.exchanges.length
      await driver.drive(`127.0.0.1:${proxyPort}`).catch((failure: unknown) => {
        failures += 1
        say(`${driver.client} failed: ${String(failure)}`)
      })
      say(`${driver.client}: ${proxy.exchanges.length - before} exchanges`)
    }
  } finally {
    await Oracle.stop()
    await proxy.close()
  }
  say(`${write(choose(proxy.exchanges, names))} APIs and versions written`)
  return failures
}

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-golden-"))
try {
  process.exitCode = await capture(directory) === 0 ? 0 : 1
} finally {
  fs.rmSync(directory, { recursive: true, force: true })
}
