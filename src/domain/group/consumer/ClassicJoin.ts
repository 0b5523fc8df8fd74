// JoinGroup of a member of the classic protocol in a consumer group: it says what it wants and what it owns,
// is led a step towards its target as any member, and has its answer at once. Nobody leads: the broker
// assigns. Facts are those of Kafka's GroupMetadataManager.classicGroupJoinToConsumerGroup.
import { ErrorCode } from "../../ErrorCode.ts"
import * as ConsumerProtocol from "../../protocol/ConsumerProtocol.ts"
import * as TopicPartitions from "../../TopicPartitions.ts"
import { REFUSED_JOIN } from "../GroupAction.ts"
import type { JoinEvent } from "../GroupEvent.ts"
import { CONSUMER_PROTOCOL_TYPE } from "../SubscribedTopics.ts"
import { isClassic } from "./ClassicMember.ts"
import * as ConsumerGroup from "./ConsumerGroup.ts"
import { hasResubscribed } from "./ConsumerHeartbeat.ts"
import { type ConsumerMember, fresh, isReconciledTo, JOIN_EPOCH } from "./ConsumerMember.ts"
import type { ConsumerTransition } from "./ConsumerTransition.ts"
import { reconcile } from "./Reconciliation.ts"

export const classicJoin = (t: ConsumerTransition, event: JoinEvent): void => {
  const subscription = subscriptionOf(event)
  const refusal = refusalOf(t, event)
  if (subscription === undefined || refusal !== ErrorCode.NONE) {
    return refuse(t, event, refusal || ErrorCode.INCONSISTENT_GROUP_PROTOCOL)
  }
  const isAsking = event.memberId === "" && event.groupInstanceId === null
  if (isAsking && event.requiresKnownMemberId) {
    return refuse(t, event, ErrorCode.MEMBER_ID_REQUIRED, event.newMemberId)
  }
  const found = find(t.group, event, subscription)
  if (typeof found === "number") return refuse(t, event, found)
  admit(t, event, found, subscription)
}

const refuse = (
  t: ConsumerTransition,
  { memberId, requestId }: JoinEvent,
  errorCode: ErrorCode,
  toldId = memberId
): void => t.answerJoin(requestId, { ...REFUSED_JOIN, errorCode, memberId: toldId })

/** All protocols of a consumer carry one subscription; undefined when any of them is unreadable. */
const subscriptionOf = ({ protocols }: JoinEvent): ConsumerProtocol.Subscription | undefined => {
  const all = protocols.map(({ metadata }) => ConsumerProtocol.decodeSubscription(metadata))
  return all.includes(undefined) ? undefined : all[0]
}

const refusalOf = ({ group, world }: ConsumerTransition, event: JoinEvent): ErrorCode => {
  const { groupInstanceId, memberId, protocols, sessionTimeoutMs } = event
  const isTimely = sessionTimeoutMs >= world.minClassicSessionTimeoutMs &&
    sessionTimeoutMs <= world.maxClassicSessionTimeoutMs
  if (!isTimely) return ErrorCode.INVALID_SESSION_TIMEOUT
  const holder = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId)
  const isNew = !group.members.has(memberId) && holder === undefined
  if (isNew && group.members.size >= world.maxSize) return ErrorCode.GROUP_MAX_SIZE_REACHED
  // Should the group become a classic one again, its members must have a protocol in common.
  const others = ConsumerGroup.classicMembers(group, holder ?? memberId)
  const isCommon = (name: string) =>
    others.every(({ classic }) => classic.protocols.some((other) => other.name === name))
  return event.protocolType === CONSUMER_PROTOCOL_TYPE &&
      protocols.some(({ name }) => isCommon(name))
    ? ErrorCode.NONE
    : ErrorCode.INCONSISTENT_GROUP_PROTOCOL
}

/** The member that comes (again), a new one, or the static one whose place it takes. */
const find = (
  group: ConsumerGroup.ConsumerGroup,
  event: JoinEvent,
  { ownedPartitions }: ConsumerProtocol.Subscription
): ConsumerMember | ErrorCode => {
  const { groupInstanceId, memberId, newMemberId } = event
  const holder = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId)
  if (memberId === "") {
    return group.members.get(holder ?? "") ?? fresh(newMemberId, groupInstanceId)
  }
  if (groupInstanceId !== null && holder !== memberId) {
    return holder === undefined ? ErrorCode.UNKNOWN_MEMBER_ID : ErrorCode.FENCED_INSTANCE_ID
  }
  const member = group.members.get(memberId)
  if (member !== undefined) return isClassic(member) ? member : ErrorCode.UNKNOWN_MEMBER_ID
  // An id that was given a moment ago is not kept; but who owns partitions under an id that is not known
  // has been put out, and must let go of them before it comes again.
  return ownedPartitions.length === 0 ? fresh(memberId, null) : ErrorCode.UNKNOWN_MEMBER_ID
}

const admit = (
  t: ConsumerTransition,
  event: JoinEvent,
  found: ConsumerMember,
  subscription: ConsumerProtocol.Subscription
): void => {
  const isReplacing = event.memberId === "" && t.group.members.has(found.memberId)
  const isNew = !isReplacing && !t.group.members.has(found.memberId)
  const updated = update(found, event, subscription, isReplacing)
  if (isReplacing) t.handOver(found, updated)
  else t.put(updated)
  t.refresh(isNew || hasResubscribed(found, updated))
  t.assign()
  const { assignmentEpoch, target } = t.group
  const { memberId } = updated
  const member = isReconciledTo(updated, assignmentEpoch) ? updated : reconcile(updated, {
    epoch: assignmentEpoch,
    target: target.get(memberId) ?? TopicPartitions.NONE,
    isHeldByOther: ConsumerGroup.isHeldByOther(t.group, memberId),
    owned: owned(t.world, subscription.ownedPartitions)
  })
  t.put(member)
  t.cancel(`join/${memberId}`)
  t.arm(`session/${memberId}`, event.sessionTimeoutMs)
  t.arm(`sync/${memberId}`, event.rebalanceTimeoutMs)
  t.answerJoin(event.requestId, {
    ...REFUSED_JOIN,
    errorCode: ErrorCode.NONE,
    memberId,
    generationId: member.memberEpoch,
    protocolType: CONSUMER_PROTOCOL_TYPE,
    protocolName: event.protocols[0]!.name
  })
}

/** What the member says of itself over what it said before. */
const update = (
  found: ConsumerMember,
  event: JoinEvent,
  subscription: ConsumerProtocol.Subscription,
  isReplacing: boolean
): ConsumerMember => ({
  ...found,
  memberId: isReplacing ? event.newMemberId : found.memberId,
  instanceId: event.groupInstanceId ?? found.instanceId,
  rackId: subscription.rackId ?? found.rackId,
  clientId: event.clientId,
  clientHost: event.clientHost,
  rebalanceTimeoutMs: event.rebalanceTimeoutMs,
  subscribedTopicNames: [...new Set(subscription.topics)].sort(),
  subscribedTopicRegex: null,
  serverAssignor: null,
  classic: { sessionTimeoutMs: event.sessionTimeoutMs, protocols: event.protocols },
  ...(isReplacing ? { memberEpoch: JOIN_EPOCH, previousMemberEpoch: JOIN_EPOCH } : {})
})

/** By topic id; what nobody knows by name nobody can be given either. */
export const owned = (
  { topic }: Pick<ConsumerGroup.ConsumerGroupWorld, "topic">,
  named: ReadonlyArray<{ readonly topic: string; readonly partitions: ReadonlyArray<number> }>
): TopicPartitions.TopicPartitions =>
  TopicPartitions.fromList(
    named.flatMap((one) => {
      const known = topic(one.topic)
      return known === undefined ? [] : [{ topicId: known.id, partitions: one.partitions }]
    })
  )
