// @platformatic/kafka, which needs the highest versions of what it uses, against the built broker.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Admin, Producer, stringSerializers } from "@platformatic/kafka"
import { BrokerProcess } from "./BrokerProcess.ts"

describe("@platformatic/kafka", () => {
  let broker: BrokerProcess
  beforeAll(async () => {
    broker = await BrokerProcess.start()
  })
  afterAll(() => broker.dispose())

  it("creates topics, lists them, and deletes them", async () => {
    const admin = new Admin({ clientId: "test", bootstrapBrokers: [broker.address()] })
    const [made] = await admin.createTopics({ topics: ["made"], partitions: 3, replicas: 1 })
    assert.deepInclude(made, { name: "made", partitions: 3 })
    assert.include(await admin.listTopics(), "made")
    await admin.deleteTopics({ topics: ["made"] })
    assert.notInclude(await admin.listTopics(), "made")
    await admin.close()
  })

  it("produces idempotently and plainly", async () => {
    for (const idempotent of [true, false]) {
      const producer = new Producer({
        clientId: "test",
        bootstrapBrokers: [broker.address()],
        serializers: stringSerializers,
        autocreateTopics: true,
        idempotent
      })
      const topic = `produced-${idempotent}`
      const first = await producer.send({
        messages: [{ topic, key: "k", value: "one", partition: 0 }]
      })
      const second = await producer.send({
        messages: [{ topic, key: "k", value: "two", partition: 0 }]
      })
      const offsets = [first, second].map(({ offsets }) => Number(offsets![0]!.offset))
      assert.deepStrictEqual(offsets, [0, 1])
      await producer.close()
    }
  })
})
