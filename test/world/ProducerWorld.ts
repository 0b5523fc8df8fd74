// A producer, its client and a broker in memory; and what lies in a log afterwards.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Fetch } from "../../src/domain/protocol/Fetch.ts"
import * as CompressionType from "../../src/domain/record/CompressionType.ts"
import * as Record from "../../src/domain/record/Record.ts"
import * as RecordBatch from "../../src/domain/record/RecordBatch.ts"
import { Compression } from "../../src/layers/compression/Compression.ts"
import type { ClientError } from "../../src/runtime/client/ClientError.ts"
import { Producer } from "../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../src/runtime/client/producer/ProducerOptions.ts"
import type { RecordMetadata } from "../../src/runtime/client/producer/ProducerRecord.ts"
import * as BrokerWorld from "./BrokerWorld.ts"
import * as ClientWorld from "./ClientWorld.ts"
import * as Requests from "./Requests.ts"

export const layer = (
  producer: ProducerOptions = {},
  world: ClientWorld.WorldOptions = {}
) =>
  Producer.layer({ lingerMs: 0, ...producer }).pipe(
    Layer.provideMerge(Layer.mergeAll(ClientWorld.layer(world), Compression.layer))
  )

export const createTopic = (name: string, partitions = 1, configs = {}) =>
  Effect.flatMap(
    BrokerWorld.connect,
    (client) => Requests.createTopic(client, name, partitions, configs)
  )

export interface Logged {
  readonly offset: number
  readonly timestampMs: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: ReadonlyArray<readonly [string, string | null]>
  readonly codec: string
}

const text = (bytes: Buffer | null): string | null => bytes === null ? null : bytes.toString()

/** All records of a partition, decompressed, as the broker has them. */
export const logged = Effect.fnUntraced(function*(topic: string, partition = 0) {
  const client = yield* BrokerWorld.connect
  const compression = yield* Compression
  const records: Array<Logged> = []
  let next = 0
  while (true) {
    const request = Requests.fetch(topic, next, { maxBytes: 1 << 24 })
    const parts = [{ ...request.topics[0]!.partitions[0]!, partition }]
    const answer = yield* client.ask(Fetch, 12, {
      ...request,
      topics: [{ ...request.topics[0]!, partitions: parts }]
    })
    const found = answer.responses[0]!.partitions[0]!
    const bytes = found.records as Buffer | null
    if (bytes === null || bytes.length === 0) return records
    for (let at = 0; at < bytes.length; at += RecordBatch.sizeBytes(bytes, at)) {
      const type = RecordBatch.compressionType(bytes, at) as CompressionType.CompressionType
      const end = at + RecordBatch.sizeBytes(bytes, at)
      const payload = yield* compression.decompress(
        type,
        bytes.subarray(at + RecordBatch.HEADER_BYTES, end),
        1 << 26
      )
      for (const record of Record.ofBatch(bytes, at, payload)) {
        records.push({
          offset: record.offset,
          timestampMs: record.timestamp,
          key: text(record.key),
          value: text(record.value),
          headers: record.headers.map(({ key, value }) => [key, text(value)] as const),
          codec: CompressionType.nameOf(type)!
        })
      }
      next = RecordBatch.nextOffset(bytes, at)
    }
  }
})

export interface Called {
  readonly error: ClientError | undefined
  readonly partition: number
  readonly offset: number
  readonly timestampMs: number
}

/** Collects what callbacks are told. */
export const collector = () => {
  const calls: Array<Called> = []
  const callback = (
    error: ClientError | undefined,
    partition: number,
    offset: number,
    timestampMs: number
  ) => {
    calls.push({ error, partition, offset, timestampMs })
  }
  return { calls, callback }
}

export const offsetsOf = (metadata: ReadonlyArray<RecordMetadata>): ReadonlyArray<number> =>
  metadata.map(({ offset }) => offset)
