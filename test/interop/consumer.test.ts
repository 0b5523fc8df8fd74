// Our consumer over TCP against the built broker, killed and started again under it: nothing lost, nothing
// given twice, and the next one goes on at the commit.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Client from "../../src/runtime/client/Client.ts"
import { Consumer, type ConsumerOptions } from "../../src/runtime/client/Consumer.ts"
import { Producer } from "../../src/runtime/client/Producer.ts"
import { BrokerProcess } from "./BrokerProcess.ts"

const TOPIC = "read-through-kills"
const COUNT = 40_000

describe("Our consumer, while its broker is killed", () => {
  let broker: BrokerProcess
  beforeAll(async () => {
    broker = await BrokerProcess.start({
      "auto.create.topics.enable": "true",
      "group.initial.rebalance.delay.ms": "0"
    })
    const values = Array.from({ length: COUNT }, (_, i) => `${i}`.padEnd(100, "."))
    const client = Client.layer({ bootstrapServers: broker.address() })
    const layer = Producer.layer({ batchBytesMax: 8192, lingerMs: 5 }).pipe(Layer.provide(client))
    const records = values.map((value) => ({ topic: TOPIC, partition: 0, value }))
    await Effect.runPromise(
      Effect.flatMap(Producer, (producer) => producer.sendAll(records)).pipe(Effect.provide(layer))
    )
  }, 60_000)
  afterAll(() => broker.dispose())

  const use = <A>(
    options: ConsumerOptions,
    read: (consumer: Consumer["Service"]) => Effect.Effect<A, unknown>
  ): Promise<A> =>
    Effect.runPromise(
      Effect.flatMap(Consumer, read).pipe(
        Effect.provide(
          Consumer.layer({ autoOffsetReset: "earliest", ...options }).pipe(
            Layer.provide(Client.layer({ bootstrapServers: broker.address() }))
          )
        )
      )
    )

  /** Reads on from `next` to `end`, holding each record to its place; commits as it goes. */
  const readTo = Effect.fnUntraced(
    function*(consumer: Consumer["Service"], next: number, end: number) {
      let expected = next
      while (expected < end) {
        for (const record of yield* consumer.poll(Math.min(100, end - expected))) {
          assert.strictEqual(record.offset, expected)
          assert.strictEqual(record.value!.toString(), `${expected}`.padEnd(100, "."))
          expected++
        }
        yield* consumer.commitSync()
      }
    }
  )

  it("gives every record once, and in order", { timeout: 120_000 }, async () => {
    await use({ autoCommit: false, groupId: "by-hand" }, (consumer) =>
      Effect.gen(function*() {
        yield* consumer.assign([{ topic: TOPIC, partition: 0 }])
        const kills = yield* Effect.forkChild(Effect.promise(async () => {
          for (let i = 0; i < 3; i++) {
            await new Promise((resolve) => setTimeout(resolve, 200))
            await broker.kill9()
            await broker.restart()
          }
        }))
        yield* readTo(consumer, 0, COUNT / 2)
        yield* Fiber.join(kills)
      }))
    // Another one of the group, and another life of the broker.
    await broker.kill9()
    await broker.restart()
    await use(
      { autoCommit: false, groupId: "by-hand", topics: [TOPIC] },
      (consumer) => readTo(consumer, COUNT / 2, COUNT)
    )
  })
})
