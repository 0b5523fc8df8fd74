// DescribeGroups: state, members and assignments of classic groups.
// Behaviour: a group that is not there, or of the consumer protocol, is Dead.
// Versions: v1 throttle; v3 authorized operations; v4 static members; v5 flexible; v6 a group that is
// not there is an error, with a sentence (KIP-1043)
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import type { Group } from "../../../domain/group/Group.ts"
import * as Member from "../../../domain/group/Member.ts"
import { DescribeGroups } from "../../../domain/protocol/DescribeGroups.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import * as AuthorizedOperations from "../AuthorizedOperations.ts"
import * as Handler from "../Handler.ts"

type Described = Api.Response<typeof DescribeGroups>["groups"][number]

export const describeGroups = Handler.make(DescribeGroups, {
  versions: "0-6",
  handle: Effect.fnUntraced(function*({ groups, includeAuthorizedOperations }, { apiVersion }) {
    const coordinator = yield* GroupCoordinator
    const authorizedOperations = includeAuthorizedOperations
      ? AuthorizedOperations.GROUP
      : AuthorizedOperations.NOT_ASKED
    return {
      throttleTimeMs: 0,
      groups: groups.map((groupId): Described => {
        const errorCode = coordinator.unready(groupId)
        if (errorCode !== ErrorCode.NONE) {
          return { ...nothing(groupId), errorCode, groupState: "", authorizedOperations }
        }
        const entry = coordinator.group(groupId)
        if (entry?.classic !== undefined) {
          return { ...describe(entry.classic), authorizedOperations }
        }
        if (apiVersion < 6) return { ...nothing(groupId), authorizedOperations }
        return {
          ...nothing(groupId),
          errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
          errorMessage: entry === undefined
            ? `There is no group "${groupId}".`
            : `The group "${groupId}" is not a classic group.`,
          authorizedOperations
        }
      })
    }
  })
})

const nothing = (groupId: string): Omit<Described, "authorizedOperations"> => ({
  errorCode: ErrorCode.NONE,
  errorMessage: null,
  groupId,
  groupState: "Dead",
  protocolType: "",
  protocolData: "",
  members: []
})

/** What members say of themselves is only good in the generation for which they said it. */
const describe = (group: Group): Omit<Described, "authorizedOperations"> => {
  const isStable = group.state === "Stable"
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId: group.groupId,
    groupState: group.state,
    protocolType: group.protocolType ?? "",
    protocolData: isStable ? group.protocolName ?? "" : "",
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      memberMetadata: isStable ? Member.metadataOf(member, group.protocolName) : Member.NO_BYTES,
      memberAssignment: member.assignment
    }))
  }
}
