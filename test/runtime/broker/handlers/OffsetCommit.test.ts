// OffsetCommit and OffsetFetch: what is committed is what is read back.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { OffsetCommit } from "../../../../src/domain/protocol/OffsetCommit.ts"
import { OffsetFetch } from "../../../../src/domain/protocol/OffsetFetch.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Groups from "../../../world/Groups.ts"
import * as Requests from "../../../world/Requests.ts"

const CONFIGS = { "group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "3" }

layer(BrokerWorld.layer(CONFIGS))("OffsetCommit", (it) => {
  const prepared = Effect.gen(function*() {
    const client = yield* BrokerWorld.connect
    yield* Requests.createTopic(client, "orders", 2)
    const commit = Effect.fnUntraced(function*(
      groupId: string,
      options: Parameters<typeof Groups.commit>[2] = {},
      version = 9
    ) {
      const request = Groups.commit(groupId, 42, options)
      const { topics } = yield* client.ask(OffsetCommit, version, request)
      return topics[0]!.partitions[0]!.errorCode
    })
    return { client, commit }
  })

  it.effect("stores what OffsetFetch reads, at every version of both", () =>
    Effect.gen(function*() {
      const { client, commit } = yield* prepared
      for (let version = 2; version <= 9; version++) {
        assert.strictEqual(yield* commit(`c-${version}`, {}, version), ErrorCode.NONE)
      }
      const topics = [{ name: "orders", partitionIndexes: [0, 1] }]
      for (let version = 1; version <= 9; version++) {
        const groupId = "c-9"
        const group = { groupId, memberId: null, memberEpoch: -1, topics }
        const answer = yield* client.ask(OffsetFetch, version, {
          groupId,
          topics,
          groups: [group],
          requireStable: false
        })
        const told = version >= 8 ? answer.groups[0]! : answer
        assert.strictEqual(told.errorCode, ErrorCode.NONE)
        const [first, second] = told.topics[0]!.partitions
        assert.deepInclude(first, {
          partitionIndex: 0,
          committedOffset: 42,
          committedLeaderEpoch: version >= 5 ? 0 : -1,
          metadata: "note"
        })
        assert.deepInclude(second, { partitionIndex: 1, committedOffset: -1, metadata: "" })
      }
    }))

  it.effect("reads everything of a group, and nothing of one that is not there", () =>
    Effect.gen(function*() {
      const { client, commit } = yield* prepared
      yield* commit("all", { partition: 1 })
      const who = { memberId: null, memberEpoch: -1, topics: null }
      const { groups } = yield* client.ask(OffsetFetch, 9, {
        groupId: "",
        topics: null,
        groups: [{ groupId: "all", ...who }, { groupId: "nowhere", ...who }],
        requireStable: true
      })
      assert.deepStrictEqual(
        groups[0]!.topics.map(({ name, partitions }) => [name, partitions[0]!.committedOffset]),
        [["orders", 42]]
      )
      assert.deepStrictEqual(groups[1], {
        groupId: "nowhere",
        topics: [],
        errorCode: ErrorCode.NONE
      })
    }))

  it.effect("refuses what is not there, and who is not a member in this generation", () =>
    Effect.gen(function*() {
      const { client, commit } = yield* prepared
      const member = yield* Groups.lead(client, "led")
      assert.strictEqual(yield* commit("led", { member }), ErrorCode.NONE)
      const old = { ...member, generationId: 0 }
      assert.strictEqual(yield* commit("led", { member: old }), ErrorCode.ILLEGAL_GENERATION)
      const foreign = { ...member, memberId: "nobody" }
      assert.strictEqual(yield* commit("led", { member: foreign }), ErrorCode.UNKNOWN_MEMBER_ID)
      assert.strictEqual(yield* commit("led"), ErrorCode.UNKNOWN_MEMBER_ID)
      const { UNKNOWN_TOPIC_OR_PARTITION } = ErrorCode
      assert.strictEqual(yield* commit("x", { topic: "nowhere" }), UNKNOWN_TOPIC_OR_PARTITION)
      assert.strictEqual(yield* commit("x", { partition: 2 }), UNKNOWN_TOPIC_OR_PARTITION)
      assert.strictEqual(yield* commit("x", { partition: -1 }), UNKNOWN_TOPIC_OR_PARTITION)
    }))
})
