// JoinGroup: how members come together over the wire, and what happens to who waits.
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import { TestClock } from "effect/testing"
import { ErrorCode } from "../../../../src/domain/ErrorCode.ts"
import { DescribeGroups } from "../../../../src/domain/protocol/DescribeGroups.ts"
import { Heartbeat } from "../../../../src/domain/protocol/Heartbeat.ts"
import { JoinGroup } from "../../../../src/domain/protocol/JoinGroup.ts"
import * as BrokerWorld from "../../../world/BrokerWorld.ts"
import * as Groups from "../../../world/Groups.ts"

const CONFIGS = { "group.initial.rebalance.delay.ms": "0", "offsets.topic.num.partitions": "3" }

layer(BrokerWorld.layer(CONFIGS))("JoinGroup", (it) => {
  it.effect("lets one member lead its group, at every version", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      for (let version = 0; version <= 9; version++) {
        const group = `versions-${version}`
        let joined = yield* client.ask(JoinGroup, version, Groups.join(group))
        if (version >= 4) {
          assert.strictEqual(joined.errorCode, ErrorCode.MEMBER_ID_REQUIRED)
          assert.isTrue(joined.memberId.startsWith("test-"))
          const again = Groups.join(group, { memberId: joined.memberId })
          joined = yield* client.ask(JoinGroup, version, again)
        }
        assert.deepInclude(joined, {
          errorCode: ErrorCode.NONE,
          generationId: 1,
          protocolType: version >= 7 ? "consumer" : null,
          protocolName: "range",
          leader: joined.memberId,
          skipAssignment: false
        })
        assert.deepStrictEqual(joined.members.map(({ memberId }) => memberId), [joined.memberId])
        assert.deepEqual(
          Buffer.from(joined.members[0]!.metadata),
          Groups.subscription(["orders"])
        )
      }
    }))

  it.effect("refuses without a member: no id, silence too long, a foreign member", () =>
    Effect.gen(function*() {
      const client = yield* BrokerWorld.connect
      const refused = Effect.fnUntraced(function*(
        version: number,
        groupId: string,
        options: Parameters<typeof Groups.join>[1]
      ) {
        const answer = yield* client.ask(JoinGroup, version, Groups.join(groupId, options))
        assert.strictEqual(answer.generationId, -1)
        return answer
      })
      for (const version of [0, 5, 9]) {
        const noGroup = yield* refused(version, "", {})
        assert.strictEqual(noGroup.errorCode, ErrorCode.INVALID_GROUP_ID)
        assert.strictEqual(noGroup.protocolName, version >= 7 ? null : "")
        const forever = yield* refused(version, "refused", { sessionTimeoutMs: 2 ** 31 - 1 })
        assert.strictEqual(forever.errorCode, ErrorCode.INVALID_SESSION_TIMEOUT)
        const foreign = yield* refused(version, "refused", { memberId: "nobody" })
        assert.strictEqual(foreign.errorCode, ErrorCode.UNKNOWN_MEMBER_ID)
      }
      yield* Groups.lead(client, "ranged")
      const other = [{ name: "sticky", metadata: Buffer.alloc(0) }]
      const { errorCode } = yield* refused(3, "ranged", { protocols: other })
      assert.strictEqual(errorCode, ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
    }))

  it.effect("waits until the others have joined again, and tells them of the rebalance", () =>
    Effect.gen(function*() {
      const one = yield* BrokerWorld.connect
      const two = yield* BrokerWorld.connect
      const member = yield* Groups.lead(one, "shared")
      const joining = yield* Effect.forkChild(two.ask(JoinGroup, 3, Groups.join("shared")))
      const heartbeat = { groupId: "shared", ...member, groupInstanceId: null }
      let told: number = ErrorCode.NONE
      for (let i = 0; i < 100 && told === ErrorCode.NONE; i++) {
        told = (yield* one.ask(Heartbeat, 4, heartbeat)).errorCode
      }
      assert.strictEqual(told, ErrorCode.REBALANCE_IN_PROGRESS)
      assert.isUndefined(joining.pollUnsafe())
      const again = Groups.join("shared", { memberId: member.memberId })
      const leader = yield* one.ask(JoinGroup, 3, again)
      const follower = yield* Fiber.join(joining)
      assert.deepInclude(leader, { generationId: 2, leader: member.memberId })
      assert.strictEqual(leader.members.length, 2)
      assert.deepInclude(follower, { generationId: 2, leader: member.memberId, members: [] })
    }))

  it.effect("goes on without a client that left while its join waited", () =>
    Effect.gen(function*() {
      const one = yield* BrokerWorld.connect
      const member = yield* Groups.lead(one, "left")
      const scope = yield* Scope.make()
      const two = yield* Scope.provide(BrokerWorld.connect, scope)
      yield* two.send(JoinGroup, 3, Groups.join("left"))
      const described = Effect.map(
        one.ask(DescribeGroups, 5, { groups: ["left"], includeAuthorizedOperations: false }),
        ({ groups }) => groups[0]!
      )
      for (let i = 0; i < 100 && (yield* described).members.length < 2; i++) yield* Effect.yieldNow
      assert.strictEqual((yield* described).groupState, "PreparingRebalance")
      yield* Scope.close(scope, Exit.void)
      yield* one.send(JoinGroup, 3, Groups.join("left", { memberId: member.memberId }))
      const [frame] = yield* one.frames
      const { response } = one.decode(JoinGroup, 3, frame!)
      assert.deepInclude(response, { errorCode: ErrorCode.NONE, generationId: 2 })
      // Who left does not heartbeat: it goes when its session is over.
      const alive = { groupId: "left", ...member, generationId: 2, groupInstanceId: null }
      for (let i = 0; i < 3; i++) {
        yield* TestClock.adjust("5 seconds")
        yield* one.ask(Heartbeat, 4, alive)
      }
      const left = (yield* described).members.map(({ memberId }) => memberId)
      assert.deepStrictEqual(left, [member.memberId])
    }))
})
