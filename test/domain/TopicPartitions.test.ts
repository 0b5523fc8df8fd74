// Sets of partitions: what is added, taken and compared.
import { assert, describe, it } from "@effect/vitest"
import * as TopicPartitions from "../../src/domain/TopicPartitions.ts"

const of = (text: string) =>
  TopicPartitions.fromList(
    text.split(" ").filter((place) => place !== "").map((place) => ({
      topicId: place[0]!,
      partitions: [Number(place.slice(1))]
    }))
  )

describe("TopicPartitions", () => {
  it("are listed in order, and read back", () => {
    const listed = TopicPartitions.toList(of("b2 a10 a9 b1"))
    assert.deepStrictEqual(listed, [
      { topicId: "a", partitions: [9, 10] },
      { topicId: "b", partitions: [1, 2] }
    ])
    assert.isTrue(TopicPartitions.equals(TopicPartitions.fromList(listed), of("a9 a10 b1 b2")))
  })

  it("are added to and taken from one another, and name no topic in vain", () => {
    const [left, right] = [of("a1 a2 b1"), of("a2 b1 c1")]
    assert.deepStrictEqual(TopicPartitions.minus(left, right), of("a1"))
    assert.deepStrictEqual(TopicPartitions.intersection(left, right), of("a2 b1"))
    assert.deepStrictEqual(TopicPartitions.union(left, right), of("a1 a2 b1 c1"))
    assert.strictEqual(TopicPartitions.minus(left, left).size, 0)
    assert.strictEqual(TopicPartitions.count(left), 3)
  })

  it("are compared by what they hold", () => {
    assert.isTrue(TopicPartitions.isSubset(of("a1"), of("a1 a2")))
    assert.isFalse(TopicPartitions.isSubset(of("a1 b1"), of("a1 a2")))
    assert.isTrue(TopicPartitions.equals(of("a1 b2"), of("b2 a1")))
    assert.isFalse(TopicPartitions.equals(of("a1"), of("a1 a2")))
    assert.isTrue(TopicPartitions.has(of("a1"), "a", 1))
    assert.isFalse(TopicPartitions.has(of("a1"), "b", 1))
  })
})
