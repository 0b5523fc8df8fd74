// SyncGroup: assignments reach their members, and only in their generation.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { JoinGroup } from "../../../../src/domain/protocol/JoinGroup.ts"
import { SyncGroup } from "../../../../src/domain/protocol/SyncGroup.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Groups from "../../../world/Groups.ts"

const CONFIGS = { "group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "3" }

layer(BrokerWorld.layer(CONFIGS))("SyncGroup", (it) => {
  it.effect("gives the leader its own assignment, at every version", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      for (let version = 0; version <= 5; version++) {
        const group = `synced-${version}`
        const { generationId, memberId } = yield* client.ask(JoinGroup, 3, Groups.join(group))
        const assignment = Buffer.from(`for ${version}`)
        const assignments = [{ memberId, assignment }]
        const request = Groups.sync(group, { memberId, generationId }, assignments)
        const answer = yield* client.ask(SyncGroup, version, request)
        assert.strictEqual(answer.errorCode, ErrorCode.NONE)
        assert.strictEqual(Buffer.from(answer.assignment).toString(), `for ${version}`)
        assert.strictEqual(answer.protocolName, version >= 5 ? "range" : null)
        assert.strictEqual(answer.protocolType, version >= 5 ? "consumer" : null)
      }
    }))

  it.effect("refuses another generation, member or protocol", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const member = yield* Groups.lead(client, "refused")
      const right = Groups.sync("refused", member)
      const refusals = [
        [{ generationId: 7 }, ErrorCode.ILLEGAL_GENERATION],
        [{ memberId: "nobody" }, ErrorCode.UNKNOWN_MEMBER_ID],
        [{ groupId: "nowhere" }, ErrorCode.UNKNOWN_MEMBER_ID],
        [{ groupId: "" }, ErrorCode.INVALID_GROUP_ID],
        [{ protocolName: "sticky" }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
        [{ protocolType: "connect" }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL]
      ] as const
      for (const [wrong, errorCode] of refusals) {
        const answer = yield* client.ask(SyncGroup, 5, { ...right, ...wrong })
        assert.strictEqual(answer.errorCode, errorCode, JSON.stringify(wrong))
        assert.strictEqual(answer.assignment.length, 0)
      }
    }))
})
