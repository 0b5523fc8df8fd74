// Groups as tests need them: members that join by the raw client, with everything that does not matter
// filled in. A member that has to wait while others speak takes a connection of its own.
import { assert } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../src/domain/ErrorCode.ts"
import { JoinGroup } from "../../src/domain/protocol/JoinGroup.ts"
import type { OffsetCommit } from "../../src/domain/protocol/OffsetCommit.ts"
import { SyncGroup } from "../../src/domain/protocol/SyncGroup.ts"
import type * as Api from "../../src/domain/wire/Api.ts"
import type { Client } from "./BrokerWorld.ts"

export interface Member {
  readonly memberId: string
  readonly generationId: number
}

/** ConsumerProtocolSubscription version 0. */
export const subscription = (topics: ReadonlyArray<string>): Buffer => {
  const head = Buffer.alloc(6)
  head.writeInt32BE(topics.length, 2)
  const names = topics.map((topic) => {
    const size = Buffer.alloc(2)
    size.writeInt16BE(topic.length)
    return Buffer.concat([size, Buffer.from(topic)])
  })
  return Buffer.concat([head, ...names, Buffer.from([0xff, 0xff, 0xff, 0xff])])
}

export const join = (
  groupId: string,
  options: Partial<Api.Request<typeof JoinGroup>> = {}
): Api.Request<typeof JoinGroup> => ({
  groupId,
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 30_000,
  memberId: "",
  groupInstanceId: null,
  protocolType: "consumer",
  protocols: [{ name: "range", metadata: subscription(["orders"]) }],
  reason: null,
  ...options
})

export const sync = (
  groupId: string,
  member: Member,
  assignments: ReadonlyArray<{ readonly memberId: string; readonly assignment: Buffer }> = []
): Api.Request<typeof SyncGroup> => ({
  groupId,
  ...member,
  groupInstanceId: null,
  protocolType: "consumer",
  protocolName: "range",
  assignments
})

export const commit = (
  groupId: string,
  offset: number,
  options: { readonly member?: Member; readonly topic?: string; readonly partition?: number } = {}
): Api.Request<typeof OffsetCommit> => ({
  groupId,
  generationIdOrMemberEpoch: options.member?.generationId ?? -1,
  memberId: options.member?.memberId ?? "",
  groupInstanceId: null,
  retentionTimeMs: -1,
  topics: [{
    name: options.topic ?? "orders",
    partitions: [{
      partitionIndex: options.partition ?? 0,
      committedOffset: offset,
      committedLeaderEpoch: 0,
      committedMetadata: "note"
    }]
  }]
})

/** A member, alone in its group, with everything assigned to it. */
export const lead = Effect.fnUntraced(function*(client: Client, groupId: string) {
  const joined = yield* client.ask(JoinGroup, 3, join(groupId))
  assert.strictEqual(joined.errorCode, ErrorCode.NONE)
  const member: Member = { memberId: joined.memberId, generationId: joined.generationId }
  const assignments = [{ memberId: member.memberId, assignment: Buffer.from("all") }]
  const synced = yield* client.ask(SyncGroup, 3, sync(groupId, member, assignments))
  assert.strictEqual(synced.errorCode, ErrorCode.NONE)
  return member
})
