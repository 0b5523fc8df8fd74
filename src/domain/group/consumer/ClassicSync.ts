// SyncGroup of a member of the classic protocol in a consumer group: nobody hands in assignments, the broker
// has made them; the answer is what the member owns now, in the version in which it subscribed.
// Facts are those of Kafka's GroupMetadataManager.classicGroupSyncToConsumerGroup.
import { ErrorCode } from "../../ErrorCode.ts"
import * as ConsumerProtocol from "../../protocol/ConsumerProtocol.ts"
import * as TopicPartitions from "../../TopicPartitions.ts"
import { REFUSED_SYNC } from "../GroupAction.ts"
import type { SyncEvent } from "../GroupEvent.ts"
import { CONSUMER_PROTOCOL_TYPE } from "../SubscribedTopics.ts"
import * as ClassicMember from "./ClassicMember.ts"
import type { ConsumerGroup } from "./ConsumerGroup.ts"
import type { ConsumerTransition } from "./ConsumerTransition.ts"

export const classicSync = (t: ConsumerTransition, event: SyncEvent): void => {
  const refuse = (errorCode: ErrorCode): void =>
    t.answerSync(event.requestId, { ...REFUSED_SYNC, errorCode })
  const member = ClassicMember.identifyInGeneration(t.group, event)
  if (typeof member === "number") return refuse(member)
  const first = member.classic.protocols[0]!
  const { protocolName, protocolType } = event
  const isOther = (protocolType !== null && protocolType !== CONSUMER_PROTOCOL_TYPE) ||
    (protocolName !== null && protocolName !== first.name)
  if (isOther) return refuse(ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  t.refresh(false)
  // Who has to give up partitions learns here which: it joins again when it has.
  if (ClassicMember.isBehind(t.group, member) && member.state !== "unrevoked") {
    ClassicMember.callToJoin(t, member)
    return refuse(ErrorCode.REBALANCE_IN_PROGRESS)
  }
  t.cancel(`sync/${member.memberId}`)
  t.arm(`session/${member.memberId}`, member.classic.sessionTimeoutMs)
  t.answerSync(event.requestId, {
    errorCode: ErrorCode.NONE,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocolName: first.name,
    assignment: assignmentBytes(t.group, member.assigned, first.metadata)
  })
}

/** As the member with this subscription understands it; topics that are no more are left out. */
export const assignmentBytes = (
  { topics }: ConsumerGroup,
  owned: TopicPartitions.TopicPartitions,
  subscription: Uint8Array
): Buffer => {
  const names = new Map([...topics].map(([name, { id }]) => [id, name]))
  return ConsumerProtocol.encodeAssignment(ConsumerProtocol.versionOf(subscription), {
    assignedPartitions: TopicPartitions.toList(owned).flatMap(({ partitions, topicId }) => {
      const topic = names.get(topicId)
      return topic === undefined ? [] : [{ topic, partitions }]
    }),
    userData: null
  })
}
