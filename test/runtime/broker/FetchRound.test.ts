// A fetch that waits looks at all of its partitions when one calls: once it has seen enough it must
// look no more, or a topic of thousands that is deleted costs the square of them. And it must leave
// nothing behind, or each record that wakes a consumer makes the log slower and the broker larger.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { PartitionLogs, PartitionOffsets } from "../../../src/layers/storage/PartitionLogs.ts"
import * as FetchRound from "../../../src/runtime/broker/FetchRound.ts"

const COUNT = 100
const EMPTY: PartitionOffsets = {
  logStartOffset: 0,
  lastStableOffset: 0,
  highWatermark: 0,
  logEndOffset: 0,
  leaderEpoch: 0,
  sizeBytes: 0,
  isOffline: false
}

/** Logs of partitions that are as the test says, and how often they were looked at. */
const waiting = Effect.fnUntraced(function*(bytesMin: number, first = EMPTY) {
  const states = Array.from({ length: COUNT }, (): PartitionOffsets | undefined => first)
  const wakes = new Set<() => void>()
  const seen = { looks: 0 }
  const logs = {
    offsets: (_topic: string, partition: number) => {
      seen.looks++
      return states[partition]
    },
    onGrowth: (_asked: unknown, wake: () => void) => {
      wakes.add(wake)
      return () => wakes.delete(wake)
    }
  } as unknown as PartitionLogs["Service"]
  const partitions = states.map((_, partition) => ({
    asked: { topic: "t", partition },
    read: { highWatermark: 0 }
  })) as unknown as FetchRound.FetchRound["partitions"]
  const round = { partitions, bytes: 0, hasError: false }
  const cancels = new Set<() => void>()
  const onCancel = (cancel: () => void) => {
    cancels.add(cancel)
    return () => cancels.delete(cancel)
  }
  const fiber = yield* Effect.forkChild(
    FetchRound.growth(logs, round, bytesMin, onCancel),
    { startImmediately: true }
  )
  const change = (partition: number, to: PartitionOffsets | undefined) => {
    states[partition] = to
    for (const wake of wakes) wake()
  }
  seen.looks = 0
  return { cancels, change, fiber, seen, wakes }
})

describe("FetchRound.growth", () => {
  it.effect("looks once at the partitions of a topic that is deleted under it", () =>
    Effect.gen(function*() {
      const { change, fiber, seen } = yield* waiting(1)
      for (let partition = 0; partition < COUNT; partition++) change(partition, undefined)
      yield* Fiber.join(fiber)
      assert.strictEqual(seen.looks, COUNT)
    }))

  it.effect("leaves nothing behind, woken, cancelled or interrupted", () =>
    Effect.gen(function*() {
      const woken = yield* waiting(1)
      woken.change(0, { ...EMPTY, highWatermark: 1, logEndOffset: 1, sizeBytes: 60 })
      yield* Fiber.join(woken.fiber)
      const cancelled = yield* waiting(1)
      for (const cancel of cancelled.cancels) cancel()
      yield* Fiber.join(cancelled.fiber)
      const interrupted = yield* waiting(1)
      yield* Fiber.interrupt(interrupted.fiber)
      for (const { cancels, wakes } of [woken, cancelled, interrupted]) {
        assert.strictEqual(cancels.size + wakes.size, 0)
      }
    }))

  it.effect("ends when a partition goes offline", () =>
    Effect.gen(function*() {
      const { change, fiber } = yield* waiting(1_000_000)
      change(3, { ...EMPTY, isOffline: true })
      yield* Fiber.join(fiber)
    }))

  it.effect("waits for as many bytes as were asked for", () =>
    Effect.gen(function*() {
      const { change, fiber } = yield* waiting(100)
      change(0, { ...EMPTY, highWatermark: 1, logEndOffset: 1, sizeBytes: 60 })
      assert.isUndefined(fiber.pollUnsafe())
      change(1, { ...EMPTY, highWatermark: 1, logEndOffset: 1, sizeBytes: 60 })
      yield* Fiber.join(fiber)
    }))

  it.effect("ends when records come to a log that became smaller meanwhile", () =>
    Effect.gen(function*() {
      const full = { ...EMPTY, sizeBytes: 1000 }
      const retained = yield* waiting(1, full)
      const begun = { ...full, logStartOffset: 5, sizeBytes: 400 }
      retained.change(0, begun)
      assert.isUndefined(retained.fiber.pollUnsafe())
      retained.change(0, { ...begun, highWatermark: 1, logEndOffset: 1, sizeBytes: 460 })
      yield* Fiber.join(retained.fiber)
      const compacted = yield* waiting(1, full)
      compacted.change(0, { ...full, sizeBytes: 400 })
      assert.isUndefined(compacted.fiber.pollUnsafe())
      compacted.change(1, { ...full, highWatermark: 1, logEndOffset: 1, sizeBytes: 1060 })
      yield* Fiber.join(compacted.fiber)
    }))
})
