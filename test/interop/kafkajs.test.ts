// kafkajs against the built broker: its producer and its admin client. Its consumers are members of the
// groups of groups.test.ts.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { type Admin, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } from "kafkajs"
import { BrokerProcess } from "./BrokerProcess.ts"

describe("kafkajs", () => {
  let broker: BrokerProcess
  let kafka: Kafka
  let admin: Admin
  beforeAll(async () => {
    broker = await BrokerProcess.start()
    kafka = new Kafka({ brokers: [broker.address()], logLevel: logLevel.NOTHING })
    admin = kafka.admin()
    await admin.connect()
  })
  afterAll(async () => {
    await admin.disconnect()
    await broker.dispose()
  })

  it("creates, grows and deletes topics", async () => {
    await admin.createTopics({ topics: [{ topic: "admin", numPartitions: 3 }] })
    await admin.createPartitions({ topicPartitions: [{ topic: "admin", count: 5 }] })
    const { topics } = await admin.fetchTopicMetadata({ topics: ["admin"] })
    assert.lengthOf(topics[0]!.partitions, 5)
    await admin.deleteTopics({ topics: ["admin"] })
    assert.notInclude(await admin.listTopics(), "admin")
  })

  it("changes settings", async () => {
    await admin.createTopics({ topics: [{ topic: "configs" }] })
    const resource = { type: ConfigResourceTypes.TOPIC, name: "configs" }
    const configEntries = [{ name: "segment.bytes", value: "1048576" }]
    await admin.alterConfigs({ validateOnly: false, resources: [{ ...resource, configEntries }] })
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ ...resource, configNames: ["segment.bytes"] }]
    })
    assert.deepStrictEqual(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
      [["segment.bytes", "1048576"]]
    )
  })

  it("produces with every acks, compressed too, and deletes records", async () => {
    const producer = kafka.producer()
    await producer.connect()
    const messages = Array.from({ length: 20 }, (_, i) => ({ key: `k${i}`, value: `${i}` }))
    await admin.createTopics({ topics: [{ topic: "records" }] })
    for (const acks of [0, 1, -1]) await producer.send({ topic: "records", acks, messages })
    await producer.send({ topic: "records", compression: CompressionTypes.GZIP, messages })
    await producer.disconnect()
    await admin.fetchTopicOffsets("records") // it needs the topic's metadata, and does not ask for it
    await admin.deleteTopicRecords({
      topic: "records",
      partitions: [{ partition: 0, offset: "4" }]
    })
    const [offsets] = await admin.fetchTopicOffsets("records")
    assert.deepInclude(offsets, { low: "4", high: "80" })
  })
})
