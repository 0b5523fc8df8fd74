// A log of some size, filled at full speed; how long the broker takes to start with it after a clean stop, with its
// files in the page cache and taken out of it; and how long a fetch of one batch at a random offset takes, the
// first time (cold: index not loaded, bytes on the device, checksums not yet looked at) and a second time (warm).
// Beside the cold fetches: bare reads of as many bytes at random places of the same files, which is the device.
import * as fs from "node:fs"
import * as path from "node:path"
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as PageCache from "../../versus/PageCache.ts"
import * as Programs from "../../versus/Programs.ts"
import type { RawClient } from "../../versus/RawClient.ts"
import * as SampleBatch from "../../versus/SampleBatch.ts"
import * as StartedBroker from "./StartedBroker.ts"

const REQUESTS = Bench.parameter("REQUESTS", 20, 400)
const BATCH = Bench.parameter("BATCH", 65_536, 65_536)
const SEGMENT_MEGABYTES = Bench.parameter("SEGMENT_MEGABYTES", 1, 1024)
const TOPIC = "grown"
const IN_FLIGHT = 5

const CONFIGS = {
  "auto.create.topics.enable": "true",
  "num.partitions": "1",
  durability: "os",
  "log.segment.bytes": String(SEGMENT_MEGABYTES * 1024 * 1024)
}
/** Nothing is made by being asked for. */
const RESTART_CONFIGS = { ...CONFIGS, "auto.create.topics.enable": "false" }

export interface Sample {
  readonly warm: StartedBroker.Start
  readonly cold: StartedBroker.Start
  readonly cachedShare: number | undefined
  readonly bareMs: ReadonlyArray<number>
  readonly coldMs: ReadonlyArray<number>
  readonly warmMs: ReadonlyArray<number>
}

export class LogGrowth {
  readonly megabytes: number
  readonly samples: Array<Sample> = []
  fillS = 0
  stopS = 0
  private readonly directory = Programs.scratchDirectory()
  private readonly batch = SampleBatch.make(BATCH)
  private readonly batches: number

  constructor(megabytes: number) {
    this.megabytes = megabytes
    this.batches = Math.ceil(megabytes * 1e6 / this.batch.bytes.length)
  }

  async fill(): Promise<void> {
    const broker = await StartedBroker.start(this.directory, CONFIGS)
    await broker.client.request(KafkaFrames.metadata(TOPIC))
    const frame = KafkaFrames.produce(TOPIC, 0, this.batch.bytes, 1)
    const start = performance.now()
    await broker.client.run(this.batches, IN_FLIGHT, () => frame)
    this.fillS = (performance.now() - start) / 1000
    this.stopS = await StartedBroker.end(broker)
  }

  async measure(): Promise<void> {
    const first = await StartedBroker.start(this.directory, RESTART_CONFIGS)
    await StartedBroker.end(first)
    PageCache.drop(this.directory)
    const bareMs = this.bareReads()
    PageCache.drop(this.directory)
    const cachedShare = PageCache.share(this.directory)
    const second = await StartedBroker.start(this.directory, RESTART_CONFIGS)
    const offsets = Array.from(
      { length: REQUESTS },
      () => Math.floor(Math.random() * this.batches * this.batch.records)
    )
    const coldMs = await this.fetches(second.client, offsets)
    const warmMs = await this.fetches(second.client, offsets)
    await StartedBroker.end(second)
    const { start: warm } = first
    const { start: cold } = second
    this.samples.push({ warm, cold, cachedShare, bareMs, coldMs, warmMs })
  }

  private async fetches(
    client: RawClient,
    offsets: ReadonlyArray<number>
  ): Promise<ReadonlyArray<number>> {
    const samples: Array<number> = []
    for (const offset of offsets) {
      const frame = KafkaFrames.fetch(TOPIC, 0, offset, this.batch.bytes.length)
      const start = performance.now()
      const bytes = await client.ask(frame)
      samples.push(performance.now() - start)
      if (bytes < this.batch.bytes.length) throw new Error(`nothing came from offset ${offset}`)
    }
    return samples
  }

  private bareReads(): ReadonlyArray<number> {
    const files = fs.readdirSync(path.join(this.directory, `${TOPIC}-0`))
      .filter((name) => name.endsWith(".log"))
      .map((name) => fs.openSync(path.join(this.directory, `${TOPIC}-0`, name), "r"))
    const target = Buffer.alloc(this.batch.bytes.length)
    const samples = Array.from({ length: REQUESTS }, () => {
      const file = files[Math.floor(Math.random() * files.length)]!
      const position = Math.floor(Math.random() * fs.fstatSync(file).size)
      const start = performance.now()
      fs.readSync(file, target, 0, target.length, position)
      return performance.now() - start
    })
    for (const file of files) fs.closeSync(file)
    return samples
  }

  remove(): void {
    Programs.removeScratch(this.directory)
  }
}
