// One case of the client's suite: a name, and an Effect over a client of some broker, real sockets and the
// real clock. It ends with what there is to say of it; it fails, dies or takes too long where the client is
// wrong. Names of topics and groups are fresh, so that cases disturb neither each other nor what a broker had.
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { randomUUID } from "node:crypto"
import type { TopicPartition } from "../../../src/domain/Topic.ts"
import type { Compression } from "../../../src/layers/compression/Compression.ts"
import { Admin } from "../../../src/runtime/client/Admin.ts"
import type * as ClientError from "../../../src/runtime/client/ClientError.ts"
import type { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import * as Consumer from "../../../src/runtime/client/Consumer.ts"
import type { ConsumerOptions } from "../../../src/runtime/client/consumer/ConsumerOptions.ts"
import type { ConsumerRecord } from "../../../src/runtime/client/consumer/ConsumerRecord.ts"
import * as Producer from "../../../src/runtime/client/Producer.ts"
import type { ProducerOptions } from "../../../src/runtime/client/producer/ProducerOptions.ts"

export type Needs = Cluster | Compression | Admin | Scope.Scope

/** What the broker, or this machine, cannot do: said, and no failure. */
export class Skipped extends Data.TaggedError("Skipped")<{ readonly why: string }> {}

export interface Case {
  readonly name: string
  readonly run: Effect.Effect<string, unknown, Needs>
}

/** Without a value there is nothing to say. */
export const of = (name: string, run: Effect.Effect<string | void, unknown, Needs>): Case => ({
  name,
  run: Effect.map(run, (detail) => detail ?? "")
})

export const fresh = (what: string): string => `suite-${what}-${randomUUID().slice(0, 8)}`

export const topic = Effect.fnUntraced(function*(
  partitions = 1,
  configs: Readonly<Record<string, string>> = {}
) {
  const admin = yield* Admin
  const topic = fresh("topic")
  yield* Admin.orFail(admin.createTopics([{ topic, partitions, replicationFactor: 1, configs }]))
  return topic
})

export const producer = (options: ProducerOptions = {}) =>
  Producer.make({ lingerMs: 2, ...options })

/** Reads from the beginning, and commits when it is told to. */
export const consumer = (options: ConsumerOptions = {}) =>
  Consumer.make({ autoOffsetReset: "earliest", autoCommit: false, ...options })

export const assigned = Effect.fnUntraced(function*(
  topic: string,
  partitions: ReadonlyArray<number> = [0],
  options: ConsumerOptions = {}
) {
  const made = yield* consumer(options)
  yield* made.assign(partitions.map((partition) => ({ topic, partition })))
  return made
})

export const at = (topic: string, partition = 0): TopicPartition => ({ topic, partition })

/** Polls until it has so many records, and no more; a case that never gets them runs out of time. */
export const read = Effect.fnUntraced(function*(
  from: Consumer.Consumer["Service"],
  count: number
) {
  const records: Array<ConsumerRecord> = []
  while (records.length < count) {
    records.push(...(yield* from.poll(count - records.length, "1 second")))
  }
  return records
})

export const values = (records: Iterable<ConsumerRecord>): ReadonlyArray<string> =>
  [...records].map(({ value }) => value?.toString() ?? "null")

export const numbered = (count: number, from = 0): ReadonlyArray<string> =>
  Array.from({ length: count }, (_, index) => `v${from + index}`)

export const records = (topic: string, texts: ReadonlyArray<string>, partition = 0) =>
  texts.map((value) => ({ topic, partition, value }))

/** "BrokerRefused UNKNOWN_TOPIC_OR_PARTITION", "RecordTooLarge", ... */
export const reasonOf = ({ reason }: ClientError.ClientError): string =>
  reason._tag === "BrokerRefused" ? `${reason._tag} ${reason.name}` : reason._tag
