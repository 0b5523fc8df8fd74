// A broker inside a test, as people without Effect start it, used by a client that no one here wrote.
import { assert, describe, it } from "@effect/vitest"
import { Kafka, logLevel } from "kafkajs"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"
import { startBroker } from "../../../src/runtime/broker/EmbeddedBroker.ts"

const client = (address: string) =>
  new Kafka({ clientId: "test", brokers: [address], logLevel: logLevel.NOTHING })

const produce = async (address: string, topic: string, value: string) => {
  const producer = client(address).producer()
  await producer.connect()
  const [result] = await producer.send({ topic, messages: [{ value }] })
  await producer.disconnect()
  return result
}

describe("startBroker", () => {
  it("serves a Kafka client from memory, and is closed by `await using`", async () => {
    let address: string
    {
      await using broker = await startBroker()
      address = broker.address
      const result = await produce(address, "orders", "one")
      assert.deepInclude(result, { errorCode: 0, baseOffset: "0" })
    }
    const admin = new Kafka({
      brokers: [address],
      logLevel: logLevel.NOTHING,
      retry: { retries: 0 }
    }).admin()
    const refused = await admin.connect().then(() => false, () => true)
    assert.isTrue(refused)
  })

  it("runs many in one process, each with its own records", async () => {
    await using one = await startBroker()
    await using two = await startBroker()
    await produce(one.address, "orders", "a")
    const second = await produce(one.address, "orders", "b")
    const other = await produce(two.address, "orders", "c")
    assert.deepStrictEqual([second?.baseOffset, other?.baseOffset], ["1", "0"])
    assert.notStrictEqual(one.clusterId, two.clusterId)
  })

  it("keeps records on disk from one start to the next", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "mymq-test-"))
    const options = { storage: "disk", configs: { "log.dirs": directory } } as const
    const first = await startBroker(options)
    await produce(first.address, "orders", "one")
    await first.close()
    await first.close()
    const second = await startBroker(options)
    const result = await produce(second.address, "orders", "two")
    await second.close()
    fs.rmSync(directory, { recursive: true })
    assert.strictEqual(result?.baseOffset, "1")
    assert.strictEqual(first.clusterId, second.clusterId)
  })

  it("says what is wrong with a setting", async () => {
    const error = await startBroker({ configs: { "num.partitons": "3" } }).then(
      () => undefined,
      (error: unknown) => error as Error
    )
    assert.match(error!.message, /num\.partitons .* did you mean num\.partitions\?/)
  })
})
