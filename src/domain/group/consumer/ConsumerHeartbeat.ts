// ConsumerGroupHeartbeat: a member joins, stays, says what it owns, or leaves; its answer is what it should
// own by now. Facts are those of KIP-848 and Kafka's GroupMetadataManager.consumerGroupHeartbeat.
import { ErrorCode } from "../../ErrorCode.ts"
import * as Failure from "../../Failure.ts"
import * as TopicPartitions from "../../TopicPartitions.ts"
import * as ConsumerGroup from "./ConsumerGroup.ts"
import {
  type ConsumerMember,
  fresh,
  isReconciledTo,
  JOIN_EPOCH,
  LEAVE_EPOCH,
  LEAVE_STATIC_EPOCH
} from "./ConsumerMember.ts"
import { type ConsumerTransition, refusal } from "./ConsumerTransition.ts"
import { reconcile } from "./Reconciliation.ts"

export interface HeartbeatEvent {
  readonly _tag: "Heartbeat"
  readonly requestId: number
  readonly memberId: string
  readonly memberEpoch: number
  readonly instanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  /** Null, and -1 for the timeout: as it was. */
  readonly rackId: string | null
  readonly rebalanceTimeoutMs: number
  readonly subscribedTopicNames: ReadonlyArray<string> | null
  readonly subscribedTopicRegex: string | null
  readonly serverAssignor: string | null
  readonly owned: TopicPartitions.TopicPartitions | null
}

export const heartbeat = (t: ConsumerTransition, event: HeartbeatEvent): void => {
  const failure = malformed(t.world, event)
  if (failure !== undefined) return refuse(t, event, failure)
  const isLeaving = event.memberEpoch === LEAVE_EPOCH || event.memberEpoch === LEAVE_STATIC_EPOCH
  const found = isLeaving ? leaving(t, event) : staying(t, event)
  if (Failure.isFailure(found)) return refuse(t, event, found)
  if (isLeaving) leave(t, event, found)
  else stay(t, event, found)
}

const refuse = (
  t: ConsumerTransition,
  { requestId }: HeartbeatEvent,
  { errorCode, message }: Failure.Failure
): void => t.answer(requestId, refusal(errorCode, message))

const invalid = (message: string) => Failure.make(ErrorCode.INVALID_REQUEST, message)

const malformed = (
  world: ConsumerGroup.ConsumerGroupWorld,
  event: HeartbeatEvent
): Failure.Failure | undefined => {
  const { memberEpoch, serverAssignor, subscribedTopicRegex } = event
  if (event.memberId === "") return invalid("MemberId can't be empty.")
  if (event.instanceId === "") return invalid("InstanceId can't be empty.")
  if (event.rackId === "") return invalid("RackId can't be empty.")
  if (memberEpoch < LEAVE_STATIC_EPOCH) return invalid(`MemberEpoch ${memberEpoch} is invalid.`)
  if (memberEpoch === LEAVE_STATIC_EPOCH && event.instanceId === null) {
    return invalid("InstanceId can't be null when a static member leaves.")
  }
  if (memberEpoch === JOIN_EPOCH) {
    if (event.rebalanceTimeoutMs === -1) {
      return invalid("RebalanceTimeoutMs must be provided in the first request.")
    }
    if (event.owned === null || event.owned.size > 0) {
      return invalid("TopicPartitions must be empty when (re-)joining.")
    }
    const isSilent = event.subscribedTopicNames === null && subscribedTopicRegex === null
    if (isSilent) {
      return invalid(
        "SubscribedTopicNames or SubscribedTopicRegex must be set in the first request."
      )
    }
  }
  if (serverAssignor !== null && !world.assignors.some(({ name }) => name === serverAssignor)) {
    const names = world.assignors.map(({ name }) => name).join(", ")
    return Failure.make(
      ErrorCode.UNSUPPORTED_ASSIGNOR,
      `ServerAssignor ${serverAssignor} is not supported. Supported assignors: ${names}.`
    )
  }
  const isPattern = subscribedTopicRegex !== null && subscribedTopicRegex !== ""
  return isPattern && world.matching(subscribedTopicRegex) === undefined
    ? Failure.make(
      ErrorCode.INVALID_REGULAR_EXPRESSION,
      `SubscribedTopicRegex ${subscribedTopicRegex} is not a valid regular expression.`
    )
    : undefined
}

const unknown = ({ memberId }: HeartbeatEvent, groupId: string): Failure.Failure =>
  Failure.make(
    ErrorCode.UNKNOWN_MEMBER_ID,
    `Member ${memberId} is not a member of group ${groupId}.`
  )

/** Who leaves must be who it says, whatever its epoch. */
const leaving = (
  { group }: ConsumerTransition,
  event: HeartbeatEvent
): ConsumerMember | Failure.Failure => {
  const { instanceId, memberId } = event
  if (event.memberEpoch === LEAVE_STATIC_EPOCH && instanceId !== null) {
    const known = group.staticMembers.get(instanceId)
    if (known === undefined) return unknown(event, group.groupId)
    if (known !== memberId) return fencedInstance(instanceId)
  }
  return group.members.get(memberId) ?? unknown(event, group.groupId)
}

const fencedInstance = (instanceId: string) =>
  Failure.make(
    ErrorCode.FENCED_INSTANCE_ID,
    `Static member ${instanceId} was fenced: another member has its instance id.`
  )

const staying = (
  t: ConsumerTransition,
  event: HeartbeatEvent
): ConsumerMember | Failure.Failure => {
  const { group, world } = t
  const { instanceId, memberEpoch, memberId } = event
  const isJoining = memberEpoch === JOIN_EPOCH
  const holder = instanceId === null ? undefined : group.staticMembers.get(instanceId)
  const member = group.members.get(memberId)
  if (isJoining && member === undefined && holder === undefined) {
    return group.members.size < world.maxSize ? fresh(memberId, instanceId) : Failure.make(
      ErrorCode.GROUP_MAX_SIZE_REACHED,
      `The consumer group has reached its maximum capacity of ${world.maxSize} members.`
    )
  }
  if (instanceId !== null && holder !== memberId) {
    const present = holder === undefined ? undefined : group.members.get(holder)
    if (present === undefined) return unknown(event, group.groupId)
    if (!isJoining) return fencedInstance(instanceId)
    // Only who has said that it will be back may be replaced; else two would have one name. The classic
    // protocol knows no such word: there whoever comes last has the name.
    const isReleased = present.memberEpoch === LEAVE_STATIC_EPOCH || present.classic !== null
    return isReleased ? present : Failure.make(
      ErrorCode.UNRELEASED_INSTANCE_ID,
      `Static member ${memberId} with instance id ${instanceId} was fenced: ` +
        "the instance id is still owned by another member."
    )
  }
  if (member === undefined) return unknown(event, group.groupId)
  return isJoining || isInStep(member, event) ? member : Failure.make(
    ErrorCode.FENCED_MEMBER_EPOCH,
    `The member's epoch is ${member.memberEpoch}, and it came with ${memberEpoch}. ` +
      "It must abandon all its partitions and rejoin."
  )
}

/** Of the present epoch, or of the one before, when the answer with the present one was lost. */
const isInStep = (member: ConsumerMember, { memberEpoch, owned }: HeartbeatEvent): boolean =>
  memberEpoch === member.memberEpoch ||
  (memberEpoch === member.previousMemberEpoch && owned !== null &&
    TopicPartitions.isSubset(owned, member.assigned))

const leave = (t: ConsumerTransition, event: HeartbeatEvent, member: ConsumerMember): void => {
  const { memberEpoch, memberId, requestId } = event
  if (memberEpoch === LEAVE_STATIC_EPOCH) {
    // Its partitions wait for it, until its session ends; what it was to give up it has.
    t.put({ ...member, memberEpoch, revoking: TopicPartitions.NONE })
    t.cancel(`rebalance/${memberId}`)
  } else {
    dismiss(t, member.memberId)
  }
  t.answer(requestId, {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId,
    memberEpoch,
    heartbeatIntervalMs: 0,
    assignment: null
  })
}

/** The member is out, and what it had goes to the others. */
export const dismiss = (t: ConsumerTransition, memberId: string): void => {
  if (!t.group.members.has(memberId)) return
  t.remove(memberId)
  t.refresh(true)
}

const stay = (t: ConsumerTransition, event: HeartbeatEvent, found: ConsumerMember): void => {
  const isNew = !t.group.members.has(event.memberId)
  const updated = update(found, event)
  if (found.memberId !== event.memberId) {
    t.handOver(found, updated)
  } else {
    t.put(updated)
    if (found.classic !== null) t.cancelClassic(found.memberId)
  }
  t.refresh(isNew && found.memberId === event.memberId || hasResubscribed(found, updated))
  t.assign()
  const { assignmentEpoch, target } = t.group
  const member = isReconciledTo(updated, assignmentEpoch) ? updated : reconcile(updated, {
    epoch: assignmentEpoch,
    target: target.get(updated.memberId) ?? TopicPartitions.NONE,
    isHeldByOther: ConsumerGroup.isHeldByOther(t.group, updated.memberId),
    owned: event.owned
  })
  t.put(member)
  t.arm(`session/${member.memberId}`, t.world.sessionTimeoutMs)
  const isAsked = updated.state === "unrevoked" && updated.memberEpoch === member.memberEpoch
  if (member.state === "unrevoked" && !isAsked) {
    t.arm(`rebalance/${member.memberId}`, member.rebalanceTimeoutMs)
  } else if (member.state !== "unrevoked" && updated.state === "unrevoked") {
    t.cancel(`rebalance/${member.memberId}`)
  }
  const isFull = event.memberEpoch === JOIN_EPOCH ||
    (event.rebalanceTimeoutMs !== -1 && event.subscribedTopicNames !== null && event.owned !== null)
  const isMoved = !TopicPartitions.equals(found.assigned, member.assigned)
  t.answer(event.requestId, {
    errorCode: ErrorCode.NONE,
    errorMessage: null,
    memberId: member.memberId,
    memberEpoch: member.memberEpoch,
    heartbeatIntervalMs: t.world.heartbeatIntervalMs,
    assignment: isFull || isMoved ? member.assigned : null
  })
}

/** What the member says of itself over what it said before. */
const update = (found: ConsumerMember, event: HeartbeatEvent): ConsumerMember => {
  const { instanceId, memberId, rebalanceTimeoutMs, subscribedTopicRegex } = event
  // Who comes back owns nothing, but what it is to own was made for it.
  const isBack = event.memberEpoch === JOIN_EPOCH && found.memberEpoch !== JOIN_EPOCH
  return {
    ...found,
    memberId,
    instanceId: instanceId ?? found.instanceId,
    rackId: event.rackId ?? found.rackId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    rebalanceTimeoutMs: rebalanceTimeoutMs === -1 ? found.rebalanceTimeoutMs : rebalanceTimeoutMs,
    subscribedTopicNames: event.subscribedTopicNames === null
      ? found.subscribedTopicNames
      : [...event.subscribedTopicNames].sort(),
    subscribedTopicRegex: subscribedTopicRegex === null
      ? found.subscribedTopicRegex
      : subscribedTopicRegex || null,
    serverAssignor: event.serverAssignor ?? found.serverAssignor,
    classic: null,
    ...(isBack ? { memberEpoch: JOIN_EPOCH, previousMemberEpoch: JOIN_EPOCH } : {})
  }
}

export const hasResubscribed = (before: ConsumerMember, after: ConsumerMember): boolean =>
  before.subscribedTopicRegex !== after.subscribedTopicRegex ||
  before.serverAssignor !== after.serverAssignor ||
  before.rackId !== after.rackId ||
  before.subscribedTopicNames.join("\n") !== after.subscribedTopicNames.join("\n")
