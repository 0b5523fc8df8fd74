// Heartbeat: a member is known in its generation, and nobody else is.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { Heartbeat } from "../../../../src/domain/protocol/Heartbeat.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Groups from "../../../world/Groups.ts"

const CONFIGS = { "group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "3" }

layer(BrokerWorld.layer(CONFIGS))("Heartbeat", (it) => {
  it.effect("knows the member in its generation only, at every version", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const member = yield* Groups.lead(client, "g")
      const right = { groupId: "g", ...member, groupInstanceId: null }
      const answers = [
        [{}, ErrorCode.NONE],
        [{ generationId: 2 }, ErrorCode.ILLEGAL_GENERATION],
        [{ memberId: "nobody" }, ErrorCode.UNKNOWN_MEMBER_ID],
        [{ groupId: "nowhere" }, ErrorCode.UNKNOWN_MEMBER_ID],
        [{ groupId: "" }, ErrorCode.INVALID_GROUP_ID]
      ] as const
      for (let version = 0; version <= 4; version++) {
        for (const [wrong, errorCode] of answers) {
          const answer = yield* client.ask(Heartbeat, version, { ...right, ...wrong })
          assert.strictEqual(answer.errorCode, errorCode, JSON.stringify(wrong))
        }
      }
    }))
})
