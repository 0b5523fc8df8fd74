// What a member of a classic group does when something happens: (membership, event) to (membership,
// actions). Eager members give up everything before they join; cooperative ones keep what they
// have, give up after the rebalance what has gone to others, and join once more, so that those get
// it. Source: Kafka's AbstractCoordinator and ConsumerCoordinator. Beyond it, as librdkafka does: a
// session without any answer of the coordinator loses the partitions, because others may have them
// by then.
import { ErrorCode } from "../ErrorCode.ts"
import * as TopicPartitions from "../TopicPartitions.ts"
import { Action, type ClassicMembership, type Event, type JoinAnswer } from "./ClassicMembership.ts"
import * as GroupVerdict from "./GroupVerdict.ts"
import { MembershipFailure } from "./MembershipFailure.ts"

type Api = "JoinGroup" | "SyncGroup" | "Heartbeat"

export interface Stepped {
  readonly membership: ClassicMembership
  readonly actions: ReadonlyArray<Action>
}

export const step = (membership: ClassicMembership, event: Event): Stepped => {
  if (membership.phase === "Ended") return stay(membership)
  switch (event._tag) {
    case "Started":
      return rejoin(membership, null)
    case "JoinAnswered":
      return membership.phase === "Joining" ? joined(membership, event) : stay(membership)
    case "SyncAnswered":
      return membership.phase === "Syncing"
        ? synced(membership, event.errorCode, event.assigned)
        : stay(membership)
    case "RequestFailed":
      return unanswered(membership, event)
    case "HeartbeatRefused":
      return isCurrent(membership, event.generationId)
        ? answered(membership, "Heartbeat", event.errorCode)
        : stay(membership)
    case "SessionExpired":
      return isCurrent(membership, event.generationId)
        ? rejoin(reset(membership, membership.memberId), "the session expired")
        : stay(membership)
    case "GenerationLost":
      return rejoin(reset(membership, membership.memberId), "the session was lost")
    case "PollOverdue":
      return membership.phase === "Stable" ? putOut(membership) : stay(membership)
    case "Polled":
      return membership.phase === "Away"
        ? rejoin(membership, "the application polls again")
        : stay(membership)
    case "GroupChanged":
      return changed(membership, event.reason)
    case "ListenerDied":
      return listenerDied(membership, event.detail)
    case "LeaveAsked":
      return left(membership)
  }
}

const stay = (membership: ClassicMembership): Stepped => ({ membership, actions: [] })

/**
 * What heartbeats say counts in the generation that they were sent in, once it has its assignment.
 */
const isCurrent = ({ generationId, phase }: ClassicMembership, of: number): boolean =>
  phase === "Stable" && generationId === of

/** Out of its generation: whatever it owned is not its own any more. */
const reset = (membership: ClassicMembership, memberId: string): ClassicMembership => ({
  ...membership,
  memberId,
  generationId: -1,
  given: TopicPartitions.NONE
})

const some = (
  action: (fields: { partitions: TopicPartitions.TopicPartitions }) => Action,
  partitions: TopicPartitions.TopicPartitions
): ReadonlyArray<Action> => TopicPartitions.count(partitions) === 0 ? [] : [action({ partitions })]

const losing = ({ owned }: ClassicMembership) => some(Action.Lose, owned)

/** Gives up what has to be given up, and joins. */
const rejoin = (
  membership: ClassicMembership,
  reason: string | null,
  options: { readonly isDelayed?: boolean; readonly isMoved?: boolean } = {}
): Stepped => {
  const { generationId, owned, protocol } = membership
  const isLost = generationId < 0
  const keeps = !isLost && protocol === "cooperative"
  const actions = [
    ...(keeps ? [] : some(isLost ? Action.Lose : Action.Revoke, owned)),
    ...(options.isMoved === true ? [Action.FindCoordinator()] : []),
    Action.Join({ reason, isDelayed: options.isDelayed ?? false })
  ]
  return {
    membership: {
      ...membership,
      phase: "Joining",
      isLeader: false,
      owned: keeps ? owned : TopicPartitions.NONE,
      rejoinReason: undefined
    },
    actions
  }
}

const joined = (membership: ClassicMembership, answer: JoinAnswer): Stepped => {
  if (answer.errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
    return rejoin(reset(membership, answer.memberId), "the member id is known now")
  }
  if (answer.errorCode !== ErrorCode.NONE) {
    return answered(membership, "JoinGroup", answer.errorCode)
  }
  const { generationId, leader, memberId, members, protocolName, skipAssignment } = answer
  if (protocolName === null) {
    return failed(
      membership,
      MembershipFailure.Malformed({ api: "JoinGroup", detail: "it names no protocol" })
    )
  }
  const isLeader = leader === memberId
  const leading = isLeader ? { protocolName, members, isSkipped: skipAssignment } : undefined
  return {
    membership: { ...membership, phase: "Syncing", memberId, generationId, isLeader },
    actions: [Action.Sync({ protocolName, leading })]
  }
}

const synced = (
  membership: ClassicMembership,
  errorCode: ErrorCode,
  assigned: TopicPartitions.TopicPartitions | undefined
): Stepped => {
  if (errorCode !== ErrorCode.NONE) return answered(membership, "SyncGroup", errorCode)
  if (assigned === undefined) {
    const detail = "the assignment cannot be read"
    return failed(membership, MembershipFailure.Malformed({ api: "SyncGroup", detail }))
  }
  const { owned, rejoinReason } = membership
  const revoked = TopicPartitions.minus(owned, assigned)
  const actions = [
    ...some(Action.Revoke, revoked),
    ...some(Action.Assign, TopicPartitions.minus(assigned, owned))
  ]
  const settled: ClassicMembership = {
    ...membership,
    phase: "Stable",
    owned: assigned,
    given: assigned
  }
  const reason = revoked.size > 0 ? "gave up partitions that go to others" : rejoinReason
  if (reason === undefined) return { membership: settled, actions }
  const next = rejoin(settled, reason)
  return { membership: next.membership, actions: [...actions, ...next.actions] }
}

/** An error of one of the three requests. */
const answered = (membership: ClassicMembership, api: Api, errorCode: ErrorCode) => {
  const name = `${api} was refused`
  switch (GroupVerdict.of(errorCode)) {
    case "Rejoin":
      return rejoin(membership, api === "Heartbeat" ? "the group rebalances" : name)
    case "Wait":
      return rejoin(membership, name, { isDelayed: true })
    case "Moved":
      return rejoin(membership, name, { isDelayed: true, isMoved: true })
    case "Forgotten":
      return rejoin(reset(membership, ""), name)
    case "Outdated":
      return rejoin(reset(membership, membership.memberId), name)
    case "Fatal":
      return failed(membership, MembershipFailure.Refused({ api, errorCode, detail: null }))
  }
}

const unanswered = (
  membership: ClassicMembership,
  { detail, isFinal, isLost }: Extract<Event, { _tag: "RequestFailed" }>
): Stepped => {
  if (membership.phase !== "Joining" && membership.phase !== "Syncing") return stay(membership)
  if (isFinal) return failed(membership, MembershipFailure.Unanswered())
  const joining = isLost === true ? reset(membership, membership.memberId) : membership
  return rejoin(joining, detail, { isDelayed: true })
}

const changed = (membership: ClassicMembership, reason: string): Stepped => {
  switch (membership.phase) {
    case "Stable":
      return rejoin(membership, reason)
    case "Joining":
    case "Syncing":
      return stay({ ...membership, rejoinReason: reason })
    default:
      return stay(membership)
  }
}

/** Others can go on with its partitions, as it does not; so the leave comes first. */
const putOut = (membership: ClassicMembership): Stepped => ({
  membership: {
    ...reset(membership, ""),
    phase: "Away",
    isLeader: false,
    owned: TopicPartitions.NONE,
    rejoinReason: undefined
  },
  actions: [
    ...leaving(membership, "the application did not poll in time"),
    ...losing(membership)
  ]
})

const leaving = (
  { isStatic, memberId }: ClassicMembership,
  reason: string
): ReadonlyArray<Action> => isStatic || memberId === "" ? [] : [Action.Leave({ memberId, reason })]

const ended = (membership: ClassicMembership): ClassicMembership => ({
  ...membership,
  phase: "Ended",
  owned: TopicPartitions.NONE
})

const failed = (membership: ClassicMembership, failure: MembershipFailure): Stepped => ({
  membership: { ...ended(membership), generationId: -1 },
  actions: [...losing(membership), Action.End({ failure })]
})

/** It is not asked again: whatever it kept of its partitions is lost with it. */
const listenerDied = (membership: ClassicMembership, detail: string): Stepped => ({
  membership: { ...ended(membership), generationId: -1 },
  actions: [
    ...leaving(membership, "the application failed"),
    Action.End({ failure: MembershipFailure.ListenerDied({ detail }) })
  ]
})

const left = (membership: ClassicMembership): Stepped => ({
  membership: ended(membership),
  actions: [
    ...(membership.generationId < 0
      ? losing(membership)
      : some(Action.Revoke, membership.owned)),
    ...leaving(membership, "the consumer is closed"),
    Action.End({ failure: undefined })
  ]
})
