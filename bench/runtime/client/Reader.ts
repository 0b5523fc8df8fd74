// Reads a topic of one partition to its end as one client does, in a process of its own, and prints what
// that took: `node Reader.ts CLIENT PORT TOPIC COUNT`. Offset and bytes of each record are checked. The first
// quarter warms up and is not counted.
import { Consumer as PlatformaticConsumer } from "@platformatic/kafka"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Stream from "effect/Stream"
import { Kafka, logLevel } from "kafkajs"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import * as ClientConfig from "../../../src/layers/config/ClientConfig.ts"
import * as NodeTransport from "../../../src/layers/transport/NodeTransport.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import * as Consumer from "../../../src/runtime/client/Consumer.ts"

const [client = "", port = "", topic = "", counted = ""] = process.argv.slice(2)
const count = Number(counted)
const bootstrap = `127.0.0.1:${port}`

/** What Consumer.bench.ts has written. */
const EXPECTED = Buffer.alloc(250, "the quick brown fox jumps over the lazy dog ")

let next = 0

let cpu = 0
let start = 0
const warmUntil = Math.floor(count / 4)

const cpuSeconds = (): number => {
  const { system, user } = process.cpuUsage()
  return (system + user) / 1e6
}

const take = (offset: number, value: Buffer | null): void => {
  if (offset !== next) throw new Error(`offset ${offset} came instead of ${next}`)
  if (next === warmUntil) {
    cpu = cpuSeconds()
    start = performance.now()
  }
  if (value === null || !value.equals(EXPECTED)) throw new Error(`offset ${offset} is damaged`)
  next++
}

type Read = (consumer: Consumer.Consumer["Service"]) => Effect.Effect<unknown, unknown>

const ours = (
  read: Read,
  options: Parameters<typeof Consumer.make>[0] = { autoCommit: false }
): Promise<unknown> =>
  Effect.gen(function*() {
    const partitionBytes = process.env["PARTITION_BYTES"]
    const consumer = yield* Consumer.make({
      groupId: `ours-${process.pid}`,
      autoOffsetReset: "earliest",
      partitionBytesMax: partitionBytes === undefined ? undefined : Number(partitionBytes),
      ...options
    })
    yield* consumer.assign([{ topic, partition: 0 }])
    yield* read(consumer)
  }).pipe(
    Effect.scoped,
    Effect.provide(
      Cluster.layer.pipe(
        Layer.provideMerge(ClientConfig.layer({ bootstrapServers: bootstrap })),
        Layer.provideMerge(NodeTransport.layer),
        Layer.provideMerge(Compression.layer)
      )
    ),
    Effect.runPromise
  )

const polling = (recordsMax: number) => () =>
  ours(Effect.fnUntraced(function*(consumer) {
    while (next < count) {
      for (const record of yield* consumer.poll(recordsMax)) take(record.offset, record.value)
      yield* consumer.commitSync()
    }
  }))

const clients: Readonly<Record<string, () => Promise<unknown>>> = {
  poll500: polling(500),
  poll10000: polling(10_000),
  chunks: () =>
    ours(
      (consumer) =>
        consumer.records.pipe(
          Stream.chunks,
          Stream.map((records) => {
            for (const record of records) take(record.offset, record.value)
          }),
          Stream.takeUntil(() => next >= count),
          Stream.runDrain
        ),
      {}
    ),
  records: () =>
    ours(
      (consumer) =>
        consumer.records.pipe(
          Stream.map((record) => take(record.offset, record.value)),
          Stream.takeUntil(() => next >= count),
          Stream.runDrain
        ),
      {}
    ),
  batches: () =>
    ours(
      (consumer) =>
        consumer.batches.pipe(
          Stream.map(({ records }) => {
            for (const record of records) take(record.offset, record.value)
          }),
          Stream.takeUntil(() => next >= count),
          Stream.runDrain
        ),
      {}
    ),
  kafkajs: () =>
    new Promise((resolve, reject) => {
      const kafka = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING })
      const consumer = kafka.consumer({ groupId: `kafkajs-${process.pid}` })
      const run = async () => {
        await consumer.connect()
        await consumer.subscribe({ topics: [topic], fromBeginning: true })
        await consumer.run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            for (const { offset, value } of batch.messages) take(Number(offset), value)
            await consumer.commitOffsets([{ topic, partition: 0, offset: String(next) }])
            if (next >= count) resolve(undefined)
          }
        })
      }
      run().catch(reject)
    }),
  platformatic: () =>
    new Promise((resolve, reject) => {
      const consumer = new PlatformaticConsumer({
        clientId: "bench",
        bootstrapBrokers: [bootstrap],
        groupId: `platformatic-${process.pid}`,
        autocommit: 100
      })
      const run = async () => {
        const stream = await consumer.consume({ topics: [topic], mode: "earliest" })
        stream.on("data", ({ offset, value }: { offset: bigint; value: Buffer }) => {
          take(Number(offset), value)
          if (next >= count) resolve(undefined)
        })
        stream.on("error", reject)
      }
      run().catch(reject)
    })
}

await clients[client]!()
const seconds = (performance.now() - start) / 1000
console.log(
  JSON.stringify({ seconds, cpuSeconds: cpuSeconds() - cpu, records: next - warmUntil })
)
process.exit(0)
