// The sticky assignor of consumers: even, few moves, and user data as other makes write it.
import { assert, describe, it } from "@effect/vitest"
import {
  decodeUserData,
  encodeUserData,
  sticky
} from "../../../src/domain/assignor/StickyAssignor.ts"
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"
import { random } from "../../torture/Random.ts"
import { type Assigned, moved, sizes, text } from "./Assignments.ts"
import { divide, partitions, subscriber, wanted } from "./ConsumerAssignments.ts"

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex")
const OWNED = "00000001 0002 6162 00000002 00000000 00000002"

/** A member that tells what it had in its user data, as eager members do. */
const returning = (memberId: string, topics: string, had: string, generationId: number) =>
  subscriber(memberId, topics, { userData: encodeUserData(partitions(had), generationId) })

describe("the user data of sticky", () => {
  it("is what Kafka's and librdkafka's assignors write: what the member had, and when", () => {
    const owned = TopicPartitions.fromList([{ topicId: "ab", partitions: [2, 0] }])
    assert.deepStrictEqual(encodeUserData(owned, 7), hex(`${OWNED} 00000007`))
    assert.deepStrictEqual(decodeUserData(hex(`${OWNED} 00000007`)), {
      ownedPartitions: owned,
      generationId: 7
    })
  })

  it("has no generation where an old client wrote it", () => {
    assert.strictEqual(decodeUserData(hex(OWNED))!.generationId, -1)
  })

  it("is not made of other bytes", () => {
    for (const other of ["00", "00000001", "00000001 0002 61", "ffffff00 00000000"]) {
      assert.isUndefined(decodeUserData(hex(other)), other)
    }
  })

  it("is nothing before the first assignment", () => {
    assert.isNull(sticky.subscriptionUserData!(TopicPartitions.NONE, -1))
    assert.isNotNull(sticky.subscriptionUserData!(TopicPartitions.NONE, 1))
  })
})

describe("sticky", () => {
  it("deals partitions in turn at first, so that members share each topic", () => {
    const members = ["c0", "c1", "c2"].map((id) => subscriber(id, "abcd"))
    const assigned = divide(sticky, members, { a: 2, b: 2, c: 2, d: 2 })
    assert.deepStrictEqual(members.map(({ memberId }) => text(assigned, memberId)), [
      "a0 b1 d0",
      "a1 c0 d1",
      "b0 c1"
    ])
  })

  it("leaves the others what they have when a member goes", () => {
    const members = [returning("c0", "abcd", "a0 b1 d0", 1), returning("c2", "abcd", "b0 c1", 1)]
    const assigned = divide(sticky, members, { a: 2, b: 2, c: 2, d: 2 })
    assert.strictEqual(text(assigned, "c0"), "a0 a1 b1 d0")
    assert.strictEqual(text(assigned, "c2"), "b0 c0 c1 d1")
  })

  it("gives a partition that two claim to the one that had it last", () => {
    const members = [returning("cut-off", "a", "a0 a1", 3), returning("current", "a", "a1 a2", 4)]
    const assigned = divide(sticky, members, { a: 4 })
    assert.strictEqual(text(assigned, "cut-off"), "a0 a3")
    assert.strictEqual(text(assigned, "current"), "a1 a2")
  })

  it("believes a member without user data what its subscription says", () => {
    const owner = subscriber("z", "a", { ownedPartitions: partitions("a0"), generationId: 2 })
    const assigned = divide(sticky, [subscriber("b", "a"), owner], { a: 2 })
    assert.strictEqual(text(assigned, "z"), "a0")
  })

  it("forgets topics and partitions that are gone, and topics no longer read", () => {
    const members = [returning("c0", "b", "a0 b0 b9 x1", 1), returning("c1", "ab", "", 1)]
    const assigned = divide(sticky, members, { a: 2, b: 2 })
    assert.strictEqual(text(assigned, "c0"), "b0 b1")
    assert.strictEqual(text(assigned, "c1"), "a0 a1")
  })

  it("serves everything, is even where all read the same, and rests when nothing changes", () => {
    const draw = random(5)
    for (let round = 0; round < 300; round++) {
      const topics = { a: Math.floor(draw() * 9), b: Math.floor(draw() * 5), c: 6 }
      const isEqual = round % 2 === 0
      const members = Array.from(
        { length: 1 + Math.floor(draw() * 7) },
        (_, i) => subscriber(`c${i}`, isEqual ? "abc" : "abc".slice(Math.floor(draw() * 3)))
      )
      const first = divide(sticky, members, topics)
      const given = sizes(first)
      assert.strictEqual(given.reduce((sum, one) => sum + one), wanted(members, topics))
      if (isEqual) assert.isAtMost(Math.max(...given) - Math.min(...given), 1)
      const again = members.map((member) => told(member, first, 1))
      assert.strictEqual(moved(first, divide(sticky, again, topics)), 0)
      // A newcomer takes its share, and the others exchange nothing.
      const joined = divide(sticky, [...again, subscriber("new", "abc")], topics)
      const share = TopicPartitions.count(joined.get("new")!)
      if (isEqual) assert.strictEqual(moved(first, joined), share)
    }
  })
})

const told = (
  member: ReturnType<typeof subscriber>,
  assigned: Assigned,
  generationId: number
) => ({ ...member, userData: encodeUserData(assigned.get(member.memberId)!, generationId) })
