// ConsumerGroupHeartbeat: all of the consumer protocol (KIP-848): join, stay, reconcile, leave.
// Behaviour: answered when what has changed is durable. Assignors of the broker: uniform and range.
// Versions: v1 subscription by pattern (RE2); the member makes its own id
import * as Effect from "effect/Effect"
import { randomUUID } from "node:crypto"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { ConsumerGroupHeartbeat } from "../../../domain/protocol/ConsumerGroupHeartbeat.ts"
import * as TopicPartitions from "../../../domain/TopicPartitions.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import * as Handler from "../Handler.ts"

const OWN_MEMBER_ID_FROM = 1

export const consumerGroupHeartbeat = Handler.make(ConsumerGroupHeartbeat, {
  versions: "0-1",
  handle: Effect.fnUntraced(function*(request, context) {
    const coordinator = yield* GroupCoordinator
    const unmade = yield* coordinator.available
    if (unmade !== ErrorCode.NONE) return notAvailable(unmade)
    const isGiven = context.apiVersion < OWN_MEMBER_ID_FROM && request.memberId === "" &&
      request.memberEpoch === 0
    const answer = yield* coordinator.consumerHeartbeat(request.groupId, {
      memberId: isGiven ? randomUUID() : request.memberId,
      memberEpoch: request.memberEpoch,
      instanceId: request.instanceId,
      clientId: context.clientId ?? "",
      clientHost: `/${context.connection.remote.host}`,
      rackId: request.rackId,
      rebalanceTimeoutMs: request.rebalanceTimeoutMs,
      subscribedTopicNames: request.subscribedTopicNames,
      subscribedTopicRegex: request.subscribedTopicRegex,
      serverAssignor: request.serverAssignor,
      owned: request.topicPartitions === null
        ? null
        : TopicPartitions.fromList(request.topicPartitions)
    })
    const { assignment } = answer
    return {
      throttleTimeMs: 0,
      ...answer,
      assignment: assignment === null
        ? null
        : { topicPartitions: TopicPartitions.toList(assignment) }
    }
  })
})

const notAvailable = (errorCode: number) => ({
  throttleTimeMs: 0,
  errorCode,
  errorMessage: "The topic __consumer_offsets cannot be made; see the broker's log.",
  memberId: null,
  memberEpoch: 0,
  heartbeatIntervalMs: 0,
  assignment: null
})
