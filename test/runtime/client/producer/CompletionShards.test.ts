// Callbacks of one partition run in order, and those of many partitions take turns.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as CompletionShards from "../../../../src/runtime/client/producer/CompletionShards.ts"
import { PartitionQueue } from "../../../../src/runtime/client/producer/PartitionQueue.ts"
import { ProducerBatch } from "../../../../src/runtime/client/producer/ProducerBatch.ts"
import { turn } from "../../../world/Passing.ts"

const batchOf = (shard: number, count: number, callback: (offset: number) => void) => {
  const queue = new PartitionQueue("orders", shard, shard)
  const batch = new ProducerBatch(queue, 1 << 20)
  for (let i = 0; i < count; i++) {
    batch.append(0, null, null, undefined, (_error, _partition, offset) => callback(offset))
  }
  batch.finish(undefined, 0, -1)
  return batch
}

describe("CompletionShards", () => {
  it.effect("runs callbacks later, in order, and tells of each batch when its last has run", () =>
    Effect.gen(function*() {
      const told: Array<string> = []
      const shards = new CompletionShards.CompletionShards(() => told.push("settled"), () => {})
      shards.push(batchOf(1, 2, (offset) => told.push(`a${offset}`)))
      shards.push(batchOf(1, 2, (offset) => told.push(`b${offset}`)))
      assert.deepStrictEqual(told, [])
      yield* turn
      assert.deepStrictEqual(told, ["a0", "a1", "b0", "b1", "settled", "settled"])
    }))

  it.effect("lets no partition with many answers keep the others waiting", () =>
    Effect.gen(function*() {
      let many = 0
      let before: number | undefined
      const shards = new CompletionShards.CompletionShards(() => {}, () => {})
      shards.push(batchOf(1, 10_000, () => many++))
      shards.push(batchOf(2, 1, () => {
        before = many
      }))
      while (many < 10_000) yield* turn
      assert.isBelow(before!, 10_000)
    }))

  it.effect("goes on behind a callback that throws", () =>
    Effect.gen(function*() {
      const thrown: Array<unknown> = []
      const told: Array<number> = []
      const shards = new CompletionShards.CompletionShards(() => {}, (cause) => thrown.push(cause))
      shards.push(batchOf(1, 3, (offset) => {
        if (offset === 1) throw new Error("one")
        told.push(offset)
      }))
      yield* turn
      assert.deepStrictEqual(told, [0, 2])
      assert.strictEqual(thrown.length, 1)
    }))

  it("puts partitions of a topic into different shards", () => {
    const shards = new Set(
      Array.from({ length: 50 }, (_, partition) => CompletionShards.shardOf("orders", partition))
    )
    assert.isAbove(shards.size, 4)
  })
})
