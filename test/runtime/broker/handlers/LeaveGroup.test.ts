// LeaveGroup: one member before version 3, many from then on, each with its own answer.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { JoinGroup } from "../../../../src/domain/protocol/JoinGroup.ts"
import { LeaveGroup } from "../../../../src/domain/protocol/LeaveGroup.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Groups from "../../../world/Groups.ts"

const CONFIGS = { "group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "3" }

const leave = (groupId: string, memberIds: ReadonlyArray<string>) => ({
  groupId,
  memberId: memberIds[0]!,
  members: memberIds.map((memberId) => ({ memberId, groupInstanceId: null, reason: null }))
})

layer(BrokerWorld.layer(CONFIGS))("LeaveGroup", (it) => {
  it.effect("lets the member go, once, at every version", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      for (let version = 0; version <= 5; version++) {
        const group = `left-${version}`
        const { memberId } = yield* Groups.lead(client, group)
        const codes = Effect.map(
          client.ask(LeaveGroup, version, leave(group, [memberId])),
          ({ errorCode, members }) => [errorCode, members.map((left) => left.errorCode)]
        )
        const { NONE, UNKNOWN_MEMBER_ID } = ErrorCode
        assert.deepStrictEqual(yield* codes, version >= 3 ? [NONE, [NONE]] : [NONE, []])
        assert.deepStrictEqual(
          yield* codes,
          version >= 3 ? [NONE, [UNKNOWN_MEMBER_ID]] : [UNKNOWN_MEMBER_ID, []]
        )
      }
    }))

  it.effect("answers for each member, and finds static ones by their instance", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const joined = yield* client.ask(JoinGroup, 5, Groups.join("s", { groupInstanceId: "i" }))
      assert.strictEqual(joined.errorCode, ErrorCode.NONE)
      const { errorCode, members } = yield* client.ask(LeaveGroup, 5, {
        groupId: "s",
        memberId: "",
        members: [
          { memberId: "nobody", groupInstanceId: null, reason: null },
          { memberId: "", groupInstanceId: "i", reason: "done" }
        ]
      })
      assert.strictEqual(errorCode, ErrorCode.NONE)
      assert.deepStrictEqual(
        members.map((left) => [left.groupInstanceId, left.errorCode]),
        [[null, ErrorCode.UNKNOWN_MEMBER_ID], ["i", ErrorCode.NONE]]
      )
    }))
})
