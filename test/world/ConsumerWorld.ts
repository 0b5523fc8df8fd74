// Consumers as tests need them: a broker in memory, topics, records written as a producer's batches, and what
// was read put into a shape that can be compared.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { ErrorCode } from "../../src/domain/ErrorCode.ts"
import { Produce } from "../../src/domain/protocol/Produce.ts"
import { Compression } from "../../src/layers/compression/Compression.ts"
import type { ConsumerRecord } from "../../src/runtime/client/consumer/ConsumerRecord.ts"
import * as BrokerWorld from "./BrokerWorld.ts"
import * as ClientWorld from "./ClientWorld.ts"
import * as Requests from "./Requests.ts"

export const layer = (options: ClientWorld.WorldOptions = {}) =>
  ClientWorld.layer(options).pipe(Layer.provideMerge(Compression.layer))

/** A topic, and a way to write batches into it. */
export const topic = Effect.fnUntraced(function*(name: string, partitions = 1) {
  const client = yield* BrokerWorld.connect
  yield* Requests.createTopic(client, name, partitions)
  return yield* writer(name)
})

/** Writes batches into a topic that is there, over a connection of its own. */
export const writer = Effect.fnUntraced(function*(name: string) {
  const client = yield* BrokerWorld.connect
  const append = Effect.fnUntraced(function*(records: Buffer, partition = 0) {
    const answer = yield* client.ask(Produce, 9, Requests.produce(name, records, { partition }))
    const [told] = answer.responses[0]!.partitionResponses
    assert.strictEqual(told!.errorCode, ErrorCode.NONE)
    return told!.baseOffset
  })
  const write = (values: ReadonlyArray<string>, partition = 0) =>
    append(BrokerWorld.batch(values), partition)
  return { name, client, append, write, at: (partition: number) => ({ topic: name, partition }) }
})

/** "topic-partition@offset=value". */
export const shown = (records: Iterable<ConsumerRecord>): ReadonlyArray<string> =>
  [...records].map((record) =>
    `${record.topic}-${record.partition}@${record.offset}=${record.value?.toString() ?? "null"}`
  )

export const values = (records: Iterable<ConsumerRecord>): ReadonlyArray<string> =>
  [...records].map(({ value }) => value?.toString() ?? "null")

/** "v0", "v1", ... */
export const numbered = (from: number, to: number): ReadonlyArray<string> =>
  Array.from({ length: to - from }, (_, index) => `v${from + index}`)

export type TopicWriter = Effect.Success<ReturnType<typeof writer>>
