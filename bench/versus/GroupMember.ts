// A member of a consumer group reduced to its requests: joins, assigns evenly when it leads, beats, and
// commits one offset, over a connection of its own.
import { Heartbeat } from "../../src/domain/protocol/Heartbeat.ts"
import { JoinGroup } from "../../src/domain/protocol/JoinGroup.ts"
import { OffsetCommit } from "../../src/domain/protocol/OffsetCommit.ts"
import { SyncGroup } from "../../src/domain/protocol/SyncGroup.ts"
import * as Api from "../../src/domain/wire/Api.ts"
import { Reader } from "../../src/domain/wire/Reader.ts"
import * as KafkaFrames from "./KafkaFrames.ts"
import type { RawClient } from "./RawClient.ts"

const JOIN_VERSION = 5
const OTHER_VERSION = 3
const COMMIT_VERSION = 7

export class GroupMember {
  private memberId = ""
  private generationId = -1
  private readonly client: RawClient
  private readonly groupId: string

  constructor(client: RawClient, groupId: string) {
    this.client = client
    this.groupId = groupId
  }

  private async ask<A extends Api.Api>(
    api: A,
    version: number,
    body: Api.Request<A>
  ): Promise<Api.Response<A>> {
    const answer = await this.client.request(KafkaFrames.request(api, version, body))
    const reader = new Reader(answer)
    reader.int32()
    return Api.responseCodec(api, version).decode(reader) as Api.Response<A>
  }

  /** Joins until it has its part; the group may take several rounds. */
  async join(): Promise<void> {
    for (;;) {
      const joined = await this.ask(JoinGroup, JOIN_VERSION, {
        groupId: this.groupId,
        sessionTimeoutMs: 45_000,
        rebalanceTimeoutMs: 60_000,
        memberId: this.memberId,
        groupInstanceId: null,
        protocolType: "consumer",
        protocols: [{ name: "range", metadata: Buffer.alloc(30) }],
        reason: null
      })
      this.memberId = joined.memberId
      if (joined.errorCode !== 0) continue
      this.generationId = joined.generationId
      const synced = await this.ask(SyncGroup, OTHER_VERSION, {
        groupId: this.groupId,
        generationId: joined.generationId,
        memberId: this.memberId,
        groupInstanceId: null,
        protocolType: null,
        protocolName: null,
        assignments: joined.members.map(({ memberId }) => ({
          memberId,
          assignment: Buffer.alloc(30)
        }))
      })
      if (synced.errorCode === 0) return
    }
  }

  /** Gives the error code: 27 says that it has to join again. */
  async heartbeat(): Promise<number> {
    const { errorCode } = await this.ask(Heartbeat, OTHER_VERSION, {
      groupId: this.groupId,
      generationId: this.generationId,
      memberId: this.memberId,
      groupInstanceId: null
    })
    return errorCode
  }

  async commit(topic: string, partition: number, committedOffset: number): Promise<void> {
    await this.ask(OffsetCommit, COMMIT_VERSION, {
      groupId: this.groupId,
      generationIdOrMemberEpoch: this.generationId,
      memberId: this.memberId,
      groupInstanceId: null,
      retentionTimeMs: -1,
      topics: [{
        name: topic,
        partitions: [{
          partitionIndex: partition,
          committedOffset,
          committedLeaderEpoch: 0,
          committedMetadata: ""
        }]
      }]
    })
  }
}
