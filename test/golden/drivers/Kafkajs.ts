// kafkajs 2.2.4, which speaks older versions than the others: every call its admin, producer and
// consumer have for the APIs that the broker serves.
import KafkaJs, { type Admin, type Kafka } from "kafkajs"
import { type Driver, pause } from "./Driver.ts"

const TOPIC = "kafkajs"
const GROUP = "kafkajs-group"

const consume = async (kafka: Kafka, admin: Admin) => {
  const consumer = kafka.consumer({ groupId: GROUP, heartbeatInterval: 300, sessionTimeout: 6000 })
  await consumer.connect()
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true })
  await consumer.run({ autoCommitInterval: 300, eachMessage: () => pause(10) })
  await pause(2500)
  await admin.describeGroups([GROUP])
  await admin.listGroups()
  await consumer.stop()
  await consumer.disconnect()
  await admin.fetchOffsets({ groupId: GROUP, topics: [TOPIC] })
  await admin.setOffsets({
    groupId: GROUP,
    topic: TOPIC,
    partitions: [{ partition: 0, offset: "1" }]
  })
  await admin.deleteGroups([GROUP])
}

const transact = async (kafka: Kafka) => {
  const producer = kafka.producer({
    transactionalId: "kafkajs-tx",
    maxInFlightRequests: 1,
    idempotent: true
  })
  await producer.connect()
  const transaction = await producer.transaction()
  await transaction.send({ topic: TOPIC, messages: [{ key: "a", value: "in a transaction" }] })
  await transaction.sendOffsets({
    consumerGroupId: "kafkajs-tx-group",
    topics: [{ topic: TOPIC, partitions: [{ partition: 0, offset: "2" }] }]
  })
  await transaction.commit()
  await producer.disconnect()
}

const administer = async (admin: Admin) => {
  const resource = { type: KafkaJs.ConfigResourceTypes.TOPIC, name: TOPIC }
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: 2 }] })
  await admin.createPartitions({ topicPartitions: [{ topic: TOPIC, count: 3 }] })
  await admin.describeConfigs({ includeSynonyms: true, resources: [resource] })
  await admin.alterConfigs({
    validateOnly: false,
    resources: [{ ...resource, configEntries: [{ name: "retention.ms", value: "3600000" }] }]
  })
  await admin.describeCluster()
  await admin.fetchTopicMetadata({ topics: [TOPIC] })
}

export const kafkajs: Driver = {
  client: "kafkajs 2.2.4",
  variant: "kafkajs",
  drive: async (bootstrap) => {
    const kafka = new KafkaJs.Kafka({
      clientId: "kafkajs",
      brokers: [bootstrap],
      logLevel: KafkaJs.logLevel.NOTHING
    })
    const admin = kafka.admin()
    await admin.connect()
    await administer(admin)
    const producer = kafka.producer({ idempotent: true })
    await producer.connect()
    const messages = [
      { partition: 0, key: "a", value: "one", headers: { trace: "1" } },
      { partition: 0, key: "b", value: null }
    ]
    await producer.send({ topic: TOPIC, messages })
    await producer.send({ topic: TOPIC, messages, compression: KafkaJs.CompressionTypes.GZIP })
    await producer.disconnect()
    await consume(kafka, admin)
    await transact(kafka)
    await admin.fetchTopicOffsets(TOPIC)
    await admin.fetchTopicOffsetsByTimestamp(TOPIC, 1_600_000_000_000)
    await admin.deleteTopicRecords({ topic: TOPIC, partitions: [{ partition: 0, offset: "1" }] })
    await admin.listPartitionReassignments({})
    await admin.deleteTopics({ topics: [TOPIC] })
    await admin.disconnect()
  }
}
