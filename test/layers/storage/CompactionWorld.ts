// A log that is compacted, over a simulated disk: keyed records in, and what a reader from the start
// holds out.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Record from "../../../src/domain/record/Record.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"
import {
  RecordBatchBuilder,
  type SealOptions
} from "../../../src/domain/record/RecordBatchBuilder.ts"
import { type Storage, World } from "./StorageWorld.ts"

export const BACKOFF_MS = 1_000
export const HOUR_MS = 3_600_000

export type KeyValue = readonly [key: string, value: string | null]

/** A batch as a producer sends it. */
export const keyed = (
  records: ReadonlyArray<KeyValue>,
  { timestamp = 1_000, ...options }: SealOptions & { readonly timestamp?: number } = {}
): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 1 << 20 })
  for (const [key, value] of records) {
    const bytes = value === null ? null : Buffer.from(value)
    assert.isTrue(builder.append(timestamp, Buffer.from(key), bytes))
  }
  return Buffer.from(builder.seal(options))
}

/** Three batches fill a segment. */
export const CONFIGS = {
  "cleanup.policy": "compact",
  "segment.bytes": "400",
  "min.cleanable.dirty.ratio": "0.01",
  "delete.retention.ms": String(HOUR_MS),
  "file.delete.delay.ms": "60000"
}

/** Values are this long, so that segments fill evenly. */
export const value = (text: string): string => text.padEnd(40, ".")

export const begin = Effect.fnUntraced(
  function*(configs: Record<string, string> = {}, broker: Record<string, string> = {}) {
    const world = new World({ "log.cleaner.backoff.ms": String(BACKOFF_MS), ...broker })
    const storage = yield* world.start
    yield* storage.topic("t", { ...CONFIGS, ...configs })
    return { world, storage }
  }
)

export interface Read {
  readonly offset: number
  readonly timestamp: number
  readonly key: string
  readonly value: string | null
}

/** Every record that can be read, in order. */
export const recordsOf = (storage: Storage, from = 0): Effect.Effect<ReadonlyArray<Read>> =>
  Effect.map(storage.readAll("t", from), ({ batches, errorCode }) => {
    assert.strictEqual(errorCode, 0)
    return batches.flatMap((batch) => Record.ofBatch(batch, 0)).map((record) => ({
      offset: record.offset,
      timestamp: record.timestamp,
      key: String(record.key),
      value: record.value === null ? null : record.value.toString().replace(/\.+$/, "")
    }))
  })

/** What a reader from the start holds at the end. */
export const mapOf = (records: ReadonlyArray<Read>): Record<string, string> => {
  const map: Record<string, string> = {}
  for (const { key, value } of records) {
    if (value === null) delete map[key]
    else map[key] = value
  }
  return map
}

export const offsetsOf = (records: ReadonlyArray<Read>): ReadonlyArray<number> =>
  records.map(({ offset }) => offset)

export const filesOf = (world: World): Effect.Effect<ReadonlyArray<string>> =>
  Effect.orDie(Effect.map(
    world.disk.service.list("/data/t-0"),
    (entries) => entries.map(({ name }) => name).toSorted()
  ))

export const logsOf = (world: World): Effect.Effect<ReadonlyArray<number>> =>
  Effect.map(
    filesOf(world),
    (names) =>
      names.filter((name) => name.endsWith(".log")).map((name) => Number(name.slice(0, 20)))
  )

/** Appends `count` batches of one record each: keys in turn, values counting up from `from`. */
export const write = Effect.fnUntraced(
  function*(storage: Storage, count: number, { from = 0, keys = 3 } = {}) {
    for (let i = from; i < from + count; i++) {
      const records: ReadonlyArray<KeyValue> = [[`k${i % keys}`, value(`v${i}`)]]
      const { baseOffset, errorCode } = yield* storage.append("t", keyed(records))
      assert.deepStrictEqual([errorCode, baseOffset], [0, i])
    }
  }
)

/** Lets the cleaner come to its end, a few times over. */
export const cleaned = (world: World, rounds = 4): Effect.Effect<void> =>
  Effect.repeat(world.advance(BACKOFF_MS), { times: rounds - 1 })

export const isEmptyBatch = (batch: Buffer): boolean => RecordBatch.recordsCount(batch, 0) === 0
