// What settings mean as values: units, fallbacks, what contradicts what; and that each has an effect.
import { assert, describe, it } from "@effect/vitest"
import * as BrokerConfigs from "../../../src/domain/config/BrokerConfigs.ts"
import { gather } from "../../../src/layers/config/BrokerConfigSource.ts"
import * as BrokerConfigValues from "../../../src/layers/config/BrokerConfigValues.ts"

const read = (flags: Readonly<Record<string, string>>) => {
  const { entries, problems } = gather({ flags })
  assert.deepStrictEqual(problems, [])
  return BrokerConfigValues.of(entries)
}
const HOUR_MS = 3_600_000
const WEEK_MS = 7 * 24 * HOUR_MS

describe("of several units", () => {
  const retention: ReadonlyArray<readonly [Record<string, string>, number]> = [
    [{}, WEEK_MS],
    [{ "log.retention.hours": "2" }, 2 * HOUR_MS],
    [{ "log.retention.hours": "2", "log.retention.minutes": "3" }, 180_000],
    [{ "log.retention.hours": "2", "log.retention.minutes": "3", "log.retention.ms": "4" }, 4],
    [{ "log.retention.hours": "2", "log.retention.ms": "-1" }, -1],
    [{ "log.retention.hours": "-1" }, -1]
  ]
  for (const [flags, expected] of retention) {
    it(`the finest wins: ${JSON.stringify(flags)}`, () => {
      assert.strictEqual(read(flags).config.logDefaults.retentionMs, expected)
    })
  }

  it("the same for rolls and their jitter", () => {
    const hours = { "log.roll.hours": "1", "log.roll.jitter.hours": "1" }
    const inHours = read(hours).config.logDefaults
    assert.strictEqual(inHours.segmentMs, HOUR_MS)
    assert.strictEqual(inHours.segmentJitterMs, HOUR_MS)
    const finer = { ...hours, "log.roll.ms": "5", "log.roll.jitter.ms": "0" }
    const inMs = read(finer).config.logDefaults
    assert.strictEqual(inMs.segmentMs, 5)
    assert.strictEqual(inMs.segmentJitterMs, 0)
  })

  it("no time to sync is no limit", () => {
    assert.strictEqual(read({}).config.logDefaults.flushMs, Number.MAX_SAFE_INTEGER)
    assert.strictEqual(read({ "log.flush.interval.ms": "0" }).config.logDefaults.flushMs, 0)
  })
})

it("idle connections that are kept for ever have no limit", () => {
  assert.strictEqual(read({ "connections.max.idle.ms": "-1" }).config.connectionsMaxIdleMs, 0)
})

it("a slash at the end of the directory goes, but not that of the root", () => {
  assert.strictEqual(read({ "log.dirs": "/data//" }).config.logDir, "/data")
  assert.strictEqual(read({ "log.dirs": "/" }).config.logDir, "/")
})

describe("refuses", () => {
  const refused: ReadonlyArray<readonly [Record<string, string>, string]> = [
    [
      { "log.dirs": "/a,/b" },
      "log.dirs must name one directory; this broker does not spread data over several"
    ],
    [
      { "log.retention.ms": "0" },
      "log.retention.ms, .minutes or .hours must be at least 1, or -1 to keep records for ever"
    ],
    [
      { "queued.max.request.bytes": "1000" },
      "queued.max.request.bytes (1000) must be at least socket.request.max.bytes (104857600), or " +
      "-1 for no limit"
    ]
  ]
  for (const [flags, sentence] of refused) {
    it(JSON.stringify(flags), () => assert.deepStrictEqual(read(flags).problems, [sentence]))
  }
})

describe("a setting that has an effect changes a value", () => {
  const another: Readonly<Record<string, string>> = {
    "listeners": "PLAINTEXT://127.0.0.1:1",
    "advertised.listeners": "PLAINTEXT://a:1",
    "listener.security.protocol.map": "PLAINTEXT:SSL",
    "controller.listener.names": "PLAINTEXT",
    "durability": "os",
    "log.cleanup.policy": "",
    "log.message.timestamp.type": "LogAppendTime",
    "compression.type": "gzip",
    "broker.id": "7",
    "fetch.max.bytes": "2048",
    "log.segment.bytes": "2048",
    "log.cleaner.dedupe.buffer.size": "2048",
    "log.cleaner.io.buffer.load.factor": "0.5",
    "log.cleaner.min.cleanable.ratio": "0.1",
    "group.consumer.migration.policy": "upgrade"
  }
  const withoutTls = BrokerConfigs.definitions.filter(({ isEffective, name }) =>
    isEffective && !name.startsWith("ssl.")
  )
  const { entries: _, ...standard } = read({}).config
  for (const { defaultValue, name, type } of withoutTls) {
    it(name, () => {
      const flipped = defaultValue === "true" ? "false" : "true"
      const text = another[name] ?? (type === "BOOLEAN" ? flipped : "5")
      const { entries: _, ...config } = read({ [name]: text }).config
      assert.notDeepEqual(config, standard)
    })
  }
})
