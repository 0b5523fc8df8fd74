// A living group goes over to the consumer protocol (KIP-848) and back: two members of librdkafka, which
// knows only the classic protocol, are joined by one of @platformatic/kafka that speaks the new one.
import { assert, describe, it } from "@effect/vitest"
import {
  Admin,
  Consumer,
  MessagesStreamModes,
  Producer,
  stringDeserializers,
  stringSerializers
} from "@platformatic/kafka"
import { BrokerProcess, hasConfluent } from "./BrokerProcess.ts"
import { Members } from "./Members.ts"

const TOPIC = "moving"
const GROUP = "movers"
const PARTITIONS = 6

const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}

describe.skipIf(!hasConfluent)("a living group (needs python3-confluent-kafka)", () => {
  it("changes its protocol and back, and nobody loses a partition over it", async () => {
    const broker = await BrokerProcess.start({
      "group.initial.rebalance.delay.ms": "0",
      "group.min.session.timeout.ms": "1000",
      "group.consumer.heartbeat.interval.ms": "200"
    })
    const bootstrapBrokers = [broker.address()]
    const admin = new Admin({ clientId: "test", bootstrapBrokers })
    await admin.createTopics({ topics: [TOPIC], partitions: PARTITIONS, replicas: 1 })
    const place = { bootstrap: broker.address(), topic: TOPIC, partitions: PARTITIONS }
    const members = new Members({ ...place, group: GROUP })
    const options = { assignor: "cooperative-sticky", sessionTimeoutMs: 5000, commitEvery: 1 }
    const [first, second] = [0, 1].map(() => members.add("confluent", options))
    const owned = () => [...first!.owned, ...second!.owned]
    const typeOfGroup = async () =>
      (await admin.listGroups({ types: ["classic", "consumer"] })).get(GROUP)?.groupType
    try {
      await members.stable()
      assert.strictEqual(await typeOfGroup(), "classic")

      const newcomer = new Consumer({
        clientId: "newcomer",
        groupId: GROUP,
        bootstrapBrokers,
        groupProtocol: "consumer",
        deserializers: stringDeserializers,
        autocommit: false,
        maxWaitTime: 100
      })
      const stream = await newcomer.consume({
        topics: [TOPIC],
        mode: MessagesStreamModes.COMMITTED,
        fallbackMode: "earliest"
      })
      const seen: Array<number> = []
      stream.on("data", ({ partition }) => seen.push(partition))
      const theirs = () =>
        newcomer.assignments?.find(({ topic }) => topic === TOPIC)?.partitions ?? []
      await until(() => theirs().length === 2 && owned().length === 4)
      assert.strictEqual(await typeOfGroup(), "consumer")
      assert.strictEqual(new Set([...owned(), ...theirs()]).size, PARTITIONS)

      const producer = new Producer({
        clientId: "test",
        bootstrapBrokers,
        serializers: stringSerializers
      })
      const produce = () =>
        producer.send({
          messages: Array.from({ length: PARTITIONS }, (_, partition) => ({
            topic: TOPIC,
            key: "k",
            value: `${partition}`,
            partition
          }))
        })
      await produce()
      await until(() => seen.length === 2)
      assert.sameMembers(seen, theirs())

      await stream.close()
      await newcomer.close()
      await until(() => owned().length === PARTITIONS)
      assert.strictEqual(new Set(owned()).size, PARTITIONS)
      await until(async () => await typeOfGroup() === "classic")
      await produce()
      await producer.close()
      for (const member of [first!, second!]) await members.leave(member)
      assert.deepStrictEqual([first!.losses, second!.losses], [0, 0])
    } finally {
      await members.dispose()
      await admin.close()
      await broker.dispose()
    }
  }, 60_000)
})
