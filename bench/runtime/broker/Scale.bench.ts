// 1,000 partitions and 2,000 idle connections on one broker: how long it takes to start again with them,
// what they hold in memory, and what they do to the produce latency of one active connection, beside the
// same of an empty broker in the same run. One batch of ten records at a time, acks=1.
import * as fs from "node:fs"
import * as net from "node:net"
import { CreateTopics } from "../../../src/domain/protocol/CreateTopics.ts"
import { RecordBatchBuilder } from "../../../src/domain/record/RecordBatchBuilder.ts"
import * as Bench from "../../Bench.ts"
import * as KafkaFrames from "../../versus/KafkaFrames.ts"
import * as Programs from "../../versus/Programs.ts"
import { RawClient } from "../../versus/RawClient.ts"

const PARTITIONS = Bench.parameter("PARTITIONS", 20, 1000)
const CONNECTIONS = Bench.parameter("CONNECTIONS", 20, 2000)
const REQUESTS = Bench.parameter("REQUESTS", 50, 5000)
const ROUNDS = Bench.parameter("ROUNDS", 1, 5)

const records = (): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 65536 })
  for (let i = 0; i < 10; i++) builder.append(Date.now(), null, Buffer.alloc(250, "v"))
  return builder.seal({})
}

const createTopic = (name: string, partitions: number): Buffer =>
  KafkaFrames.request(CreateTopics, 7, {
    topics: [{
      name,
      numPartitions: partitions,
      replicationFactor: 1,
      assignments: [],
      configs: []
    }],
    timeoutMs: 30_000,
    validateOnly: false
  })

const latencies = async (port: number): Promise<ReadonlyArray<number>> => {
  const client = await RawClient.connect(port)
  await client.request(KafkaFrames.metadata("active"))
  const frame = KafkaFrames.produce("active", 0, records(), 1)
  const samples: Array<number> = []
  for (let i = 0; i < REQUESTS; i++) {
    const start = performance.now()
    await client.request(frame)
    samples.push(performance.now() - start)
  }
  client.close()
  return samples.slice(REQUESTS / 5)
}

const connectIdle = (port: number): Promise<net.Socket> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => resolve(socket))
    socket.once("error", reject)
  })

const directory = fs.mkdtempSync("/tmp/mymq-scale-")
const first = await Programs.brokerOn(directory)
const client = await RawClient.connect(first.port)
await client.request(createTopic("many", PARTITIONS))
for (let partition = 0; partition < PARTITIONS; partition++) {
  await client.request(KafkaFrames.produce("many", partition, records(), 1))
}
client.close()
await first.end()

const started = performance.now()
const loaded = await Programs.brokerOn(directory)
const startWall = (performance.now() - started) / 1000
const startCpu = Bench.cpuSeconds(loaded.pid)
const idle: Array<net.Socket> = []
for (let i = 0; i < CONNECTIONS; i++) idle.push(await connectIdle(loaded.port))
const resident = Bench.residentMegabytes(loaded.pid)
const empty = await Programs.broker()
const loadedMedians: Array<number> = []
const emptyMedians: Array<number> = []
const loadedTails: Array<number> = []
const emptyTails: Array<number> = []
for (let round = 0; round < ROUNDS; round++) {
  const onLoaded = await latencies(loaded.port)
  const onEmpty = await latencies(empty.port)
  loadedMedians.push(Bench.median(onLoaded))
  emptyMedians.push(Bench.median(onEmpty))
  loadedTails.push(Bench.percentile(onLoaded, 0.99))
  emptyTails.push(Bench.percentile(onEmpty, 0.99))
}
for (const socket of idle) socket.destroy()
await loaded.stop()
await empty.stop()

const ratio = Bench.median(loadedMedians) / Bench.median(emptyMedians)
console.log(Bench.table([{
  partitions: PARTITIONS,
  connections: CONNECTIONS,
  "start CPU s": startCpu,
  "start wall s": startWall,
  "RSS MB": resident,
  "produce p50 ms": Bench.median(loadedMedians),
  "empty p50 ms": Bench.median(emptyMedians),
  "p50 ratio": ratio,
  "produce p99 ms": Bench.median(loadedTails),
  "empty p99 ms": Bench.median(emptyTails)
}]))
