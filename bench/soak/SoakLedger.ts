// What was acknowledged and what was read of it, offset by offset. Each partition has one writer that knows the
// offset of every record before it is written, and puts it into the record: so an acknowledgement, and a
// record read, is right or wrong by itself, and at the end the counts must be equal.
import { Histogram } from "../../src/runtime/cli/bench/Histogram.ts"
import type { ConsumerRecord } from "../../src/runtime/client/consumer/ConsumerRecord.ts"
import type { Latency, LoadSample } from "./SoakMessages.ts"
import * as Settings from "./SoakSettings.ts"

const PROBLEMS_MAX = 20

const ACKS = new Map(Settings.LANES.map(({ acks, topic }) => [topic, acks]))

const latencyOf = (micros: Histogram): Latency => ({
  p50Ms: micros.percentile(0.5) / 1000,
  p99Ms: micros.percentile(0.99) / 1000
})

/** How far each partition of each topic is. */
class Progress {
  total = 0
  private readonly next = new Map(
    Settings.TOPICS.map((topic) => [topic, new Float64Array(Settings.PARTITIONS)])
  )

  of(topic: string): Float64Array {
    return this.next.get(topic)!
  }

  has(other: Progress): boolean {
    return Settings.TOPICS.every((topic) =>
      other.of(topic).every((next, partition) => this.of(topic)[partition]! >= next)
    )
  }
}

export class SoakLedger {
  readonly problems: Array<string> = []
  readonly acked = new Progress()
  /** By the stream, which gives each record once. */
  readonly streamed = new Progress()
  /** By the group, whose members may give a record again after a rebalance. */
  readonly grouped = new Progress()
  groupedAgain = 0
  /** Of the group, because a rebalance was faster. */
  refusedCommits = 0
  reread = 0
  private micros = { 1: new Histogram(), all: new Histogram() }

  problem(detail: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push(detail)
  }

  /** An acknowledgement for the next record of the partition. */
  acknowledged(
    topic: string,
    partition: number,
    offset: number,
    error: Error | undefined
  ): void {
    const next = this.acked.of(topic)
    if (error !== undefined) return this.problem(`${topic}-${partition}: ${error.message}`)
    if (offset !== next[partition]) {
      this.problem(
        `${topic}-${partition}: ${offset} was acknowledged after ${next[partition]! - 1}`
      )
    }
    next[partition] = offset + 1
    this.acked.total++
  }

  /** Records of one partition, in their order. */
  tookStreamed(topic: string, partition: number, records: ReadonlyArray<ConsumerRecord>): void {
    const next = this.streamed.of(topic)
    const nowMs = performance.now()
    const micros = this.micros[ACKS.get(topic)!]
    for (const record of records) {
      const { offset, value } = record
      if (offset !== next[partition]) this.unexpected("streamed", record, next[partition]!)
      next[partition] = offset + 1
      this.checkHead(record, value!)
      micros.record((nowMs - value!.readDoubleBE(0)) * 1000)
    }
    this.streamed.total += records.length
  }

  tookGrouped(records: ReadonlyArray<ConsumerRecord>): void {
    for (const record of records) {
      const { offset, partition, topic } = record
      const next = this.grouped.of(topic)
      if (offset < next[partition]!) {
        this.groupedAgain++
        continue
      }
      if (offset > next[partition]!) this.unexpected("polled", record, next[partition]!)
      next[partition] = offset + 1
      this.grouped.total++
    }
  }

  checkHead(record: ConsumerRecord, value: Buffer): void {
    const { offset, partition, topic } = record
    if (value.readDoubleBE(8) === offset) return
    this.problem(`${topic}-${partition}: the record at ${offset} holds ${value.readDoubleBE(8)}`)
  }

  private unexpected(
    how: string,
    { offset, partition, topic }: ConsumerRecord,
    next: number
  ): void {
    this.problem(`${topic}-${partition}: ${offset} was ${how} where ${next} had to come`)
  }

  /** Of records since the last call. */
  takeLatency(): Pick<LoadSample, "latency" | "syncedLatency"> {
    const { 1: unsynced, all: synced } = this.micros
    this.micros = { 1: new Histogram(), all: new Histogram() }
    return { latency: latencyOf(unsynced), syncedLatency: latencyOf(synced) }
  }

  /** Whether both ways to read have come to what was acknowledged. */
  get isSettled(): boolean {
    return this.streamed.has(this.acked) && this.grouped.has(this.acked)
  }

  /** At the end: nothing lost, nothing that nobody wrote. */
  settle(): void {
    for (const topic of Settings.TOPICS) {
      for (const [partition, acked] of this.acked.of(topic).entries()) {
        const streamed = this.streamed.of(topic)[partition]
        const grouped = this.grouped.of(topic)[partition]
        if (streamed === acked && grouped === acked) continue
        this.problem(
          `${topic}-${partition}: ${acked} acknowledged, ${streamed} streamed, ${grouped} polled`
        )
      }
    }
  }
}
