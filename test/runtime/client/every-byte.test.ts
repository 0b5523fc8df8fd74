// Connections that break behind every byte of every answer, and answers that come byte by byte: a producer, a
// group's member and its commit go through the whole of a client's talk with a broker, handshake, metadata,
// coordinator, join, fetch, commit and leave, and lose and repeat nothing. The tests cut at every STRIDE-th byte, from
// another first one each day; `STRIDE=1` at all.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import { BrokerConfig } from "../../../src/layers/config/BrokerConfig.ts"
import * as ClientConfig from "../../../src/layers/config/ClientConfig.ts"
import * as MemoryDisk from "../../../src/layers/disk/MemoryDisk.ts"
import { MemoryNetwork } from "../../../src/layers/transport/MemoryTransport.ts"
import * as BrokerModule from "../../../src/runtime/broker/Broker.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import * as Consumer from "../../../src/runtime/client/Consumer.ts"
import type { ConsumerRecord } from "../../../src/runtime/client/consumer/ConsumerRecord.ts"
import * as Producer from "../../../src/runtime/client/Producer.ts"
import { values } from "../../world/ConsumerWorld.ts"
import { layer as transport, Scissors } from "../../world/CutTransport.ts"
import { passing } from "../../world/Passing.ts"

const STRIDE = Number(process.env["STRIDE"] ?? 29)

const world = BrokerModule.layerNoDeps.pipe(
  Layer.provideMerge(Layer.mergeAll(transport, Compression.layer)),
  Layer.provide([
    MemoryDisk.layer,
    BrokerConfig.layerTest({ "group.initial.rebalance.delay.ms": "0" })
  ])
)

/** A client that knows nothing yet. */
const client = Layer.fresh(Cluster.layer).pipe(
  Layer.provide(Layer.effect(
    ClientConfig.ClientConfig,
    Effect.map(
      BrokerModule.Broker,
      ({ listeners: [listener] }) =>
        ClientConfig.make({ bootstrapServers: `${listener!.host}:${listener!.port}` })
    )
  ))
)

const SENT = ["a", "b", "c"]

/** All that a client does, with a topic and a group of its own; gives what it has read and committed. */
const life = Effect.fnUntraced(
  function*(topic: string, protocol: "classic" | "consumer") {
    const producer = yield* Producer.make({ lingerMs: 0, closeTimeoutMs: 0 })
    const metadata = yield* producer.sendAll(SENT.map((value) => ({ topic, value, partition: 0 })))
    const consumer = yield* Consumer.make({
      groupId: topic,
      topics: [topic],
      protocol,
      autoOffsetReset: "earliest",
      autoCommit: false
    })
    const read: Array<ConsumerRecord> = []
    while (read.length < SENT.length) read.push(...(yield* consumer.poll(2, "10 seconds")))
    read.push(...(yield* consumer.poll(1, 0)))
    yield* consumer.commitSync()
    const committed = yield* consumer.committed([{ topic, partition: 0 }])
    return {
      offsets: metadata.map(({ offset }) => offset),
      read: values(read),
      committed: committed.get(`${topic}-0`)?.offset
    }
  },
  (effect) => passing(Effect.provide(Effect.scoped(effect), client))
)

const RIGHT = { offsets: [0, 1, 2], read: SENT, committed: 3 }

describe("A client whose connection breaks", () => {
  for (const protocol of ["classic", "consumer"] as const) {
    it.effect(
      `behind any byte of any answer goes on (${protocol} protocol)`,
      () =>
        Effect.gen(function*() {
          const scissors = yield* Scissors
          scissors.cutAfter(undefined)
          assert.deepStrictEqual(yield* life("whole", protocol), RIGHT)
          const bytes = scissors.written()
          assert.isAbove(bytes, 1000)
          const first = Math.floor(Date.now() / 86_400_000) % STRIDE
          for (let at = first; at < bytes; at += STRIDE) {
            scissors.cutAfter(at)
            assert.deepStrictEqual(
              yield* life(`cut-${at}`, protocol),
              RIGHT,
              `cut after ${at} bytes`
            )
          }
        }).pipe(Effect.provide(world)),
      { timeout: 300_000 }
    )
  }

  it.effect("reads answers that come byte by byte", () =>
    Effect.gen(function*() {
      const network = yield* MemoryNetwork
      yield* network.setWeather({ chunkBytes: 1 })
      assert.deepStrictEqual(yield* life("pieces", "classic"), RIGHT)
    }).pipe(Effect.provide(world)))
})
