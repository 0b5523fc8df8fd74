// Broker CPU and wall time per GB for produce and fetch, at 64 KB and 1 MB batches, beside the floor
// that moves the same bytes (versus/floor.ts), interleaved in one run. One connection, five requests
// in flight, one partition, uncompressed records of 250 B, acks=1; CPU is the server process's.
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"
import * as SampleBatch from "../../versus/SampleBatch.ts"

const ROUNDS = Bench.parameter("ROUNDS", 1, 5)
const MEGABYTES = Bench.parameter("MEGABYTES", 8, 500)
const WARM_RUNS = Bench.parameter("WARM_RUNS", 1, 6)
const IN_FLIGHT = 5
const TOPIC = "bench"

interface Sample {
  readonly cpuSecondsPerGb: number
  readonly secondsPerGb: number
}

/** Runs some times for the compilers' sake, which need some seconds, then measures. */
const measure = async (
  { directory, pid }: Programs.Program,
  bytes: number,
  run: () => Promise<void>
): Promise<Sample> => {
  for (let i = 0; i < WARM_RUNS; i++) await run()
  Bench.rest(directory, 1.1 * bytes)
  const cpu = Bench.cpuSeconds(pid)
  const start = performance.now()
  await run()
  const seconds = (performance.now() - start) / 1000
  const gigabytes = bytes / 1e9
  return {
    cpuSecondsPerGb: (Bench.cpuSeconds(pid) - cpu) / gigabytes,
    secondsPerGb: seconds / gigabytes
  }
}

const floorFrame = (kind: number, length: number, position: number): Buffer => {
  const frame = Buffer.alloc(17)
  frame.writeInt32BE(13, 0)
  frame[4] = kind
  frame.writeInt32BE(length, 5)
  frame.writeBigInt64BE(BigInt(position), 9)
  return frame
}

const floorRound = async (records: Buffer, count: number): Promise<[Sample, Sample]> => {
  const program = await Programs.floor()
  const append = Buffer.concat([Buffer.alloc(5), records])
  append.writeInt32BE(records.length + 1, 0)
  append[4] = 1
  const writer = (await RawClient.connect(program.port)).answersOf(8)
  const produced = await measure(
    program,
    count * records.length,
    () => writer.run(count, IN_FLIGHT, () => append)
  )
  writer.close()
  const reader = await RawClient.connect(program.port)
  const fetched = await measure(
    program,
    count * records.length,
    () => reader.run(count, IN_FLIGHT, (i) => floorFrame(2, records.length, i * records.length))
  )
  reader.close()
  await program.stop()
  return [produced, fetched]
}

const brokerRound = async (
  records: Buffer,
  count: number,
  perBatch: number
): Promise<[Sample, Sample]> => {
  const program = await Programs.broker({
    "auto.create.topics.enable": "true",
    "num.partitions": "1"
  })
  const client = await RawClient.connect(program.port)
  await client.request(KafkaFrames.metadata(TOPIC))
  const produce = KafkaFrames.produce(TOPIC, 0, records, 1)
  const produced = await measure(
    program,
    count * records.length,
    () => client.run(count, IN_FLIGHT, () => produce)
  )
  const fetched = await measure(
    program,
    count * records.length,
    () =>
      client.run(count, IN_FLIGHT, (i) => KafkaFrames.fetch(TOPIC, 0, i * perBatch, records.length))
  )
  client.close()
  await program.stop()
  return [produced, fetched]
}

const rows = []
for (const kilobytes of [64, 1024]) {
  const { bytes: records, records: perBatch } = SampleBatch.make(kilobytes * 1024)
  const count = Math.max(10, Math.round(MEGABYTES * 1e6 / records.length))
  const floors: Array<[Sample, Sample]> = []
  const brokers: Array<[Sample, Sample]> = []
  for (let round = 0; round < ROUNDS; round++) {
    floors.push(await floorRound(records, count))
    brokers.push(await brokerRound(records, count, perBatch))
  }
  for (const [i, path] of ["produce", "fetch"].entries()) {
    const of = (samples: typeof floors, key: keyof Sample) =>
      Bench.median(samples.map((pair) => pair[i]![key]))
    const cpu = of(brokers, "cpuSecondsPerGb")
    const floorCpu = of(floors, "cpuSecondsPerGb")
    rows.push({
      path: `${path} ${kilobytes} KB`,
      "broker CPU s/GB": cpu,
      "floor CPU s/GB": floorCpu,
      "CPU ratio": cpu / floorCpu,
      "broker wall s/GB": of(brokers, "secondsPerGb"),
      "floor wall s/GB": of(floors, "secondsPerGb")
    })
  }
}
console.log(Bench.table(rows))
