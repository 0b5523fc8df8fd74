// DescribeGroups, ListGroups and DeleteGroups: groups as administrators see them.
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { DeleteGroups } from "../../../../src/domain/protocol/DeleteGroups.ts"
import { DescribeGroups } from "../../../../src/domain/protocol/DescribeGroups.ts"
import { ListGroups } from "../../../../src/domain/protocol/ListGroups.ts"
import { OffsetCommit } from "../../../../src/domain/protocol/OffsetCommit.ts"
import { OffsetDelete } from "../../../../src/domain/protocol/OffsetDelete.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Groups from "../../../world/Groups.ts"
import * as Requests from "../../../world/Requests.ts"

const CONFIGS = { "group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "3" }

describe("DescribeGroups", () => {
  /** A group with a member, and one with nothing but an offset. */
  const prepared = Effect.gen(function*() {
    const client = yield* BrokerWorld.connect
    yield* Requests.createTopic(client, "orders", 2)
    yield* Requests.createTopic(client, "other")
    const member = yield* Groups.lead(client, "led")
    yield* client.ask(OffsetCommit, 9, Groups.commit("led", 1, { member }))
    yield* client.ask(OffsetCommit, 9, Groups.commit("led", 1, { member, topic: "other" }))
    yield* client.ask(OffsetCommit, 9, Groups.commit("empty", 1))
    return { client, member }
  })

  it.effect("tells members and assignments, at every version; who is not there is Dead, then an error", () =>
    Effect.gen(function*() {
      const { client, member } = yield* prepared
      for (let version = 0; version <= 6; version++) {
        const absent = version < 6 ? ErrorCode.NONE : ErrorCode.GROUP_ID_NOT_FOUND
        const { groups } = yield* client.ask(DescribeGroups, version, {
          groups: ["led", "empty", "nowhere"],
          includeAuthorizedOperations: false
        })
        assert.deepStrictEqual(
          groups.map(({ errorCode, groupState }) => [errorCode, groupState]),
          [[ErrorCode.NONE, "Stable"], [ErrorCode.NONE, "Empty"], [absent, "Dead"]]
        )
        const sentences = groups.map(({ errorMessage }) => errorMessage !== null)
        assert.deepStrictEqual(sentences, [false, false, version >= 6])
        assert.deepInclude(groups[0], { protocolType: "consumer", protocolData: "range" })
        const described = groups[0]!.members[0]!
        assert.deepInclude(described, { memberId: member.memberId, clientId: "test" })
        assert.strictEqual(Buffer.from(described.memberAssignment).toString(), "all")
      }
    }).pipe(Effect.provide(BrokerWorld.layer(CONFIGS))))

  it.effect("lists by state and type, whatever their case", () =>
    Effect.gen(function*() {
      const { client } = yield* prepared
      const listed = Effect.fnUntraced(function*(
        version: number,
        statesFilter: ReadonlyArray<string> = [],
        typesFilter: ReadonlyArray<string> = []
      ) {
        const asked = { statesFilter, typesFilter }
        const { errorCode, groups } = yield* client.ask(ListGroups, version, asked)
        assert.strictEqual(errorCode, ErrorCode.NONE)
        return groups.map(({ groupId }) => groupId).sort()
      })
      for (let version = 0; version <= 5; version++) {
        assert.deepStrictEqual(yield* listed(version), ["empty", "led"])
      }
      assert.deepStrictEqual(yield* listed(4, ["stable"]), ["led"])
      assert.deepStrictEqual(yield* listed(5, ["Empty", "Stable"], ["CLASSIC"]), ["empty", "led"])
      assert.deepStrictEqual(yield* listed(5, ["Dead"]), [])
      assert.deepStrictEqual(yield* listed(5, [], ["consumer"]), [])
    }).pipe(Effect.provide(BrokerWorld.layer(CONFIGS))))

  it.effect("forgets offsets of what the group does not read", () =>
    Effect.gen(function*() {
      const { client } = yield* prepared
      const forget = Effect.fnUntraced(function*(groupId: string, name: string, partition = 0) {
        const { errorCode, topics } = yield* client.ask(OffsetDelete, 0, {
          groupId,
          topics: [{ name, partitions: [{ partitionIndex: partition }] }]
        })
        return [errorCode, topics[0]?.partitions[0]?.errorCode]
      })
      const { NONE } = ErrorCode
      const subscribed = ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC
      const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION
      assert.deepStrictEqual(yield* forget("led", "orders"), [NONE, subscribed])
      assert.deepStrictEqual(yield* forget("led", "other"), [NONE, NONE])
      assert.deepStrictEqual(yield* forget("empty", "orders"), [NONE, NONE])
      assert.deepStrictEqual(yield* forget("led", "other", 5), [NONE, unknown])
      const absent = yield* forget("nowhere", "orders")
      assert.deepStrictEqual(absent, [ErrorCode.GROUP_ID_NOT_FOUND, undefined])
    }).pipe(Effect.provide(BrokerWorld.layer(CONFIGS))))

  it.effect("deletes groups without members, each with an answer, at every version", () =>
    Effect.gen(function*() {
      const { client } = yield* prepared
      for (const version of [0, 1, 2]) {
        yield* client.ask(OffsetCommit, 9, Groups.commit("empty", 1))
        const groupsNames = ["led", "empty", "nowhere", ""]
        const { results } = yield* client.ask(DeleteGroups, version, { groupsNames })
        assert.deepStrictEqual(results.map(({ errorCode }) => errorCode), [
          ErrorCode.NON_EMPTY_GROUP,
          ErrorCode.NONE,
          ErrorCode.GROUP_ID_NOT_FOUND,
          // Kafka allows the empty id here, for groups of old: it is only not there.
          ErrorCode.GROUP_ID_NOT_FOUND
        ])
      }
    }).pipe(Effect.provide(BrokerWorld.layer(CONFIGS))))
})
