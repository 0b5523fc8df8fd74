// ConsumerGroupDescribe: groups of the consumer protocol with their epochs, members and assignments.
// Behaviour: a classic group is not found here, as in Kafka; tools ask DescribeGroups then.
// Versions: v1 which protocol a member speaks
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { assignorOf, type ConsumerGroup } from "../../../domain/group/consumer/ConsumerGroup.ts"
import { ConsumerGroupDescribe } from "../../../domain/protocol/ConsumerGroupDescribe.ts"
import * as TopicPartitions from "../../../domain/TopicPartitions.ts"
import type * as Api from "../../../domain/wire/Api.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import type { GroupEntry } from "../../../layers/coordinator/GroupEntry.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as AuthorizedOperations from "../AuthorizedOperations.ts"
import * as Handler from "../Handler.ts"

type Described = Api.Response<typeof ConsumerGroupDescribe>["groups"][number]
type Assignment = Described["members"][number]["assignment"]

const CLASSIC_MEMBER = 0
const CONSUMER_MEMBER = 1

export const consumerGroupDescribe = Handler.make(ConsumerGroupDescribe, {
  versions: "0-1",
  handle: Effect.fnUntraced(function*({ groupIds, includeAuthorizedOperations }) {
    const cluster = yield* ClusterMetadata
    const coordinator = yield* GroupCoordinator
    const authorizedOperations = includeAuthorizedOperations
      ? AuthorizedOperations.GROUP
      : AuthorizedOperations.NOT_ASKED
    const describe = (groupId: string): Described => {
      const unready = coordinator.unready(groupId)
      if (unready !== ErrorCode.NONE) return nothing(groupId, unready, "The group is not loaded.")
      const entry = coordinator.group(groupId)
      return entry?.consumer === undefined
        ? nothing(
          groupId,
          ErrorCode.GROUP_ID_NOT_FOUND,
          entry === undefined
            ? `Group ${groupId} not found.`
            : `Group ${groupId} is not a consumer group.`
        )
        : {
          ...described(
            entry,
            entry.consumer,
            assignorOf(entry.consumer, coordinator.consumerWorld()).name,
            cluster
          ),
          authorizedOperations
        }
    }
    return { throttleTimeMs: 0, groups: groupIds.map(describe) }
  })
})

const nothing = (groupId: string, errorCode: number, errorMessage: string): Described => ({
  errorCode,
  errorMessage,
  groupId,
  groupState: "",
  groupEpoch: 0,
  assignmentEpoch: 0,
  assignorName: "",
  members: [],
  authorizedOperations: AuthorizedOperations.NOT_ASKED
})

const described = (
  entry: GroupEntry,
  group: ConsumerGroup,
  assignorName: string,
  cluster: ClusterMetadata["Service"]
): Omit<Described, "authorizedOperations"> => {
  const assignment = (all: TopicPartitions.TopicPartitions): Assignment => ({
    topicPartitions: TopicPartitions.toList(all).map(({ partitions, topicId }) => ({
      topicId,
      topicName: cluster.topicById(topicId)?.name ?? "",
      partitions
    }))
  })
  return {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    groupId: entry.groupId,
    groupState: entry.state,
    groupEpoch: group.groupEpoch,
    assignmentEpoch: group.assignmentEpoch,
    assignorName,
    members: [...group.members.values()].map((member) => ({
      memberId: member.memberId,
      instanceId: member.instanceId,
      rackId: member.rackId,
      memberEpoch: member.memberEpoch,
      clientId: member.clientId,
      clientHost: member.clientHost,
      subscribedTopicNames: member.subscribedTopicNames,
      subscribedTopicRegex: member.subscribedTopicRegex,
      assignment: assignment(member.assigned),
      targetAssignment: assignment(group.target.get(member.memberId) ?? TopicPartitions.NONE),
      memberType: member.classic === null ? CONSUMER_MEMBER : CLASSIC_MEMBER
    }))
  }
}
