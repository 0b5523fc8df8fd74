// The client of promises against a broker with a port of its own.
import { assert, describe, it } from "@effect/vitest"
import { startBroker } from "../../../src/runtime/broker/EmbeddedBroker.ts"
import { ClientError } from "../../../src/runtime/client/ClientError.ts"
import { MymqClient } from "../../../src/runtime/client/MymqClient.ts"

describe("MymqClient", () => {
  it("sends and reads, by promises, callbacks and async iteration", async () => {
    await using broker = await startBroker()
    await using client = new MymqClient({ bootstrapServers: broker.address })
    const producer = await client.producer({ lingerMs: 0 })
    assert.strictEqual((await producer.send({ topic: "t", value: "a" })).offset, 0)
    const told = await new Promise((resolve, reject) => {
      producer.push(
        { topic: "t", key: "k", value: "b" },
        (error, partition, offset) =>
          error === undefined ? resolve([partition, offset]) : reject(error)
      )
    })
    assert.deepStrictEqual(told, [0, 1])

    const consumer = await client.consumer({
      groupId: "g",
      topics: ["t"],
      autoOffsetReset: "earliest"
    })
    const values: Array<string> = []
    for await (const record of consumer) {
      values.push(record.value!.toString())
      await consumer.acknowledge(record)
      if (values.length === 2) break
    }
    assert.deepStrictEqual(values, ["a", "b"])
    const committed = await consumer.committed([{ topic: "t", partition: 0 }])
    assert.strictEqual(committed.get("t-0")!.offset, 2)
  })

  it("awaits the listener of a consumer, and lets another go on at what was committed", async () => {
    await using broker = await startBroker()
    await using client = new MymqClient({ bootstrapServers: broker.address })
    const producer = await client.producer()
    await producer.sendAll(["a", "b", "c"].map((value) => ({ topic: "t", value })))
    const events: Array<string> = []
    const note = (event: string) => async () => {
      await Promise.resolve()
      events.push(event)
    }
    const options = { groupId: "g", topics: ["t"], autoOffsetReset: "earliest" } as const
    const first = await client.consumer({
      ...options,
      autoCommit: false,
      listener: { onAssigned: note("assigned"), onRevoked: note("revoked") }
    })
    const [record] = await first.poll(1, 10_000)
    await first.acknowledge(record!)
    await first.close()
    assert.deepStrictEqual(events, ["assigned", "revoked"])
    const second = await client.consumer(options)
    const next = await second.poll(1, 10_000)
    assert.strictEqual(next[0]!.value!.toString(), "b")
  })

  it("administers; what is refused rejects with the typed error", async () => {
    await using broker = await startBroker()
    await using client = new MymqClient({ bootstrapServers: broker.address })
    const admin = await client.admin()
    const created = await admin.createTopics([{ topic: "made", partitions: 3 }])
    assert.strictEqual(created.get("made")!.partitions, 3)
    const error = await admin.createTopics([{ topic: "made" }]).then(() => undefined, (e) => e)
    assert.instanceOf(error, ClientError)
    assert.match(error.message, /TOPIC_ALREADY_EXISTS/)
  })
})
