// Our producer over TCP against the built broker, killed and started again under it; and read by librdkafka,
// which has its own opinion of batches, checksums and codecs.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as ClientConfig from "../../src/layers/config/ClientConfig.ts"
import * as NodeTransport from "../../src/layers/transport/NodeTransport.ts"
import { Cluster } from "../../src/runtime/client/cluster/Cluster.ts"
import { Producer } from "../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../src/runtime/client/producer/ProducerOptions.ts"
import { BrokerProcess, hasKcat } from "./BrokerProcess.ts"
import { kcat } from "./Kcat.ts"

const run = <A>(
  address: string,
  options: ProducerOptions,
  use: (producer: Producer["Service"]) => Effect.Effect<A, unknown>
): Promise<A> =>
  Effect.runPromise(
    Effect.flatMap(Producer, use).pipe(
      Effect.provide(
        Producer.layer(options).pipe(
          Layer.provide(Cluster.layer),
          Layer.provide(ClientConfig.layer({ bootstrapServers: address })),
          Layer.provide(NodeTransport.layer)
        )
      )
    )
  )

describe.skipIf(!hasKcat)("Our producer, read by kcat (apt-get install kcat)", () => {
  let broker: BrokerProcess
  beforeAll(async () => {
    broker = await BrokerProcess.start({ "auto.create.topics.enable": "true" })
  })
  afterAll(() => broker.dispose())

  const consume = async (topic: string, format: string): Promise<string> => {
    const args = ["-C", "-t", topic, "-p", "0", "-o", "beginning", "-e", "-q", "-f", format]
    const { stdout } = await kcat(broker.address(), [...args, "-X", "check.crcs=true"])
    return stdout.toString()
  }

  for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
    it(`writes batches of ${compression}`, async () => {
      const topic = `ours-${compression}`
      const values = Array.from({ length: 3000 }, (_, i) => `${i} ${"abcdefgh".repeat(12)}`)
      const records = values.map((value) => ({ topic, partition: 0, value }))
      await run(broker.address(), { compression }, (producer) => producer.sendAll(records))
      assert.strictEqual(await consume(topic, "%s\n"), `${values.join("\n")}\n`)
    })
  }

  it("keeps keys, headers, times, null and empty apart", async () => {
    const headers = [["a", Buffer.from("1")], ["b", Buffer.from("two")]] as const
    const record = { topic: "ours-parts", partition: 0, timestampMs: 1234 }
    await run(broker.address(), {}, (producer) =>
      producer.sendAll([
        { ...record, key: "k1", value: null, headers },
        { ...record, key: "", value: "" },
        { ...record, value: "日本語" }
      ]))
    assert.strictEqual(
      await consume("ours-parts", "%K %S %s %T %h;"),
      "2 -1  1234 a=1,b=two;0 0  1234 ;-1 9 日本語 1234 ;"
    )
  })

  it("loses and repeats nothing while the broker is killed and started again", async () => {
    const topic = "ours-killed"
    const count = 60_000
    const offsets: Array<number> = []
    const failures: Array<unknown> = []
    await run(broker.address(), { batchBytesMax: 4096 }, (producer) =>
      Effect.gen(function*() {
        const kills = yield* Effect.forkChild(
          Effect.promise(async () => {
            for (let i = 0; i < 3; i++) {
              await new Promise((resolve) => setTimeout(resolve, 300))
              await broker.kill9()
              await broker.restart()
            }
          })
        )
        for (let i = 0; i < count; i++) {
          const value = `${i}`.padEnd(100, ".")
          const hasRoom = producer.push({ topic, partition: 0, value }, (error, _, offset) => {
            if (error === undefined) offsets.push(offset)
            else failures.push(error)
          })
          if (!hasRoom) yield* producer.drained
          // Spread over the lives of the broker.
          if (i % 500 === 0) yield* Effect.sleep("15 millis")
        }
        yield* producer.flush
        yield* Fiber.join(kills)
      }))
    assert.deepStrictEqual(failures, [])
    assert.strictEqual(offsets.length, count)
    const numbers = Array.from({ length: count }, (_, i) => i)
    assert.deepStrictEqual(offsets, numbers)
    const values = (await consume(topic, "%s\n")).split("\n").slice(0, -1)
    assert.deepStrictEqual(values.map((value) => Number.parseInt(value, 10)), numbers)
  }, 60_000)
})
