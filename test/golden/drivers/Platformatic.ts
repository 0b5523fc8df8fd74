// @platformatic/kafka 2.12.1: its admin, producer and consumer, in groups of both protocols.
import {
  Admin,
  ConfigResourceTypes,
  Consumer,
  FindCoordinatorKeyTypes,
  Producer,
  stringDeserializers,
  stringSerializers
} from "@platformatic/kafka"
import { type Driver, pause } from "./Driver.ts"

const TOPIC = "platformatic"
const messages = [
  { topic: TOPIC, partition: 0, key: "a", value: "one", headers: { trace: "1" } },
  { topic: TOPIC, partition: 1, key: "b", value: "two" }
]

const administer = async (admin: Admin) => {
  const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: TOPIC }
  await admin.createTopics({ topics: [TOPIC], partitions: 2, replicas: 1 })
  await admin.createPartitions({ topics: [{ name: TOPIC, count: 3, assignments: [] }] })
    .catch(() => undefined)
  await admin.describeConfigs({
    resources: [{ ...resource, configurationKeys: ["retention.ms", "cleanup.policy"] }],
    includeSynonyms: true
  })
  await admin.alterConfigs({
    resources: [{ ...resource, configs: [{ name: "retention.ms", value: "3600000" }] }]
  })
  await admin.incrementalAlterConfigs({
    resources: [{
      ...resource,
      configs: [{ name: "retention.ms", configOperation: 0, value: "7200000" }]
    }]
  })
}

const consume = async (bootstrap: string, admin: Admin, groupProtocol: "classic" | "consumer") => {
  const groupId = `platformatic-${groupProtocol}`
  const consumer = new Consumer({
    clientId: "platformatic",
    bootstrapBrokers: [bootstrap],
    groupId,
    groupProtocol,
    deserializers: stringDeserializers,
    autocommit: 300,
    maxWaitTime: 200
  })
  const stream = await consumer.consume({
    topics: [TOPIC],
    mode: "earliest",
    heartbeatInterval: 300
  })
  stream.on("data", () => undefined)
  await pause(2000)
  await admin.describeGroups({ groups: [groupId] })
  await consumer.listOffsets({ topics: [TOPIC] })
  await stream.close()
  await consumer.close(true)
  await admin.listConsumerGroupOffsets({ groups: [groupId] })
  await admin.alterConsumerGroupOffsets({
    groupId,
    topics: [{ name: TOPIC, partitionOffsets: [{ partition: 0, offset: 1n }] }]
  })
  await admin.deleteConsumerGroupOffsets({
    groupId,
    topics: [{ name: TOPIC, partitionIndexes: [0] }]
  })
  await admin.deleteGroups({ groups: [groupId] })
}

const produce = async (bootstrap: string) => {
  const base = { clientId: "platformatic", bootstrapBrokers: [bootstrap] }
  const producer = new Producer({ ...base, serializers: stringSerializers, idempotent: true })
  await producer.send({ messages })
  await producer.close()
  const transactional = new Producer({
    ...base,
    serializers: stringSerializers,
    idempotent: true,
    transactionalId: "platformatic-tx"
  })
  const transaction = await transactional.beginTransaction()
  await transaction.send({ messages })
  await transaction.commit()
  await transactional.close()
}

export const platformatic: Driver = {
  client: "@platformatic/kafka 2.12.1",
  variant: "platformatic",
  drive: async (bootstrap) => {
    const admin = new Admin({ clientId: "platformatic", bootstrapBrokers: [bootstrap] })
    await administer(admin)
    await produce(bootstrap)
    await consume(bootstrap, admin, "classic")
    await consume(bootstrap, admin, "consumer")
    await admin.listGroups({})
    await admin.findCoordinator({ keyType: FindCoordinatorKeyTypes.GROUP, keys: ["any"] })
    await admin.describeLogDirs({ topics: [{ name: TOPIC, partitions: [0] }] })
    await admin.listOffsets({
      topics: [{ name: TOPIC, partitions: [{ partitionIndex: 0, timestamp: -1n }] }]
    })
    await admin.deleteRecords({
      topics: [{ name: TOPIC, partitions: [{ partition: 0, offset: 1n }] }]
    })
    await admin.deleteTopics({ topics: [TOPIC] })
    await admin.close()
  }
}
