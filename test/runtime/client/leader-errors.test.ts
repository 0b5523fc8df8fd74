// Error codes by which a leader says that it is none, or not yet, or not well: whoever asked asks for the cluster
// again and then the leader, and nothing is lost, repeated or told to the application. The same for Fetch is in
// Fetcher.test.ts, for leaders that really move in Producer.faults.test.ts and Fetcher.test.ts.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ErrorCode } from "../../../src/domain/ErrorCode.ts"
import { Fetch } from "../../../src/domain/protocol/Fetch.ts"
import { ListOffsets } from "../../../src/domain/protocol/ListOffsets.ts"
import { Metadata } from "../../../src/domain/protocol/Metadata.ts"
import { Compression } from "../../../src/layers/compression/Compression.ts"
import * as Consumer from "../../../src/runtime/client/Consumer.ts"
import { Producer } from "../../../src/runtime/client/Producer.ts"
import { passing } from "../../world/Passing.ts"
import * as ProducerWorld from "../../world/ProducerWorld.ts"
import * as Scripted from "../../world/ScriptedBroker.ts"
import * as ScriptedFetch from "../../world/ScriptedFetch.ts"
import * as ScriptedProduce from "../../world/ScriptedProduce.ts"

const CODES = [
  "NOT_LEADER_OR_FOLLOWER",
  "LEADER_NOT_AVAILABLE",
  "REPLICA_NOT_AVAILABLE",
  "FENCED_LEADER_EPOCH",
  "UNKNOWN_LEADER_EPOCH",
  "UNKNOWN_TOPIC_OR_PARTITION",
  "KAFKA_STORAGE_ERROR",
  "NETWORK_EXCEPTION"
] as const

const scripted = Scripted.layer({ topics: { orders: [1] } })

describe("A leader that refuses", () => {
  for (const name of CODES) {
    it.effect(`a batch with ${name} gets it again, and those behind it after it`, () =>
      Effect.gen(function*() {
        const broker = yield* Scripted.ScriptedBroker
        const refuse: ScriptedProduce.Bend = ({ sequence }, count) => {
          if (count === 1) return { errorCode: ErrorCode[name] }
          const isNext = sequence === log.values().length
          return isNext ? undefined : { errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER }
        }
        const log = ScriptedProduce.takeAll(broker, refuse)
        const producer = yield* Producer
        yield* producer.send({ topic: "orders", partition: 0, value: "0" })
        const asked = broker.asked(Metadata).length
        const { callback, calls } = ProducerWorld.collector()
        for (const index of [1, 2, 3, 4, 5, 6]) {
          const value = `${index}`.repeat(40)
          producer.push({ topic: "orders", partition: 0, value }, callback)
        }
        yield* passing(producer.flush)
        assert.deepStrictEqual(log.values().map((value) => value[0]), [
          "0",
          "1",
          "2",
          "3",
          "4",
          "5",
          "6"
        ])
        assert.deepStrictEqual(
          calls.map(({ error, offset }) => [error, offset]),
          [1, 2, 3, 4, 5, 6].map((offset) => [undefined, offset])
        )
        assert.isAbove(broker.asked(Metadata).length, asked)
        assert.isAbove(producer.counters.retries, 0)
      }).pipe(Effect.provide(
        Producer.layer({ lingerMs: 0, batchBytesMax: 150 }).pipe(Layer.provideMerge(scripted))
      )))

    it.effect(`to tell its offsets with ${name} is asked again`, () =>
      Effect.gen(function*() {
        const broker = yield* Scripted.ScriptedBroker
        broker.on(Fetch, () => "silence")
        broker.on(ListOffsets, (asked) => {
          const answer = ScriptedFetch.listOffsets(asked, 42)
          if (asked.count > 0) return answer
          const [topic] = answer.topics
          const [partition] = topic!.partitions
          const refused = { ...partition!, errorCode: ErrorCode[name], offset: -1 }
          return { ...answer, topics: [{ ...topic!, partitions: [refused] }] }
        })
        const consumer = yield* Consumer.make({ autoOffsetReset: "earliest" })
        yield* consumer.assign([{ topic: "orders", partition: 0 }])
        const position = consumer.position({ topic: "orders", partition: 0 })
        assert.strictEqual(yield* passing(position), 42)
        assert.isAtLeast(broker.asked(ListOffsets).length, 2)
      }).pipe(Effect.provide(Layer.merge(scripted, Compression.layer))))
  }
})
