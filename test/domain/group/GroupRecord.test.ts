// Records of __consumer_offsets are Kafka's to the byte, and all that Kafka ever wrote are read.
import { assert, describe, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import * as Group from "../../../src/domain/group/Group.ts"
import * as GroupRecord from "../../../src/domain/group/GroupRecord.ts"
import type { Member } from "../../../src/domain/group/Member.ts"

const between = (minimum: number, maximum: number) =>
  Schema.Int.check(Schema.isBetween({ minimum, maximum }))

const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex")

/** What UTF-8 can say: no lone surrogates. */
const isUtf8 = (text: string) => Buffer.from(text).toString() === text

const KEY = "0001 0001 67 0001 74 00000003"
const OFFSET = "000000000000002a"
const META = "0001 6d"
const TIME = "00000000000003e8"
const EXPIRY = "00000000000007d0"

const committed = {
  offset: 42,
  leaderEpoch: 5,
  metadata: "m",
  commitTimestampMs: 1000,
  expireTimestampMs: -1
}

const MEMBER: Member = {
  memberId: "a",
  groupInstanceId: null,
  clientId: "c",
  clientHost: "/h",
  rebalanceTimeoutMs: 30_000,
  sessionTimeoutMs: 10_000,
  protocols: [{ name: "r", metadata: hex("0102") }],
  assignment: hex("03"),
  isNew: false,
  joinRequest: null,
  syncRequest: null
}

describe("GroupRecord", () => {
  it("writes an offset as Kafka does", () => {
    const { key, value } = GroupRecord.offset("g", "t", 3, committed)
    assert.strictEqual(key.toString("hex"), hex(KEY).toString("hex"))
    const expected = hex(`0003 ${OFFSET} 00000005 ${META} ${TIME}`)
    assert.strictEqual(value!.toString("hex"), expected.toString("hex"))
    const expiring = GroupRecord.offset("g", "t", 3, { ...committed, expireTimestampMs: 2000 })
    const asVersion1 = hex(`0001 ${OFFSET} ${META} ${TIME} ${EXPIRY}`)
    assert.strictEqual(expiring.value!.toString("hex"), asVersion1.toString("hex"))
    assert.isNull(GroupRecord.offset("g", "t", 3, null).value)
  })

  it("writes a group as Kafka does, and reads it back", () => {
    const group: Group.Group = {
      ...Group.empty("g", 1000),
      state: "Stable",
      generationId: 7,
      protocolType: "p",
      protocolName: "r",
      leaderId: "a",
      members: new Map([["a", MEMBER]])
    }
    const { key, value } = GroupRecord.group("g", group)
    assert.strictEqual(key.toString("hex"), hex("0002 0001 67").toString("hex"))
    const expected = hex(
      `0003 0001 70 00000007 0001 72 0001 61 ${TIME} 00000001` +
        "0001 61 ffff 0001 63 0002 2f68 00007530 00002710 00000002 0102 00000001 03"
    )
    assert.strictEqual(value!.toString("hex"), expected.toString("hex"))
    const read = GroupRecord.decode(key, value)
    assert.deepEqual(read, { _tag: "Group", groupId: "g", group })
  })

  it("reads offsets of all versions", () => {
    const versions = [
      [`0000 ${OFFSET} ${META} ${TIME}`, { leaderEpoch: -1 }],
      [`0001 ${OFFSET} ${META} ${TIME} ${EXPIRY}`, { leaderEpoch: -1, expireTimestampMs: 2000 }],
      [`0002 ${OFFSET} ${META} ${TIME}`, { leaderEpoch: -1 }],
      [`0003 ${OFFSET} 00000005 ${META} ${TIME}`, {}],
      [`0004 ${OFFSET} 00000005 02 6d ${TIME} 00`, {}]
    ] as const
    for (const [value, differs] of versions) {
      for (const keyVersion of ["0000", "0001"]) {
        const read = GroupRecord.decode(hex(keyVersion + KEY.slice(4)), hex(value))
        assert.deepEqual(read, {
          _tag: "Offset",
          groupId: "g",
          topic: "t",
          partition: 3,
          committed: { ...committed, ...differs }
        }, value)
      }
    }
    assert.throws(() => GroupRecord.decode(hex(KEY), hex(`0005 ${OFFSET}`)))
    assert.throws(() => GroupRecord.decode(hex(KEY), hex("0003 0000")))
  })

  it("reads groups of all versions", () => {
    const head = "0001 70 00000007 0001 72 0001 61"
    const bytes = "00002710 00000002 0102 00000001 03"
    const versions = [
      [`0000 ${head} 00000001 0001 61 0001 63 0002 2f68 ${bytes}`, 10_000],
      [`0001 ${head} 00000001 0001 61 0001 63 0002 2f68 00007530 ${bytes}`, 30_000],
      [`0002 ${head} ${TIME} 00000001 0001 61 0001 63 0002 2f68 00007530 ${bytes}`, 30_000],
      [
        `0004 02 70 00000007 02 72 02 61 ${TIME} 02 02 61 00 02 63 03 2f68` +
        "00007530 00002710 03 0102 02 03 00 00",
        30_000
      ]
    ] as const
    for (const [value, rebalanceTimeoutMs] of versions) {
      const read = GroupRecord.decode(hex("0002 0001 67"), hex(value))
      if (read._tag !== "Group" || read.group === null) throw new Error(value)
      assert.strictEqual(read.group.generationId, 7)
      assert.deepEqual([...read.group.members], [["a", { ...MEMBER, rebalanceTimeoutMs }]])
    }
  })

  const Names = Schema.String.check(Schema.isMaxLength(50))
  const Offsets = Schema.Struct({
    offset: between(0, Number.MAX_SAFE_INTEGER),
    leaderEpoch: between(-1, 2 ** 31 - 1),
    metadata: Names,
    commitTimestampMs: between(0, 2 ** 45),
    expireTimestampMs: Schema.Literal(-1)
  })

  it.prop(
    "reads back every offset",
    { groupId: Names, topic: Names, partition: between(0, 2 ** 31 - 1), committed: Offsets },
    ({ committed, groupId, partition, topic }) => {
      if (![groupId, topic, committed.metadata].every(isUtf8)) return
      const { key, value } = GroupRecord.offset(groupId, topic, partition, committed)
      const expected = { _tag: "Offset", groupId, topic, partition, committed } as const
      assert.deepEqual(GroupRecord.decode(key, value), expected)
      assert.deepEqual(GroupRecord.decode(key, null), { ...expected, committed: null })
    }
  )
})
