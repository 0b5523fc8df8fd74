// Our client beside others: what our producer writes, kcat (librdkafka) and kafkajs read, and the other way
// round: every codec that they have, headers, nulls, times, and keys on the same partitions. With Kafka's
// Java tools the same is done by java.ts.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { CompressionTypes, Kafka, logLevel, Partitioners } from "kafkajs"
import { BrokerProcess, hasKcat } from "./BrokerProcess.ts"
import { kcat } from "./Kcat.ts"
import * as Samples from "./Samples.ts"

let broker: BrokerProcess
beforeAll(async () => {
  broker = await BrokerProcess.start({ "group.initial.rebalance.delay.ms": "0" })
})
afterAll(() => broker.dispose())

const expected = Samples.sorted(Samples.samples)

describe.skipIf(!hasKcat)("our client and kcat (apt-get install kcat)", () => {
  const FORMAT = "%p|%T|%K|%k|%S|%s|%h;"
  const parsed = (output: string): ReadonlyArray<Samples.Sample> =>
    Samples.sorted(
      output.split(";").slice(0, -1).map((line) => {
        const [partition, timestampMs, keyBytes, key, valueBytes, value, headers] = line.split("|")
        return {
          partition: Number(partition),
          key: keyBytes === "-1" ? null : key!,
          value: valueBytes === "-1" ? null : value!,
          headers: headers === ""
            ? []
            : headers!.split(",").map((pair) => pair.split("=") as [string, string]),
          timestampMs: Number(timestampMs)
        }
      })
    )

  for (const codec of Samples.CODECS) {
    it(`understand each other in ${codec}`, { timeout: 30_000 }, async () => {
      const bootstrap = broker.address()
      const topic = await Samples.write(bootstrap, codec)
      const reading = ["-C", "-t", topic, "-o", "beginning", "-e", "-q", "-f", FORMAT]
      const { stdout } = await kcat(bootstrap, [...reading, "-X", "check.crcs=true"])
      assert.deepStrictEqual(parsed(stdout.toString()), expected)

      const back = await Samples.createTopic(bootstrap)
      const writing = ["-P", "-t", back, "-z", codec, "-K", "|", "-Z", "-H", "a=1", "-H", "b=zwei"]
      const lines = [...Samples.keyed.map(({ key, value }) => `${key}|${value}\n`), "null|\n"]
      await kcat(bootstrap, [...writing, "-X", "partitioner=murmur2_random"], lines.join(""))
      const read = await Samples.read(bootstrap, back, lines.length)
      const headers = [["a", "1"], ["b", "zwei"]]
      const own = read.filter(({ key }) => key !== "null")
      assert.deepStrictEqual(
        own.map(({ headers, key, partition, value }) => ({ headers, key, partition, value })),
        Samples.sorted(Samples.keyed).map(({ key, partition, value }) => ({
          headers,
          key,
          partition,
          value
        })) as never
      )
      assert.strictEqual(read.find(({ key }) => key === "null")!.value, null)
    })
  }
})

describe("our client and kafkajs", () => {
  const codecs = { none: CompressionTypes.None, gzip: CompressionTypes.GZIP }
  let kafka: Kafka
  beforeAll(() => {
    kafka = new Kafka({ brokers: [broker.address()], logLevel: logLevel.NOTHING })
  })

  const read = async (topic: string, count: number): Promise<ReadonlyArray<Samples.Sample>> => {
    const consumer = kafka.consumer({ groupId: topic })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    const found: Array<Samples.Sample> = []
    await new Promise<void>((resolve, reject) => {
      consumer.run({
        eachMessage: ({ message, partition }) => {
          found.push({
            partition,
            key: message.key?.toString() ?? null,
            value: message.value?.toString() ?? null,
            headers: Object.entries(message.headers ?? {}).flatMap(([name, given]) =>
              [given].flat().map((value) => [name, value!.toString()] as const)
            ),
            timestampMs: Number(message.timestamp)
          })
          if (found.length === count) resolve()
          return Promise.resolve()
        }
      }).catch(reject)
    })
    await consumer.disconnect()
    return Samples.sorted(found)
  }

  for (const [codec, compression] of Object.entries(codecs)) {
    it(`understand each other in ${codec}`, { timeout: 60_000 }, async () => {
      const bootstrap = broker.address()
      const topic = await Samples.write(bootstrap, codec as Samples.Codec)
      assert.deepStrictEqual(await read(topic, expected.length), expected)

      const back = await Samples.createTopic(bootstrap)
      const producer = kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner })
      await producer.connect()
      const messages = Samples.samples.map(({ headers, key, partition, timestampMs, value }) => ({
        ...(key === null ? { partition } : {}),
        key,
        value,
        headers: Object.fromEntries(
          headers.map(([name]) => [
            name,
            headers.filter(([other]) => other === name).map(([, value]) => value!)
          ])
        ),
        timestamp: String(timestampMs)
      }))
      await producer.send({ topic: back, compression, messages })
      await producer.disconnect()
      assert.deepStrictEqual(await Samples.read(bootstrap, back, messages.length), expected)
    })
  }
})
