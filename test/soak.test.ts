// The soak is believed when it says that nothing was lost and nothing grows: so what it would say if it were
// otherwise is held here.
import { assert, describe, it } from "@effect/vitest"
import { SoakLedger } from "../bench/soak/SoakLedger.ts"
import { SoakPace } from "../bench/soak/SoakPace.ts"
import type { SoakSample } from "../bench/soak/SoakProbe.ts"
import * as SoakReport from "../bench/soak/SoakReport.ts"
import * as Settings from "../bench/soak/SoakSettings.ts"
import * as SoakVerdict from "../bench/soak/SoakVerdict.ts"
import type { ConsumerRecord } from "../src/runtime/client/consumer/ConsumerRecord.ts"

const [TOPIC, OTHER] = Settings.TOPICS as [string, string]
const lane = (share: number): Settings.LaneSettings => ({ ...Settings.LANES[0]!, share })

const record = (offset: number, held = offset): ConsumerRecord => {
  const value = Buffer.alloc(100)
  value.writeDoubleBE(performance.now() - 1, 0)
  value.writeDoubleBE(held, 8)
  return { topic: TOPIC, partition: 1, offset, value } as ConsumerRecord
}

/** As many acknowledged, streamed and polled, in order. */
const ledgerOf = (acked: number, streamed: number, grouped: number): SoakLedger => {
  const ledger = new SoakLedger()
  for (let i = 0; i < acked; i++) ledger.acknowledged(TOPIC, 1, i, undefined)
  ledger.tookStreamed(TOPIC, 1, Array.from({ length: streamed }, (_, i) => record(i)))
  ledger.tookGrouped(Array.from({ length: grouped }, (_, i) => record(i)))
  return ledger
}

describe("the ledger", () => {
  it("is settled when both ways have read what was acknowledged", () => {
    assert.isFalse(ledgerOf(3, 2, 3).isSettled)
    assert.isFalse(ledgerOf(3, 3, 2).isSettled)
    const ledger = ledgerOf(3, 3, 3)
    assert.isTrue(ledger.isSettled)
    ledger.settle()
    assert.deepStrictEqual(ledger.problems, [])
  })

  it("tells of what was lost, and of what nobody acknowledged", () => {
    for (const [acked, streamed, grouped] of [[3, 2, 3], [3, 3, 2], [2, 3, 3]] as const) {
      const ledger = ledgerOf(acked, streamed, grouped)
      ledger.settle()
      assert.deepStrictEqual(ledger.problems, [
        `${TOPIC}-1: ${acked} acknowledged, ${streamed} streamed, ${grouped} polled`
      ])
    }
  })

  it("tells of a hole, and of a stream that gives a record twice", () => {
    const hole = ledgerOf(0, 2, 2)
    hole.tookStreamed(TOPIC, 1, [record(3)])
    hole.tookGrouped([record(3)])
    assert.deepStrictEqual(hole.problems, [
      `${TOPIC}-1: 3 was streamed where 2 had to come`,
      `${TOPIC}-1: 3 was polled where 2 had to come`
    ])
    const twice = ledgerOf(0, 2, 0)
    twice.tookStreamed(TOPIC, 1, [record(1)])
    assert.lengthOf(twice.problems, 1)
  })

  it("counts what a group gives again, which it may", () => {
    const ledger = ledgerOf(2, 2, 2)
    ledger.tookGrouped([record(0), record(1)])
    ledger.settle()
    assert.deepStrictEqual(ledger.problems, [])
    assert.strictEqual(ledger.groupedAgain, 2)
  })

  it("tells of a record that holds another one's bytes", () => {
    const ledger = ledgerOf(0, 0, 0)
    ledger.tookStreamed(TOPIC, 1, [record(0, 7)])
    assert.deepStrictEqual(ledger.problems, [`${TOPIC}-1: the record at 0 holds 7`])
  })

  it("tells of a send that failed, and of an offset that was skipped", () => {
    const ledger = new SoakLedger()
    ledger.acknowledged(OTHER, 0, -1, new Error("no"))
    ledger.acknowledged(OTHER, 0, 1, undefined)
    assert.deepStrictEqual(ledger.problems, [
      `${OTHER}-0: no`,
      `${OTHER}-0: 1 was acknowledged after -1`
    ])
  })

  it("measures each interval by itself", () => {
    const ledger = ledgerOf(0, 10, 0)
    const none = { p50Ms: 0, p99Ms: 0 }
    const taken = ledger.takeLatency()
    assert.isAbove(taken.latency.p99Ms, 0)
    assert.deepStrictEqual(taken.syncedLatency, none)
    assert.deepStrictEqual(ledger.takeLatency(), { latency: none, syncedLatency: none })
  })
})

describe("the pace", () => {
  it("lets nobody be left behind while the maximum is sought", () => {
    const ledger = ledgerOf(9, 9, 3)
    const pace = new SoakPace(ledger)
    const window = pace.due(lane(1), 0) - 3
    ledger.tookGrouped([record(3), record(4)])
    assert.strictEqual(pace.due(lane(1), 0), window + 5)
    assert.strictEqual(pace.due(lane(0.5), 0), (window + 5) / 2)
    pace.isHeld = true
    assert.strictEqual(pace.due(lane(1), 0), 0)
  })

  it("gives each record its time, one behind the other", () => {
    const pace = new SoakPace(new SoakLedger())
    pace.start(2000)
    assert.closeTo(pace.dueMs(lane(0.5), 110, 100) - pace.dueMs(lane(0.5), 100, 100), 10, 1e-6)
    assert.isAtLeast(pace.due(lane(0.5), 100), 100)
    pace.isOver = true
    assert.strictEqual(pace.due(lane(0.5), 100), 0)
  })

  it("waits for readers that retention would overtake, and tells of the delay", () => {
    const ledger = new SoakLedger()
    const pace = new SoakPace(ledger)
    pace.start(1e12)
    const kept = Settings.RETENTION_BYTES / 300 * Settings.PARTITIONS
    const allowed = pace.allowed(lane(1), 0)
    assert.isBelow(allowed, kept * 0.6)
    // One partition alone is not enough.
    ledger.tookStreamed(TOPIC, 1, [record(0)])
    ledger.tookGrouped([record(0)])
    assert.strictEqual(pace.allowed(lane(1), 0), allowed)
    assert.isAbove(pace.due(lane(1), 0), allowed)
  })
})

const samplesOf = (minutes: number, rssAt: (minute: number) => number): ReadonlyArray<SoakSample> =>
  Array.from({ length: minutes * 12 }, (_, i) => {
    const seconds = (i + 1) * 5
    const others = Object.fromEntries(
      Object.keys(NOTHING).map((name) => [name, i % 2])
    ) as unknown as SoakSample
    return { ...others, seconds, brokerRss: rssAt(seconds / 60) }
  })

const NOTHING: SoakSample = {
  seconds: 0,
  brokerRss: 0,
  brokerHeap: 0,
  brokerBuffers: 0,
  brokerDescriptors: 0,
  brokerCpuPercent: 0,
  loadRss: 0,
  loadHeap: 0,
  loadDescriptors: 0,
  loadCpuPercent: 0,
  diskMegabytes: 0,
  messagesPerS: 0,
  p50Ms: 0,
  p99Ms: 0,
  syncedP50Ms: 0,
  syncedP99Ms: 0,
  lateMs: 0,
  brokerStallMs: 0,
  loadStallMs: 0
}

describe("the verdict", () => {
  const rss = (samples: ReadonlyArray<SoakSample>) =>
    SoakVerdict.rowsOf(samples).find(({ figure }) => figure.startsWith("broker RSS"))!

  it("finds a leak of a megabyte a minute below noise, and no other", () => {
    const noise = (minute: number) => 10 * Math.sin(minute * 40)
    const leaking = rss(samplesOf(30, (minute) => 200 + minute + noise(minute)))
    assert.closeTo(leaking.perMinute, 1, 0.1)
    assert.isBelow(leaking.error, 0.1)
    const flat = rss(samplesOf(30, (minute) => 200 + noise(minute)))
    assert.closeTo(flat.perMinute, 0, 0.1)
  })

  it("does not take the warm-up for a leak", () => {
    const warming = rss(samplesOf(30, (minute) => 200 + Math.min(minute, 5) * 20))
    assert.closeTo(warming.perMinute, 0, 0.01)
    assert.isBelow(warming.first, warming.last)
  })

  it("sets the first five minutes beside the last, of a short run the thirds", () => {
    const long = samplesOf(30, (minute) => minute)
    assert.strictEqual(SoakVerdict.windowOf(long), 300)
    assert.closeTo(rss(long).first, 2.5, 0.1)
    assert.closeTo(rss(long).last, 27.5, 0.1)
    assert.strictEqual(SoakVerdict.windowOf(samplesOf(3, () => 1)), 60)
  })

  it("says nothing of two points", () => {
    assert.deepStrictEqual(SoakVerdict.slopeOf([0, 60], [1, 2]), { perMinute: 0, error: Infinity })
    assert.deepStrictEqual(SoakVerdict.slopeOf([0, 60, 120], [1, 2, 3]).perMinute, 1)
  })
})

describe("the report", () => {
  it("is a table with a line for each sample", () => {
    const [head, first, ...rest] = SoakReport.csvOf(samplesOf(1, () => 123.456)).trimEnd().split(
      "\n"
    )
    assert.strictEqual(head!.split(",").length, first!.split(",").length)
    assert.include(head, "brokerRss")
    assert.include(first, "123.5")
    assert.lengthOf(rest, 11)
  })

  it("plots every figure at its time", () => {
    const samples = samplesOf(2, (minute) => minute)
    const plot = SoakReport.plotOf(samples, "", [])
    assert.strictEqual(plot.kind, "lines")
    if (plot.kind !== "lines") return
    assert.lengthOf(plot.times, samples.length)
    for (const { series } of plot.panels) {
      for (const { values } of series) assert.lengthOf(values, samples.length)
    }
  })
})
