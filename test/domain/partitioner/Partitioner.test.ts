// Where records go: keys by their hash, others together until a batch is full, or in turn.
import { assert, describe, it } from "@effect/vitest"
import * as Partitioner from "../../../src/domain/partitioner/Partitioner.ts"
import { random } from "../../torture/Random.ts"

const ALL = [0, 1, 2, 3]
const BATCH_BYTES = 1_000

const sticky = (seed = 1) => Partitioner.keyed({ stickyBytes: BATCH_BYTES, random: random(seed) })

describe("keyed", () => {
  it("sends a key where every Kafka client sends it", () => {
    const { partition } = sticky()
    // murmur2("foobar") is -790332482, 1357151166 without its sign bit.
    assert.strictEqual(partition("t", Buffer.from("foobar"), 100, []), 66)
    // murmur2("21") is -973932308, 1173551340 without it.
    assert.strictEqual(partition("t", Buffer.from("21"), 7, []), 1_173_551_340 % 7)
  })

  it("counts all partitions for a key, also those without a leader", () => {
    const { partition } = sticky()
    const key = Buffer.from("foobar")
    assert.strictEqual(partition("t", key, 4, [0]), partition("t", key, 4, ALL))
  })

  it("stays with a partition until its batch is full, then goes to another", () => {
    const { onBatchSealed, partition } = sticky()
    for (let batch = 0; batch < 50; batch++) {
      const first = partition("t", null, 4, ALL)
      for (let i = 0; i < 20; i++) assert.strictEqual(partition("t", null, 4, ALL), first)
      onBatchSealed!("t", first, 900, true)
      assert.notStrictEqual(partition("t", null, 4, ALL), first)
    }
  })

  it("is not driven on by batches that time has closed, before they add up to a full one", () => {
    const { onBatchSealed, partition } = sticky()
    const first = partition("t", null, 4, ALL)
    for (let i = 0; i < 9; i++) onBatchSealed!("t", first, 110, false)
    assert.strictEqual(partition("t", null, 4, ALL), first)
    onBatchSealed!("t", first, 110, false)
    assert.notStrictEqual(partition("t", null, 4, ALL), first)
  })

  it("is not driven on by batches of other partitions or topics", () => {
    const { onBatchSealed, partition } = sticky()
    const first = partition("t", null, 4, ALL)
    onBatchSealed!("t", (first + 1) % 4, 9_000, true)
    onBatchSealed!("u", first, 9_000, true)
    assert.strictEqual(partition("t", null, 4, ALL), first)
  })

  it("leaves a partition that has lost its leader, and no other", () => {
    const { partition } = sticky()
    const first = partition("t", null, 4, ALL)
    assert.strictEqual(partition("t", null, 4, [...ALL]), first)
    const rest = ALL.filter((one) => one !== first)
    assert.include(rest, partition("t", null, 4, rest))
  })

  it("visits all available partitions about equally often, and no other", () => {
    const { onBatchSealed, partition } = sticky(3)
    const available = [0, 2, 5]
    const visits = new Map(available.map((one) => [one, 0]))
    for (let i = 0; i < 3_000; i++) {
      const one = partition("t", null, 8, available)
      visits.set(one, visits.get(one)! + 1)
      onBatchSealed!("t", one, 1, true)
    }
    assert.deepStrictEqual([...visits.keys()], available)
    for (const count of visits.values()) assert.closeTo(count, 1_000, 100)
  })

  it("knows no leader, and sends anywhere below the count", () => {
    const { onBatchSealed, partition } = sticky(4)
    const seen = new Set<number>()
    for (let i = 0; i < 200; i++) {
      const one = partition("t", null, 5, [])
      seen.add(one)
      onBatchSealed!("t", one, 1, true)
    }
    assert.deepStrictEqual([...seen].sort((a, b) => a - b), [0, 1, 2, 3, 4])
  })

  it("has one partition, and stays", () => {
    const { onBatchSealed, partition } = sticky()
    onBatchSealed!("t", partition("t", null, 1, [0]), 1, true)
    assert.strictEqual(partition("t", null, 1, [0]), 0)
  })
})

describe("roundRobin", () => {
  it("goes through the available partitions topic by topic, whatever the key", () => {
    const { partition } = Partitioner.roundRobin()
    const key = Buffer.from("k")
    const turns = [0, 1, 2, 3].map(() => partition("t", key, 8, [1, 4, 6]))
    assert.deepStrictEqual(turns, [1, 4, 6, 1])
    assert.strictEqual(partition("u", null, 8, [1, 4, 6]), 1)
    assert.deepStrictEqual([0, 1, 2].map(() => partition("v", null, 2, [])), [0, 1, 0])
  })
})
