// JoinGroup: enters a group, or enters it again.
// Behaviour: answered when the rebalance has all members or its time is over.
// Versions: v1 rebalance timeout; v2 throttle; v4 a member id is asked for first; v5 static members;
// v6 flexible; v7 protocol type; v8 reason; v9 the leader may skip assigning
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { REFUSED_JOIN } from "../../../domain/group/GroupAction.ts"
import { JoinGroup } from "../../../domain/protocol/JoinGroup.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import * as GroupAnswer from "../GroupAnswer.ts"
import * as Handler from "../Handler.ts"

const MEMBER_ID_REQUIRED_FROM = 4
const PROTOCOL_NAME_NULLABLE_FROM = 7
const SKIP_ASSIGNMENT_FROM = 9

export const joinGroup = Handler.staged(JoinGroup, {
  versions: "0-9",
  dispatch: Effect.fnUntraced(function*(request, context) {
    const { apiVersion, clientId, connection } = context
    const coordinator = yield* GroupCoordinator
    const joined = coordinator.join(request.groupId, {
      memberId: request.memberId,
      // Readable in tools: Kafka makes them of the same parts.
      newMemberId: `${request.groupInstanceId ?? clientId ?? ""}-${randomUUID()}`,
      groupInstanceId: request.groupInstanceId,
      clientId: clientId ?? "",
      clientHost: `/${connection.remote.host}`,
      sessionTimeoutMs: request.sessionTimeoutMs,
      // v0 has one time for both.
      rebalanceTimeoutMs: apiVersion === 0 ? request.sessionTimeoutMs : request.rebalanceTimeoutMs,
      protocolType: request.protocolType,
      protocols: request.protocols.map(({ metadata, name }) => ({
        name,
        metadata: Buffer.from(metadata) // The group keeps it for longer than the request's bytes.
      })),
      requiresKnownMemberId: apiVersion >= MEMBER_ID_REQUIRED_FROM,
      supportsSkippingAssignment: apiVersion >= SKIP_ASSIGNMENT_FROM
    })
    const gone = {
      ...REFUSED_JOIN,
      errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE,
      memberId: request.memberId
    }
    return yield* GroupAnswer.outcome(joined, gone, context, (answer) => ({
      throttleTimeMs: 0,
      ...answer,
      protocolName: apiVersion >= PROTOCOL_NAME_NULLABLE_FROM
        ? answer.protocolName
        : answer.protocolName ?? ""
    }))
  })
})
