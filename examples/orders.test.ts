// Tests with a broker inside: `startBroker` gives each a real one, on a port of its own, in a few milliseconds.
// What is tested is a shop that takes orders and tells of them.
//
//     npx vitest run examples/orders.test.ts
// #region test
// #region first
import { startBroker } from "mymq"
import { MymqClient } from "mymq/MymqClient"
// #endregion
import { expect, test } from "vitest"

/** The program under test. */
const placeOrder = async (bootstrapServers: string, customer: string, item: string) => {
  await using client = new MymqClient({ bootstrapServers })
  const producer = await client.producer()
  return await producer.send({ topic: "orders", key: customer, value: item })
}

// #region first
test("an order is there for others to read", async () => {
  await using broker = await startBroker({ storage: "memory" })
  await placeOrder(broker.address, "alice", "cup")

  await using client = new MymqClient({ bootstrapServers: broker.address })
  const consumer = await client.consumer({
    groupId: "shipping",
    topics: ["orders"],
    autoOffsetReset: "earliest"
  })
  const [order] = await consumer.poll(1, "5 seconds")
  expect(order?.key?.toString()).toBe("alice")
  expect(order?.value?.toString()).toBe("cup")
})
// #endregion
// #endregion

test("orders of one customer keep their order", async () => {
  await using broker = await startBroker({ configs: { "num.partitions": "12" } })
  const first = await placeOrder(broker.address, "alice", "cup")
  const second = await placeOrder(broker.address, "alice", "saucer")
  expect(second).toMatchObject({ partition: first.partition, offset: first.offset + 1 })
})
