// Which groups there are, deleting them, and showing members the door. Every broker lists the groups that
// it coordinates; all else is asked of a group's coordinator.
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { DeleteGroups } from "../../../domain/protocol/DeleteGroups.ts"
import { LeaveGroup } from "../../../domain/protocol/LeaveGroup.ts"
import { ListGroups } from "../../../domain/protocol/ListGroups.ts"
import * as ClientError from "../ClientError.ts"
import type { BrokerConnection } from "../cluster/BrokerConnection.ts"
import { answersOf, orFail, type Outcome, type Outcomes, told } from "./Outcomes.ts"
import type { CallOptions } from "./Rounds.ts"
import type { Routes } from "./Routes.ts"

export type GroupId = string

export interface GroupListing {
  readonly groupId: GroupId
  /** "consumer" for consumers of either protocol; "" for groups that only keep offsets. */
  readonly protocolType: string
  /** Kafka's word: "Stable", "Empty", ...; "" before Kafka 2.6. */
  readonly state: string
  /** "classic", "consumer", ... in lower case; "" before Kafka 3.8. */
  readonly type: string
  /** The broker that coordinates it. */
  readonly coordinatorId: number
}

export interface ListGroupsOptions extends CallOptions {
  /** Only groups in these states, by Kafka's words. Default: all. */
  readonly states?: ReadonlyArray<string> | undefined
  /** Only groups of these types, "classic" or "consumer". Default: all. */
  readonly types?: ReadonlyArray<string> | undefined
}

/** One of the two names it. */
export type MemberName =
  | { readonly memberId: string }
  /** Of a static member. */
  | { readonly groupInstanceId: string }

export interface RemoveMembersOptions extends CallOptions {
  /** For the broker's log. */
  readonly reason?: string | undefined
}

export interface Groups {
  /** Groups of all brokers, by id; fails when one broker does not tell. */
  readonly listGroups: (
    options?: ListGroupsOptions
  ) => Effect.Effect<ReadonlyArray<GroupListing>, ClientError.ClientError>
  /** The same, so that those of the other brokers can be had; by broker id. */
  readonly listGroupsByBroker: (
    options?: ListGroupsOptions
  ) => Effect.Effect<Outcomes<number, ReadonlyArray<GroupListing>>, ClientError.ClientError>
  /** Groups without members, and all that they have committed. */
  readonly deleteGroups: (
    groupIds: ReadonlyArray<GroupId>,
    options?: CallOptions
  ) => Effect.Effect<Outcomes<GroupId, void>, ClientError.ClientError>
  /** Outcomes go by member or instance id. The group rebalances; members that live come back. */
  readonly removeMembers: (
    groupId: GroupId,
    members: ReadonlyArray<MemberName>,
    options?: RemoveMembersOptions
  ) => Effect.Effect<Outcomes<string, void>, ClientError.ClientError>
}

const STATES_FROM = 4
const TYPES_FROM = 5
const MANY_MEMBERS_FROM = 3

export const make = (routes: Routes): Groups => {
  const listGroupsByBroker = (options: ListGroupsOptions = {}) =>
    Effect.flatMap(routes.brokerIds, (brokers) =>
      routes.run(
        {
          name: ListGroups.name,
          keyOf: (nodeId: number) => nodeId,
          route: (nodeIds, round) => routes.toBrokers(nodeIds, round, (nodeId) => nodeId),
          ask: (connection, [nodeId]) => listed(connection, nodeId!, options),
          isRepeatable: true
        },
        brokers,
        options
      ))
  return {
    listGroupsByBroker,
    listGroups: (options) =>
      Effect.map(
        orFail(listGroupsByBroker(options)),
        (byBroker) => [...byBroker.values()].flat().sort((a, b) => a.groupId < b.groupId ? -1 : 1)
      ),
    deleteGroups: (groupIds, options) =>
      routes.run(
        {
          name: DeleteGroups.name,
          keyOf: (groupId: GroupId) => groupId,
          route: (items, round) => routes.toCoordinators(items, round, (groupId) => groupId),
          ask: (connection, groupIds) =>
            answersOf(
              connection.request(DeleteGroups, { groupsNames: groupIds }),
              ({ results }) =>
                results.map(({ errorCode, groupId }) => [
                  groupId,
                  told(`DeleteGroups of ${groupId}`, errorCode, null, () => {})
                ])
            ),
          isRepeatable: false
        },
        groupIds,
        options
      ),
    removeMembers: (groupId, members, options = {}) =>
      routes.run(
        {
          name: LeaveGroup.name,
          keyOf: nameOf,
          route: (items, round) => routes.toCoordinators(items, round, () => groupId),
          ask: (connection, members) => left(connection, groupId, members, options),
          isRepeatable: false
        },
        members,
        options
      )
  }
}

const listed = Effect.fnUntraced(function*(
  connection: BrokerConnection,
  nodeId: number,
  { states = [], types = [] }: ListGroupsOptions
) {
  const version = connection.versionOf(ListGroups) ?? TYPES_FROM
  if (states.length > 0 && version < STATES_FROM) {
    return yield* notSupported(connection, "groups cannot be chosen by state before Kafka 2.6")
  }
  if (types.length > 0 && version < TYPES_FROM) {
    return yield* notSupported(connection, "groups cannot be chosen by type before Kafka 3.8")
  }
  const answer = yield* connection.request(ListGroups, {
    statesFilter: states,
    typesFilter: types
  })
  const outcome = told(
    "ListGroups",
    answer.errorCode,
    null,
    () =>
      answer.groups.map(({ groupId, groupState, groupType, protocolType }): GroupListing => ({
        groupId,
        protocolType,
        state: groupState,
        type: groupType.toLowerCase(),
        coordinatorId: nodeId
      }))
  )
  return new Map([[nodeId, outcome]])
})

const notSupported = ({ address }: BrokerConnection, detail: string): ClientError.ClientError =>
  new ClientError.ClientError({
    reason: ClientError.Reason.NotSupported({
      api: ListGroups.name,
      detail: `${address}: ${detail}`
    })
  })

const nameOf = (member: MemberName): string =>
  "memberId" in member ? member.memberId : member.groupInstanceId

const left = Effect.fnUntraced(function*(
  connection: BrokerConnection,
  groupId: GroupId,
  members: ReadonlyArray<MemberName>,
  { reason = "removed by an admin" }: RemoveMembersOptions
) {
  if ((connection.versionOf(LeaveGroup) ?? 0) < MANY_MEMBERS_FROM) {
    const detail = `${connection.address} lets nobody but themselves leave (before Kafka 2.4)`
    const unable = ClientError.Reason.NotSupported({ api: LeaveGroup.name, detail })
    return yield* new ClientError.ClientError({ reason: unable })
  }
  const answer = yield* connection.request(LeaveGroup, {
    groupId,
    memberId: "",
    members: members.map((member) => ({
      memberId: "memberId" in member ? member.memberId : "",
      groupInstanceId: "groupInstanceId" in member ? member.groupInstanceId : null,
      reason
    }))
  })
  const all = answer.errorCode === ErrorCode.NONE
    ? answer.members.map((member, i) => [nameOf(members[i]!), member.errorCode] as const)
    : members.map((member) => [nameOf(member), answer.errorCode] as const)
  return new Map(
    all.map(([name, errorCode]): [string, Outcome<void>] => [
      name,
      told(`LeaveGroup of ${name}`, errorCode, null, () => {})
    ])
  )
})
