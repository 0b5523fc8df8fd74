// The bytes inside JoinGroup and SyncGroup, as consumers write them.
import { assert, describe, it } from "@effect/vitest"
import * as ConsumerProtocol from "../../../src/domain/protocol/ConsumerProtocol.ts"

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(" ", ""), "hex")

const SUBSCRIPTION = {
  topics: ["ab"],
  userData: null,
  ownedPartitions: [{ topic: "ab", partitions: [0, 2] }],
  generationId: 7,
  rackId: "r"
}
const ASSIGNMENT = {
  assignedPartitions: [{ topic: "ab", partitions: [1] }],
  userData: Buffer.from([9])
}
const TOPICS = "00000001 0002 6162 ffffffff"
const OWNED = "00000001 0002 6162 00000002 00000000 00000002"

describe("a subscription of the consumer protocol", () => {
  it("is written in each version as Kafka's clients write it", () => {
    const written = [0, 1, 2, 3].map((version) =>
      ConsumerProtocol.encodeSubscription(version, SUBSCRIPTION).toString("hex")
    )
    assert.deepStrictEqual(written, [
      bytes(`0000 ${TOPICS}`).toString("hex"),
      bytes(`0001 ${TOPICS} ${OWNED}`).toString("hex"),
      bytes(`0002 ${TOPICS} ${OWNED} 00000007`).toString("hex"),
      bytes(`0003 ${TOPICS} ${OWNED} 00000007 0001 72`).toString("hex")
    ])
  })

  it("reads what its version does not have as nothing", () => {
    assert.deepStrictEqual(ConsumerProtocol.decodeSubscription(bytes(`0000 ${TOPICS}`)), {
      ...SUBSCRIPTION,
      ownedPartitions: [],
      generationId: -1,
      rackId: null
    })
  })

  it("of a later version is read as the last known one, whatever follows", () => {
    const later = bytes(`0009 ${TOPICS} ${OWNED} 00000007 0001 72 cafe`)
    assert.deepStrictEqual(ConsumerProtocol.decodeSubscription(later), SUBSCRIPTION)
    assert.strictEqual(ConsumerProtocol.versionOf(later), 9)
  })

  it("is not made of other bytes", () => {
    for (
      const other of ["", "00", "ffff 00000000 ffffffff", "0000 00000002 0001 61", "0001 7fffffff"]
    ) {
      assert.isUndefined(ConsumerProtocol.decodeSubscription(bytes(other)), other)
    }
  })
})

describe("an assignment of the consumer protocol", () => {
  it("is the same in every version", () => {
    for (const version of [0, 1, 2, 3]) {
      const golden = bytes(`000${version} 00000001 0002 6162 00000001 00000001 00000001 09`)
      assert.deepStrictEqual(ConsumerProtocol.encodeAssignment(version, ASSIGNMENT), golden)
      assert.deepStrictEqual(ConsumerProtocol.decodeAssignment(golden), ASSIGNMENT)
    }
  })

  it("for a member of a later version is written in the last known one", () => {
    assert.strictEqual(ConsumerProtocol.encodeAssignment(12, ASSIGNMENT).readInt16BE(0), 3)
  })
})
