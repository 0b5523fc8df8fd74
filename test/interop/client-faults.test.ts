// Our client beside the built broker when things go wrong that memory alone does not show: a broker killed -9
// while records stream in both directions, and a reader that is slower than its broker, as a process whose
// memory is looked at. What can be shown in memory is in test/runtime/client.
import { afterEach, assert, beforeEach, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import { execFile } from "node:child_process"
import * as path from "node:path"
import { promisify } from "node:util"
import { Compression } from "../../src/layers/compression/Compression.ts"
import { Admin } from "../../src/runtime/client/Admin.ts"
import * as Client from "../../src/runtime/client/Client.ts"
import type { ClientError } from "../../src/runtime/client/ClientError.ts"
import { BrokerProcess } from "./BrokerProcess.ts"
import * as Case from "./suite/Case.ts"

let broker: BrokerProcess
beforeEach(async () => {
  broker = await BrokerProcess.start({ "group.initial.rebalance.delay.ms": "0" })
})
afterEach(() => broker.dispose())

const run = <A>(effect: Effect.Effect<A, unknown, Case.Needs>): Promise<A> => {
  const client = Admin.layer.pipe(
    Layer.provideMerge(
      Layer.mergeAll(Client.layer({ bootstrapServers: broker.address() }), Compression.layer)
    )
  )
  return Effect.runPromise(effect.pipe(Effect.scoped, Effect.provide(client)))
}

const killed = Effect.promise(async () => {
  await broker.kill9()
  await broker.restart()
})

const until = (isSo: () => boolean) => Effect.repeat(Effect.sleep("5 millis"), { until: isSo })

describe("A broker that is killed -9 and started again", () => {
  it(
    "has everything once and in order from a producer that went on",
    { timeout: 60_000 },
    () =>
      run(Effect.gen(function*() {
        const partitions = 3
        const count = 60_000
        const topic = yield* Case.topic(partitions)
        const producer = yield* Case.producer({ batchBytesMax: 8192 })
        const offsets: Array<Array<number>> = [[], [], []]
        const failures: Array<ClientError> = []
        let called = 0
        const callback = (
          error: ClientError | undefined,
          partition: number,
          offset: number
        ) => {
          called++
          if (error === undefined) offsets[partition]!.push(offset)
          else failures.push(error)
        }
        const pushing = yield* Effect.forkChild(Effect.gen(function*() {
          for (let index = 0; index < count; index++) {
            const record = { topic, partition: index % partitions, value: `v${index}` }
            if (!producer.push(record, callback)) yield* producer.drained
            // Leaves the event loop to the network, so that deaths meet records under way.
            if (index % 200 === 0) yield* Effect.sleep("1 millis")
          }
          yield* producer.flush
        }))
        for (const share of [0.1, 0.3, 0.6]) {
          yield* until(() => called > count * share)
          yield* killed
        }
        yield* Fiber.join(pushing)
        assert.deepStrictEqual(failures, [])
        assert.isAbove(producer.counters.retries, 0)
        const expected = Array.from({ length: count / partitions }, (_, index) => index)
        for (const one of offsets) assert.deepStrictEqual(one, expected)
        const reader = yield* Case.assigned(topic, [0, 1, 2])
        for (const { offset, partition, value } of yield* Case.read(reader, count)) {
          assert.strictEqual(value!.toString(), `v${offset * partitions + partition}`)
        }
        assert.deepStrictEqual(yield* reader.poll(1, "300 millis"), [])
      }))
  )

  it(
    "lets a consumer read on, and the next one begin at its commit",
    { timeout: 60_000 },
    () =>
      run(Effect.gen(function*() {
        const topic = yield* Case.topic()
        const groupId = Case.fresh("group")
        const producer = yield* Case.producer()
        yield* producer.sendAll(Case.records(topic, Case.numbered(1000)))
        const options = {
          groupId,
          topics: [topic],
          sessionTimeoutMs: 6000,
          protocol: "auto"
        } as const
        yield* Effect.scoped(Effect.gen(function*() {
          const consumer = yield* Case.consumer(options)
          const seen: Array<string> = []
          for (const upTo of [300, 600, 900]) {
            const rest = yield* Case.read(consumer, upTo - seen.length)
            seen.push(...Case.values(rest))
            if (upTo === 600) yield* consumer.commitSync()
            yield* killed
          }
          assert.deepStrictEqual(seen, Case.numbered(900))
        }))
        yield* killed
        const next = yield* Case.consumer(options)
        assert.deepStrictEqual(Case.values(yield* Case.read(next, 400)), Case.numbered(400, 600))
      }))
  )
})

describe("A consumer that is slower than its broker", () => {
  const MIB = 1024 * 1024
  const BUDGET = 4 * MIB

  it("holds what its budget allows, of much more", { timeout: 60_000 }, async () => {
    const count = 40_000
    const topic = await run(Effect.gen(function*() {
      const topic = yield* Case.topic()
      const producer = yield* Case.producer()
      const value = Buffer.alloc(1000, "x")
      for (let index = 0; index < count; index++) {
        if (!producer.push({ topic, partition: 0, value })) yield* producer.drained
      }
      yield* producer.flush
      return topic
    }))
    const script = path.join(import.meta.dirname, "members", "slow_reader.mjs")
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--expose-gc",
      script,
      broker.address(),
      topic,
      String(count),
      String(BUDGET)
    ])
    const { bytes, held, memory } = JSON.parse(stdout) as Record<
      "bytes" | "held" | "memory",
      number
    >
    assert.strictEqual(bytes, count * 1000)
    assert.isAbove(held, BUDGET / 4, "it fetches ahead")
    assert.isAtMost(held, BUDGET)
    // What was delivered last and answers on their way are memory too; 40 MB were read.
    assert.isAtMost(memory, BUDGET + 8 * MIB, stdout)
  })
})
