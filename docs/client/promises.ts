// What docs/client/promises.md shows, as one program.
// #region client
import { MymqClient } from "mymq/MymqClient"

const { MYMQ_BOOTSTRAP = "127.0.0.1:9092" } = process.env

await using client = new MymqClient({ bootstrapServers: MYMQ_BOOTSTRAP })
// #endregion
// #region refused
import { ClientError } from "mymq/ClientError"
// #endregion

// #region produce
const producer = await client.producer({ compression: "zstd" })

const { offset, partition } = await producer.send({
  topic: "greetings",
  key: "en",
  value: "hello"
})
console.log(`stored in greetings-${partition} at offset ${offset}`)
// #endregion

// #region push
for (let n = 0; n < 10_000; n++) {
  const hasRoom = producer.push({ topic: "clicks", value: `click ${n}` }, (error) => {
    if (error !== undefined) console.error(error.message)
  })
  if (!hasRoom) await producer.drained()
}
await producer.flush()
// #endregion

// #region consume
const consumer = await client.consumer({
  groupId: "readers",
  topics: ["greetings"],
  autoOffsetReset: "earliest",
  listener: {
    onAssigned: (partitions) => console.log(`${partitions.length} partition is mine`)
  }
})

for await (const record of consumer) {
  console.log(`${record.key}: ${record.value}`)
  await consumer.acknowledge(record)
  break
}
// #endregion

// #region commit
await producer.sendAll([1, 2, 3].map((n) => ({ topic: "greetings", value: `greeting ${n}` })))

const records = await consumer.poll(100, "2 seconds")
for (const record of records) console.log(`${record.offset}: ${record.value}`)
await consumer.commitSync()
await consumer.close()
// #endregion

// #region admin
const admin = await client.admin()
await admin.createTopics([{ topic: "orders", partitions: 3 }])
// #endregion

// #region refused
try {
  await admin.createTopics([{ topic: "orders" }])
} catch (error) {
  if (!(error instanceof ClientError)) throw error
  if (error.reason._tag !== "BrokerRefused") throw error
  console.log(`refused: ${error.reason.name}`)
}
// #endregion
