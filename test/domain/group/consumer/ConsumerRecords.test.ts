// What a consumer group keeps of a member that speaks the classic protocol, to the byte as Kafka does.
import { assert, describe, it } from "@effect/vitest"
import * as ConsumerGroup from "../../../../src/domain/group/consumer/ConsumerGroup.ts"
import { type ConsumerMember, fresh } from "../../../../src/domain/group/consumer/ConsumerMember.ts"
import * as ConsumerRecords from "../../../../src/domain/group/consumer/ConsumerRecords.ts"
import * as GroupRecord from "../../../../src/domain/group/GroupRecord.ts"

const MEMBER = {
  ...fresh("m", null),
  clientId: "c",
  clientHost: "/h",
  rebalanceTimeoutMs: 30_000,
  subscribedTopicNames: ["o"]
}
const CLASSIC = {
  sessionTimeoutMs: 10_000,
  protocols: [{ name: "r", metadata: Buffer.from([1, 2]) }]
}

/** instance, rack, client, host, topics, pattern, timeout, assignor */
const DESCRIPTION = "0000 00 00 0263 032f68 02026f 00 00007530 00"
/** One tagged field: tag 0, its length, not null, timeout, protocols. */
const TAGGED = "01 00 0d 01 00002710 02 0272 030102 00 00"

const recordOf = (member: ConsumerMember) => {
  const before = ConsumerGroup.empty("g")
  const after = { ...before, members: new Map([["m", member]]) }
  return ConsumerRecords.between(before, after)[0]!
}

describe("the record of a member", () => {
  it("says in a tagged field what its classic protocols are", () => {
    const { key, value } = recordOf({ ...MEMBER, classic: CLASSIC })
    assert.strictEqual(key.toString("hex"), "000500016700016d")
    assert.strictEqual(value!.toString("hex"), `${DESCRIPTION} ${TAGGED}`.replaceAll(" ", ""))
    const record = GroupRecord.decode(key, value)
    assert.strictEqual(record._tag, "Consumer")
    if (record._tag !== "Consumer") return
    const group = record.applyTo(ConsumerGroup.empty("g"))
    assert.deepStrictEqual(group?.members.get("m")?.classic, CLASSIC)
  })

  it("has no such field for who speaks the consumer protocol", () => {
    const { value } = recordOf(MEMBER)
    assert.strictEqual(value!.toString("hex"), `${DESCRIPTION} 00`.replaceAll(" ", ""))
  })
})
