// @platformatic/kafka, which needs the highest versions of what it uses, against the built broker.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import {
  Admin,
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers
} from "@platformatic/kafka"
import { BrokerProcess } from "./BrokerProcess.ts"

describe("@platformatic/kafka", () => {
  let broker: BrokerProcess
  beforeAll(async () => {
    broker = await BrokerProcess.start({
      "group.initial.rebalance.delay.ms": "0",
      "group.consumer.heartbeat.interval.ms": "200"
    })
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

  it(
    "shares a topic by the consumer protocol (KIP-848), and goes on where it committed",
    async () => {
      const bootstrapBrokers = [broker.address()]
      const admin = new Admin({ clientId: "test", bootstrapBrokers })
      await admin.createTopics({ topics: ["shared"], partitions: 4, replicas: 1 })
      await admin.close()
      const producer = new Producer({
        clientId: "test",
        bootstrapBrokers,
        serializers: stringSerializers
      })
      const produce = (from: number, to: number) =>
        producer.send({
          messages: Array.from({ length: to - from }, (_, i) => ({
            topic: "shared",
            key: "k",
            value: String(from + i),
            partition: (from + i) % 4
          }))
        })
      await produce(0, 40)

      const seen: Array<number> = []
      const join = async (clientId: string) => {
        const consumer = new Consumer({
          clientId,
          groupId: "by-heartbeat",
          bootstrapBrokers,
          groupProtocol: "consumer",
          deserializers: stringDeserializers,
          autocommit: false,
          maxWaitTime: 100
        })
        const stream = await consumer.consume({
          topics: ["shared"],
          mode: MessagesStreamModes.COMMITTED,
          fallbackMode: "earliest"
        })
        const reading = (async () => {
          for await (const message of stream) {
            seen.push(Number(message.value))
            await message.commit()
          }
        })()
        const leave = async () => {
          await stream.close()
          await reading
          await consumer.close()
        }
        return { consumer, leave }
      }
      const partitions = ({ consumer }: Awaited<ReturnType<typeof join>>) =>
        consumer.assignments?.find(({ topic }) => topic === "shared")?.partitions.length ?? 0

      const first = await join("first")
      await until(() => seen.length === 40)
      const second = await join("second")
      await until(() => partitions(first) === 2 && partitions(second) === 2)
      await first.leave()
      await until(() => partitions(second) === 4)
      await produce(40, 80)
      await until(() => new Set(seen).size === 80)
      await second.leave()
      const third = await join("third")
      await produce(80, 84)
      await until(() => new Set(seen).size === 84)
      // What was committed is not read again: all that was, was so before a rebalance.
      assert.deepStrictEqual(seen.slice(-4).sort((a, b) => a - b), [80, 81, 82, 83])
      await third.leave()
      await producer.close()
    },
    60_000
  )
})

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10))
}
