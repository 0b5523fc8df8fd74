// Groups with their members and what each has. Groups of the consumer protocol (KIP-848) are described by
// an API of their own; what it does not know is a classic group, or none. What members of a classic group
// say to each other (ConsumerProtocol) is opened here, so that both kinds read the same.
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ConsumerGroupDescribe } from "../../../domain/protocol/ConsumerGroupDescribe.ts"
import * as ConsumerProtocol from "../../../domain/protocol/ConsumerProtocol.ts"
import { DescribeGroups } from "../../../domain/protocol/DescribeGroups.ts"
import type { TopicName, TopicPartition } from "../../../domain/Topic.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import type { GroupId } from "./Groups.ts"
import type { Outcome, Outcomes } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import type { Routes } from "./Routes.ts"

export interface MemberDescription {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** What it has; empty while that cannot be told. */
  readonly assignment: ReadonlyArray<TopicPartition>
  /** What it should have in the end; of the consumer protocol only. */
  readonly targetAssignment: ReadonlyArray<TopicPartition> | undefined
  /** Topics that it named. */
  readonly subscribedTopics: ReadonlyArray<TopicName>
  readonly subscribedRegex: string | null
  /** -1 for members of the classic protocol. */
  readonly memberEpoch: number
}

export interface GroupDescription {
  readonly groupId: GroupId
  readonly type: "classic" | "consumer"
  /** Kafka's word: "Stable", "Empty", "PreparingRebalance", "Reconciling", ... */
  readonly state: string
  /** "consumer" for groups of consumers. */
  readonly protocolType: string
  /** "" while there is none. */
  readonly assignor: string
  /** -1 for classic groups, which do not tell. */
  readonly groupEpoch: number
  readonly members: ReadonlyArray<MemberDescription>
}

export interface GroupDescriptions {
  /** A group that is not there is refused with GROUP_ID_NOT_FOUND. */
  readonly describeGroups: (
    groupIds: ReadonlyArray<GroupId>,
    options?: CallOptions
  ) => Effect.Effect<Outcomes<GroupId, GroupDescription>, ClientError.ClientError>
}

export const make = (routes: Routes): GroupDescriptions => ({
  describeGroups: (groupIds, options) =>
    routes.run(
      {
        name: DescribeGroups.name,
        keyOf: (groupId: GroupId) => groupId,
        route: (items, round) => routes.toCoordinators(items, round, (groupId) => groupId),
        ask: describe,
        isRepeatable: true
      },
      groupIds,
      options
    )
})

type Described = Map<GroupId, Outcome<GroupDescription>>

const describe = Effect.fnUntraced(
  function*(connection: BrokerConnection, groupIds: ReadonlyArray<GroupId>) {
    const found: Described = new Map()
    if (connection.versionOf(ConsumerGroupDescribe) !== undefined) {
      const { groups } = yield* connection.request(ConsumerGroupDescribe, {
        groupIds,
        includeAuthorizedOperations: false
      })
      for (const group of groups) found.set(group.groupId, consumerGroup(group))
    }
    const others = groupIds.filter((groupId) => isUnknown(found.get(groupId)))
    if (others.length === 0) return found
    const { groups } = yield* connection.request(DescribeGroups, {
      groups: others,
      includeAuthorizedOperations: false
    })
    for (const group of groups) found.set(group.groupId, classicGroup(group))
    return found
  }
)

/** A broker that has the protocol disabled does not serve the request although it knows it. */
const NOT_OF_THE_PROTOCOL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ErrorCode.GROUP_ID_NOT_FOUND,
  ErrorCode.UNSUPPORTED_VERSION
])

const isUnknown = (outcome: Outcome<GroupDescription> | undefined): boolean =>
  outcome === undefined ||
  (Result.isFailure(outcome) && NOT_OF_THE_PROTOCOL.has(outcome.failure.errorCode))

type ConsumerGroup = Api.Response<typeof ConsumerGroupDescribe>["groups"][number]
type ClassicGroup = Api.Response<typeof DescribeGroups>["groups"][number]

const consumerGroup = (group: ConsumerGroup): Outcome<GroupDescription> => {
  if (group.errorCode !== ErrorCode.NONE) {
    const what = `ConsumerGroupDescribe of ${group.groupId}`
    return Result.fail(ClientError.refused(what, group.errorCode, group.errorMessage))
  }
  return Result.succeed({
    groupId: group.groupId,
    type: "consumer",
    state: group.groupState,
    protocolType: "consumer",
    assignor: group.assignorName,
    groupEpoch: group.groupEpoch,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.instanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      assignment: partitionsOf(member.assignment),
      targetAssignment: partitionsOf(member.targetAssignment),
      subscribedTopics: member.subscribedTopicNames,
      subscribedRegex: member.subscribedTopicRegex,
      memberEpoch: member.memberEpoch
    }))
  })
}

const partitionsOf = (
  { topicPartitions }: ConsumerGroup["members"][number]["assignment"]
): ReadonlyArray<TopicPartition> =>
  topicPartitions.flatMap(({ partitions, topicName }) =>
    partitions.map((partition) => ({ topic: topicName, partition }))
  )

const DEAD = "Dead"

const classicGroup = (group: ClassicGroup): Outcome<GroupDescription> => {
  // Up to version 5 a group that is not there is dead, without an error.
  const errorCode = group.errorCode === ErrorCode.NONE && group.groupState === DEAD
    ? ErrorCode.GROUP_ID_NOT_FOUND
    : group.errorCode
  if (errorCode !== ErrorCode.NONE) {
    return Result.fail(ClientError.refused(`DescribeGroups of ${group.groupId}`, errorCode))
  }
  const isOfConsumers = group.protocolType === "consumer"
  return Result.succeed({
    groupId: group.groupId,
    type: "classic",
    state: group.groupState,
    protocolType: group.protocolType,
    assignor: group.protocolData,
    groupEpoch: -1,
    members: group.members.map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      assignment: isOfConsumers ? assigned(member.memberAssignment) : [],
      targetAssignment: undefined,
      subscribedTopics: isOfConsumers
        ? ConsumerProtocol.decodeSubscription(member.memberMetadata)?.topics ?? []
        : [],
      subscribedRegex: null,
      memberEpoch: -1
    }))
  })
}

const assigned = (bytes: Uint8Array): ReadonlyArray<TopicPartition> =>
  (ConsumerProtocol.decodeAssignment(bytes)?.assignedPartitions ?? [])
    .flatMap(({ partitions, topic }) => partitions.map((partition) => ({ topic, partition })))
