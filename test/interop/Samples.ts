// Records that our client exchanges with the others, as each of them can show them: keys with Java's partition
// of 12, nulls beside empty texts, headers, times. What was read is put into the same shape and order.
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Compression } from "../../src/layers/compression/Compression.ts"
import { Admin } from "../../src/runtime/client/Admin.ts"
import * as Client from "../../src/runtime/client/Client.ts"
import * as Case from "./suite/Case.ts"
import { JAVA_PARTITIONS } from "./suite/ProduceCases.ts"

export const PARTITIONS = 12
export const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const
export type Codec = typeof CODECS[number]

export interface Sample {
  readonly partition: number
  readonly key: string | null
  readonly value: string | null
  readonly headers: ReadonlyArray<readonly [name: string, value: string | null]>
  readonly timestampMs: number
}

const START_MS = 1_700_000_000_000

const plain = JAVA_PARTITIONS.map(([key, partition]) => ({
  partition,
  key,
  value: `the value of ${key} `.repeat(40),
  headers: []
}))

const untimed: ReadonlyArray<Omit<Sample, "timestampMs">> = [
  ...plain,
  { partition: 2, key: null, value: "no key", headers: [] },
  { partition: 6, key: "foobar", value: null, headers: [] },
  { partition: 3, key: "abc", value: "", headers: [["a", "1"], ["a", ""], ["größe", "ü"]] }
]

export const samples: ReadonlyArray<Sample> = untimed.map((sample, index) => ({
  ...sample,
  timestampMs: START_MS + index
}))

/** Keys that every tool can write, of samples that hold nothing special. */
export const keyed: ReadonlyArray<Sample> = samples.filter(({ headers, key, value }) =>
  headers.length === 0 && key !== null && key !== "" && value !== null
)

/** In the order of partitions, in which all readers can be compared. */
export const sorted = (read: ReadonlyArray<Sample>): ReadonlyArray<Sample> =>
  read.toSorted((a, b) => a.partition - b.partition)

const layer = (bootstrapServers: string) =>
  Admin.layer.pipe(
    Layer.provideMerge(Layer.mergeAll(Client.layer({ bootstrapServers }), Compression.layer))
  )

const run = <A>(bootstrap: string, effect: Effect.Effect<A, unknown, Case.Needs>): Promise<A> =>
  Effect.runPromise(effect.pipe(Effect.scoped, Effect.provide(layer(bootstrap))))

export const createTopic = (bootstrap: string): Promise<string> =>
  run(bootstrap, Case.topic(PARTITIONS))

/** Sends them with our producer, which chooses the partitions of keys; gives the topic. */
export const write = (
  bootstrap: string,
  compression: Codec,
  given: ReadonlyArray<Sample> = samples
): Promise<string> =>
  run(
    bootstrap,
    Effect.gen(function*() {
      const topic = yield* Case.topic(PARTITIONS)
      const producer = yield* Case.producer({ compression })
      yield* producer.sendAll(given.map((sample) => ({
        topic,
        partition: sample.key === null ? sample.partition : undefined,
        key: sample.key,
        value: sample.value,
        headers: sample.headers.map(([name, value]) =>
          [name, value === null ? null : Buffer.from(value)] as const
        ),
        timestampMs: sample.timestampMs
      })))
      return topic
    })
  )

const text = (bytes: Buffer | null): string | null => bytes === null ? null : bytes.toString()

/** Reads so many with our consumer. */
export const read = (
  bootstrap: string,
  topic: string,
  count: number
): Promise<ReadonlyArray<Sample>> =>
  run(
    bootstrap,
    Effect.gen(function*() {
      const all = Array.from({ length: PARTITIONS }, (_, partition) => partition)
      const records = yield* Case.read(yield* Case.assigned(topic, all), count)
      return sorted(records.map(({ headers, key, partition, timestampMs, value }) => ({
        partition,
        key: text(key),
        value: text(value),
        headers: headers.map((header) => [header.key, text(header.value)] as const),
        timestampMs
      })))
    })
  )
