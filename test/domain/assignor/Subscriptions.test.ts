// What members tell their leader and are told by it, as bytes that other makes read and write.
import { assert, describe, it } from "@effect/vitest"
import { consumerAssignors, range } from "../../../src/domain/assignor/ConsumerAssignors.ts"
import { decodeUserData } from "../../../src/domain/assignor/StickyAssignor.ts"
import * as Subscriptions from "../../../src/domain/assignor/Subscriptions.ts"
import * as ConsumerProtocol from "../../../src/domain/protocol/ConsumerProtocol.ts"
import * as TopicPartitions from "../../../src/domain/TopicPartitions.ts"
import { partitions } from "./ConsumerAssignments.ts"

const cooperative = consumerAssignors["cooperative-sticky"]
const JOINING: Subscriptions.JoiningMember = {
  topics: ["b", "a"],
  ownedPartitions: partitions("a0 a2"),
  generationId: 7,
  rackId: "rack"
}

describe("the metadata of a member", () => {
  it("tells what a cooperative member owns", () => {
    const metadata = Subscriptions.metadataOf(cooperative, "cooperative", JOINING)
    assert.deepStrictEqual(Subscriptions.fromMetadata("m", "i", metadata), {
      memberId: "m",
      instanceId: "i",
      topics: new Set(["a", "b"]),
      ownedPartitions: partitions("a0 a2"),
      generationId: 7,
      rackId: "rack",
      userData: Buffer.from([0, 0, 0, 7])
    })
  })

  it("claims nothing for an eager one, which has given up what it had", () => {
    const metadata = Subscriptions.metadataOf(cooperative, "eager", JOINING)
    assert.strictEqual(Subscriptions.fromMetadata("m", null, metadata).ownedPartitions.size, 0)
    const { userData } = Subscriptions.fromMetadata(
      "m",
      null,
      Subscriptions.metadataOf(consumerAssignors.sticky, "eager", JOINING)
    )
    assert.deepStrictEqual(decodeUserData(userData!), {
      ownedPartitions: JOINING.ownedPartitions,
      generationId: 7
    })
  })

  it("has no user data where the assignor has nothing to say", () => {
    const metadata = Subscriptions.metadataOf(range, "eager", JOINING)
    assert.isNull(Subscriptions.fromMetadata("m", null, metadata).userData)
  })

  it("of a client of the first version says which topics it reads, and no more", () => {
    const old = Buffer.from("0000 00000001 0001 61 ffffffff".replaceAll(" ", ""), "hex")
    const { generationId, ownedPartitions, topics } = Subscriptions.fromMetadata("m", null, old)
    assert.deepStrictEqual([topics, ownedPartitions.size, generationId], [new Set(["a"]), 0, -1])
  })

  it("that nobody understands subscribes to nothing", () => {
    const { topics } = Subscriptions.fromMetadata("m", null, Buffer.from("garbage"))
    assert.strictEqual(topics.size, 0)
  })
})

describe("an assignment", () => {
  it("reads back as it was written, and is Kafka's", () => {
    const bytes = Subscriptions.encodeAssignment(partitions("a2 a0 b1"))
    assert.deepStrictEqual(Subscriptions.decodeAssignment(bytes), partitions("a0 a2 b1"))
    assert.deepStrictEqual(ConsumerProtocol.decodeAssignment(bytes)!.assignedPartitions, [
      { topic: "a", partitions: [0, 2] },
      { topic: "b", partitions: [1] }
    ])
  })

  it("of no bytes is empty, and of other bytes none", () => {
    assert.strictEqual(Subscriptions.decodeAssignment(Buffer.alloc(0)), TopicPartitions.NONE)
    assert.isUndefined(Subscriptions.decodeAssignment(Buffer.from("0000 7fffffff", "latin1")))
  })
})
