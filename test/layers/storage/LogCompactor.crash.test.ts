// The process or the machine dies at every single disk operation of a compaction, and of the start after
// it: each time the log comes back whole, with nothing lost, nothing risen from the dead and no leftovers.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { Operation } from "../../../src/layers/disk/MemoryProcess.ts"
import {
  filesOf,
  keyed,
  type KeyValue,
  logsOf,
  mapOf,
  type Read,
  recordsOf,
  value
} from "./CompactionWorld.ts"
import { randomFrom, type Storage, World } from "./StorageWorld.ts"

const HOUR_MS = 3_600_000
const OPERATIONS: ReadonlyArray<Operation> = [
  "open",
  "read",
  "write",
  "sync",
  "truncate",
  "rename",
  "remove"
]

const mine = (sequence: number): Buffer =>
  keyed([["mine", value(`${sequence}`)]], {
    producerId: 7,
    producerEpoch: 0,
    baseSequence: sequence
  })

interface Scene {
  readonly world: World
  readonly storage: Storage
  /** Every record that was ever written. */
  readonly written: ReadonlyArray<Read>
  /** Those that are left when the second compaction begins. */
  readonly before: ReadonlyArray<Read>
  readonly logEndOffset: number
}

/**
 * A log that was compacted once, holds a tombstone whose time is over, and is dirty again: the next
 * round, an hour later, joins segments, takes the tombstone and empties whole batches.
 */
const prepare: Effect.Effect<Scene, unknown> = Effect.gen(function*() {
  const world = new World({
    "log.cleaner.backoff.ms": String(HOUR_MS),
    "log.retention.check.interval.ms": String(1000 * HOUR_MS),
    "log.flush.offset.checkpoint.interval.ms": String(HOUR_MS / 3)
  })
  const storage = yield* world.start
  yield* storage.topic("t", {
    "cleanup.policy": "compact",
    "segment.bytes": "400",
    "min.cleanable.dirty.ratio": "0.01",
    "delete.retention.ms": "1000",
    "file.delete.delay.ms": "1000"
  })
  const append = Effect.fnUntraced(function*(records: Buffer) {
    assert.strictEqual((yield* storage.append("t", records)).errorCode, 0)
  })
  const all: Array<KeyValue> = [["gone", "here"], ["kept", "first"], ["gone", null]]
  for (let i = 0; i < 7; i++) all.push([`k${i % 2}`, `v${i}`])
  for (const [key, text] of all) yield* append(keyed([[key, text === null ? null : value(text)]]))
  yield* append(mine(0))
  yield* append(mine(1))
  yield* append(keyed([["mine", value("other")]]))
  const first = yield* recordsOf(storage)
  yield* world.advance(HOUR_MS + 2_000)
  assert.strictEqual(world.said("compacted").length, 1)
  for (let i = 0; i < 7; i++) yield* append(keyed([[`k${i % 2}`, value(`w${i}`)]]))
  const { logEndOffset } = storage.logs.offsets("t", 0)!
  const known = new Set(first.map(({ offset }) => offset))
  const before = yield* recordsOf(storage)
  const second = before.filter(({ offset }) => !known.has(offset))
  return { world, storage, written: [...first, ...second], before, logEndOffset }
})

/** The hour in which the log is compacted again. */
const compact = (world: World): Effect.Effect<void> => world.advance(HOUR_MS)

/** The records of each segment that the second compaction makes, when nothing disturbs it. */
const undisturbed = Effect.gen(function*() {
  const { storage, world } = yield* prepare
  yield* compact(world)
  const after = yield* recordsOf(storage)
  const bases = yield* logsOf(world)
  yield* storage.stop
  return bases.map((from, i) => {
    const to = bases[i + 1] ?? Infinity
    return { from, to, records: within(after, from, to) }
  })
})

const within = (records: ReadonlyArray<Read>, from: number, to: number): ReadonlyArray<Read> =>
  records.filter(({ offset }) => offset >= from && offset < to)

/** Of each segment that is made there is all that was before, or what it is made of: no mixture. */
const assertUnmixed = Effect.fnUntraced(
  function*(scene: Scene, found: ReadonlyArray<Read>, at: string) {
    for (const { from, records, to } of yield* undisturbed) {
      const before = within(scene.before, from, to)
      const now = within(found, from, to)
      assert.deepStrictEqual(now, now.length === before.length ? before : records, at)
    }
  }
)

const check = Effect.fnUntraced(function*(
  { logEndOffset, world, written }: Scene,
  storage: Storage,
  at: string
) {
  const records = yield* recordsOf(storage)
  const all = new Map(written.map((record) => [record.offset, record]))
  for (const record of records) assert.deepStrictEqual(record, all.get(record.offset), at)
  assert.deepStrictEqual(mapOf(records), mapOf(written), at)
  const offsets = storage.logs.offsets("t", 0)!
  assert.deepStrictEqual([offsets.logStartOffset, offsets.logEndOffset], [0, logEndOffset], at)
  assert.deepStrictEqual(world.said(/cut |damaged/), [], at)
  return records
})

/** The log is as it should be, can be compacted to the end, and its producer goes on. */
const checkAfter = Effect.fnUntraced(function*(scene: Scene, storage: Storage, at: string) {
  const { logEndOffset, world } = scene
  const leftovers = (yield* filesOf(world)).filter((name) => /cleaned|swap|deleted|tmp/.test(name))
  assert.deepStrictEqual(leftovers, [], at)
  const found = yield* check(scene, storage, at)
  for (let from = 1; from < logEndOffset; from++) {
    const wanted = found.filter(({ offset }) => offset >= from)
    assert.deepStrictEqual(yield* recordsOf(storage, from), wanted, `${at}, from ${from}`)
  }
  yield* assertUnmixed(scene, found, at)
  yield* compact(world)
  const records = yield* check(scene, storage, at)
  assert.isFalse(records.some(({ key }) => key === "gone"), at)
  assert.isAtMost(records.length, 7, at)
  assert.deepStrictEqual(
    [yield* storage.appended("t", mine(1)), yield* storage.appended("t", mine(2))],
    [{ errorCode: 0, baseOffset: 11 }, { errorCode: 0, baseOffset: logEndOffset }],
    at
  )
  yield* world.advance(2_000)
  yield* storage.stop
  const again = yield* world.start
  assert.strictEqual(again.logs.offsets("t", 0)!.logEndOffset, logEndOffset + 1, at)
  const names = yield* filesOf(world)
  assert.deepStrictEqual(names.filter((name) => /cleaned|swap|deleted|tmp/.test(name)), [], at)
  yield* again.stop
})

type Death = "kill" | "crash" | "torn"

const die = (world: World, death: Death, seed: number): void => {
  if (death === "kill") world.disk.kill()
  else world.disk.crash(death === "torn" ? randomFrom(seed) : undefined)
}

describe("a compaction that is broken off", () => {
  for (const operation of OPERATIONS) {
    for (const death of ["kill", "crash", "torn"] as const) {
      it.effect(`by a ${death} at any ${operation} harms nothing`, () =>
        Effect.gen(function*() {
          for (let nth = 1;; nth++) {
            const scene = yield* prepare
            const { storage, world } = scene
            const before = world.disk.life
            world.disk.killAt(operation, nth)
            yield* compact(world)
            const isOver = world.disk.life === before
            die(world, death, nth)
            yield* storage.stop
            const again = yield* world.start
            yield* checkAfter(scene, again, `${death} at ${operation} ${nth}`)
            if (isOver) return assert.isAbove(nth, operation === "truncate" ? 1 : 0)
          }
        }))
    }
  }
})

describe("a start that finishes a swap", () => {
  for (const operation of ["rename", "remove", "sync", "write"] as const) {
    it.effect(`can itself be broken off at any ${operation}`, () =>
      Effect.gen(function*() {
        for (const nthRename of [2, 3, 5, 8]) {
          for (let nth = 1;; nth++) {
            const at = `rename ${nthRename}, then ${operation} ${nth}`
            const scene = yield* prepare
            const { storage, world } = scene
            world.disk.killAt("rename", nthRename)
            yield* compact(world)
            world.disk.crash(randomFrom(nth))
            yield* storage.stop
            const before = world.disk.life
            world.disk.killAt(operation, nth)
            const first = yield* Effect.result(world.start)
            const isOver = world.disk.life === before
            world.disk.crash(randomFrom(nth + 100))
            if (first._tag === "Success") yield* first.success.stop
            yield* checkAfter(scene, yield* world.start, at)
            if (isOver) break
          }
        }
      }))
  }
})
