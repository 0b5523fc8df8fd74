// The requests of a classic member, from what it is to what happened: each gives an event for
// `ClassicMembershipStep`. The leader's assignment is made here, because it needs to know how many
// partitions there are.
import * as Effect from "effect/Effect"
import { protocolOf } from "../../../domain/assignor/ConsumerAssignor.ts"
import * as Subscriptions from "../../../domain/assignor/Subscriptions.ts"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import {
  type ClassicMembership,
  Event,
  type JoinedMember,
  type Leading
} from "../../../domain/membership/ClassicMembership.ts"
import { Heartbeat } from "../../../domain/protocol/Heartbeat.ts"
import { JoinGroup } from "../../../domain/protocol/JoinGroup.ts"
import { LeaveGroup } from "../../../domain/protocol/LeaveGroup.ts"
import { SyncGroup } from "../../../domain/protocol/SyncGroup.ts"
import * as ClientError from "../ClientError.ts"
import type { GroupConnection } from "./GroupConnection.ts"
import type { GroupSettings } from "./GroupSettings.ts"
import type { GroupTopics } from "./GroupTopics.ts"

const PROTOCOL_TYPE = "consumer"
/** The broker answers a join when the rebalance timeout is over, if not before. */
const JOIN_GRACE_MS = 5000
/** Kafka's bound on what brokers log. */
const REASON_LENGTH_MAX = 255

type Requested<A> = Effect.Effect<A, ClientError.ClientError>

export class ClassicRequests {
  private readonly settings: GroupSettings
  private readonly connection: GroupConnection
  private readonly topics: GroupTopics

  constructor(settings: GroupSettings, connection: GroupConnection, topics: GroupTopics) {
    this.settings = settings
    this.connection = connection
    this.topics = topics
  }

  join(membership: ClassicMembership, reason: string | null): Requested<Event> {
    const { assignors, groupId, groupInstanceId, rackId, rebalanceTimeoutMs, sessionTimeoutMs } =
      this.settings
    return Effect.gen({ self: this }, function*() {
      const joining = {
        topics: yield* this.topics.subscribe,
        ownedPartitions: membership.given,
        generationId: membership.generationId,
        rackId
      }
      const protocol = protocolOf(assignors)
      const answer = yield* this.connection.wait(JoinGroup, {
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs,
        memberId: membership.memberId,
        groupInstanceId,
        protocolType: PROTOCOL_TYPE,
        protocols: assignors.map((assignor) => ({
          name: assignor.name,
          metadata: Subscriptions.metadataOf(assignor, protocol, joining)
        })),
        reason: reason?.slice(0, REASON_LENGTH_MAX) ?? null
      }, this.waitOptions)
      return Event.JoinAnswered(answer)
    })
  }

  sync(
    { generationId, memberId }: ClassicMembership,
    protocolName: string,
    leading: Leading | undefined
  ): Requested<Event> {
    const { groupId, groupInstanceId } = this.settings
    return Effect.gen({ self: this }, function*() {
      const assignments = leading === undefined ? [] : yield* this.assign(leading)
      const answer = yield* this.connection.wait(SyncGroup, {
        groupId,
        generationId,
        memberId,
        groupInstanceId,
        protocolType: PROTOCOL_TYPE,
        protocolName,
        assignments
      }, this.waitOptions)
      const assigned = answer.errorCode === ErrorCode.NONE
        ? Subscriptions.decodeAssignment(answer.assignment)
        : undefined
      return Event.SyncAnswered({ errorCode: answer.errorCode, assigned })
    })
  }

  heartbeat({ generationId, memberId }: ClassicMembership): Requested<ErrorCode> {
    const { groupId, groupInstanceId } = this.settings
    const body = { groupId, generationId, memberId, groupInstanceId }
    return Effect.map(this.connection.ask(Heartbeat, body), ({ errorCode }) => errorCode)
  }

  leave(memberId: string, reason: string): Requested<void> {
    const { groupId, groupInstanceId } = this.settings
    const members = [{ memberId, groupInstanceId, reason }]
    return Effect.asVoid(this.connection.ask(LeaveGroup, { groupId, memberId, members }))
  }

  private get waitOptions() {
    return { timeoutMs: this.settings.rebalanceTimeoutMs + JOIN_GRACE_MS }
  }

  /** Who gets what, in the bytes of the consumer protocol. */
  private readonly assign = Effect.fnUntraced(
    function*(this: ClassicRequests, { isSkipped, members, protocolName }: Leading) {
      const assignor = this.settings.assignors.find(({ name }) => name === protocolName)
      if (assignor === undefined) {
        return yield* ClientError.malformed("JoinGroup", `nobody here knows "${protocolName}"`)
      }
      const subscribed = members.map(subscribedMember)
      const counts = yield* this.topics.lead(
        new Set(subscribed.flatMap(({ topics }) => [...topics]))
      )
      if (isSkipped) return []
      const assigned = assignor.assign(subscribed, (topic) => counts.get(topic) ?? 0)
      return [...assigned].map(([memberId, partitions]) => ({
        memberId,
        assignment: Subscriptions.encodeAssignment(partitions)
      }))
    }
  )
}

const subscribedMember = ({ groupInstanceId, memberId, metadata }: JoinedMember) =>
  Subscriptions.fromMetadata(memberId, groupInstanceId, metadata)
