// A topic of many partitions, with a batch of ten records in each or with none: how long it takes to make them, to
// write to each for the first time (which makes its directory durable), and to stop; then, again and again, to
// start with them, and what they hold in memory.
import { CreateTopics } from "../../../src/domain/protocol/CreateTopics.ts"
import * as Api from "../../../src/domain/wire/Api.ts"
import { Reader } from "../../../src/domain/wire/Reader.ts"
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import type { RawClient } from "../../versus/RawClient.ts"
import * as SampleBatch from "../../versus/SampleBatch.ts"
import * as StartedBroker from "./StartedBroker.ts"

const TOPIC = "many"
const VERSION = 7
const BATCH_RECORDS = 10
const IN_FLIGHT = 50
/** Of the answer: correlation id and no tags. */
const HEADER_BYTES = 5
const CONFIGS = { durability: "os" }

export class PartitionGrowth {
  readonly partitions: number
  readonly hasRecords: boolean
  readonly starts: Array<StartedBroker.Start> = []
  createS = 0
  writeS = 0
  writeCpuS = 0
  stopS = 0
  private readonly directory = Programs.scratchDirectory()

  constructor(partitions: number, hasRecords: boolean) {
    this.partitions = partitions
    this.hasRecords = hasRecords
  }

  async fill(): Promise<void> {
    const broker = await StartedBroker.start(this.directory, CONFIGS)
    const started = performance.now()
    await create(broker.client, this.partitions)
    const created = performance.now()
    const cpu = Bench.cpuSeconds(broker.program.pid)
    if (this.hasRecords) {
      const { bytes } = SampleBatch.make(65_536, BATCH_RECORDS)
      const frame = (partition: number) => KafkaFrames.produce(TOPIC, partition, bytes, 1)
      await broker.client.run(this.partitions, IN_FLIGHT, frame)
    }
    this.createS = (created - started) / 1000
    this.writeS = (performance.now() - created) / 1000
    this.writeCpuS = Bench.cpuSeconds(broker.program.pid) - cpu
    this.stopS = await StartedBroker.end(broker)
  }

  async measure(): Promise<void> {
    const broker = await StartedBroker.start(this.directory, CONFIGS)
    this.starts.push(broker.start)
    await StartedBroker.end(broker)
  }

  remove(): void {
    Programs.removeScratch(this.directory)
  }
}

const create = async (client: RawClient, partitions: number): Promise<void> => {
  const answer = await client.request(KafkaFrames.request(CreateTopics, VERSION, {
    topics: [{
      name: TOPIC,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: []
    }],
    timeoutMs: 120_000,
    validateOnly: false
  }))
  const { topics } = Api.responseCodec(CreateTopics, VERSION)
    .decode(new Reader(answer, HEADER_BYTES))
  if (topics[0]!.errorCode !== 0) throw new Error(`error ${topics[0]!.errorCode}: no topic`)
}
