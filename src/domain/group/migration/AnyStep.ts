// The switch over what happens to a group of either kind: each event goes to the machine of the kind that
// the group is, and where the event asks for it and the policy lets it, the group changes its kind first,
// or afterwards. An event that is refused changes nothing, the kind neither.
// Facts are those of KIP-848 and Kafka's GroupMetadataManager.
import { ErrorCode } from "../../ErrorCode.ts"
import type { ConsumerGroup } from "../consumer/ConsumerGroup.ts"
import type { HeartbeatEvent as ConsumerHeartbeat } from "../consumer/ConsumerHeartbeat.ts"
import { JOIN_EPOCH } from "../consumer/ConsumerMember.ts"
import * as ConsumerStep from "../consumer/ConsumerStep.ts"
import { refusal } from "../consumer/ConsumerTransition.ts"
import * as Group from "../Group.ts"
import type { GroupEvent, JoinEvent } from "../GroupEvent.ts"
import type { StoredRecord } from "../GroupRecord.ts"
import * as Step from "../Step.ts"
import * as AnyGroup from "./AnyGroup.ts"
import * as AnyRecords from "./AnyRecords.ts"
import * as Downgrade from "./Downgrade.ts"
import * as Migration from "./Migration.ts"

export interface AnyStepped {
  readonly value: AnyGroup.AnyGroup
  readonly actions: ReadonlyArray<AnyGroup.AnyAction>
  /** To be durable before the value holds and the actions are performed. */
  readonly records: ReadonlyArray<StoredRecord>
}

type Moved = Omit<AnyStepped, "records">

export const step = (
  value: AnyGroup.AnyGroup,
  event: AnyGroup.AnyEvent,
  world: Migration.AnyWorld
): AnyStepped => {
  const moved = move(value, event, world)
  return { ...moved, records: AnyRecords.between(value, moved.value, moved.actions) }
}

const move = (
  value: AnyGroup.AnyGroup,
  event: AnyGroup.AnyEvent,
  world: Migration.AnyWorld
): Moved => {
  if (value._tag === "Classic") {
    if (event._tag === "Classic") return stepClassic(value.group, event.event, world)
    // Timers of what the group was before mean nothing any more.
    return event.event._tag === "Heartbeat"
      ? consumerJoins(value.group, event.event, world)
      : { value, actions: [] }
  }
  if (value.group.isDead) return stepDead(value.group, event, world)
  if (event._tag === "Consumer") return stepConsumer(value.group, event.event, world)
  const { event: classic } = event
  switch (classic._tag) {
    case "Join":
      return classicJoins(value.group, classic, world)
    case "Sync":
    case "Heartbeat":
    case "Leave":
      return stepConsumer(value.group, { _tag: "Classic", event: classic }, world)
    case "Commit": {
      const { generationId: memberEpoch, memberId, requestId } = classic
      const commit = { _tag: "Commit", requestId, memberId, memberEpoch } as const
      return stepConsumer(value.group, commit, world)
    }
    case "Delete":
      return stepConsumer(value.group, classic, world)
    case "SessionExpired":
    case "JoinExpired":
    case "SyncExpired":
      return { value, actions: [] }
  }
}

const stepClassic = (group: Group.Group, event: GroupEvent, world: Migration.AnyWorld): Moved => {
  const stepped = Step.step(group, event, world.nowMs, world.limits)
  return {
    value: AnyGroup.classic(stepped.group),
    actions: AnyGroup.classicActions(stepped.actions)
  }
}

/** When it was the last of its protocol that has gone, the others go back to theirs. */
const stepConsumer = (
  group: ConsumerGroup,
  event: ConsumerStep.ConsumerEvent,
  world: Migration.AnyWorld
): Moved => {
  const stepped = ConsumerStep.step(group, event, world.consumer)
  const actions = AnyGroup.consumerActions(stepped.actions)
  const back = Downgrade.isDue(group, stepped.group)
    ? Migration.goBack(group, stepped.group, world)
    : undefined
  return back === undefined
    ? { value: AnyGroup.consumer(stepped.group), actions }
    : { value: AnyGroup.classic(back.group), actions: [...actions, ...back.actions] }
}

/** A member of the consumer protocol comes to a classic group. */
const consumerJoins = (
  group: Group.Group,
  event: ConsumerHeartbeat,
  world: Migration.AnyWorld
): Moved => {
  const value = AnyGroup.classic(group)
  const before = event.memberEpoch === JOIN_EPOCH ? Migration.becoming(group, world) : undefined
  if (before === undefined) {
    const text = `Group ${group.groupId} is not a consumer group.`
    const answer = refusal(ErrorCode.GROUP_ID_NOT_FOUND, text)
    const action = { _tag: "Answer", requestId: event.requestId, answer } as const
    return { value, actions: AnyGroup.consumerActions([action]) }
  }
  const stepped = ConsumerStep.step(before, event, world.consumer)
  const actions = AnyGroup.consumerActions(stepped.actions)
  // Who was refused must not have changed the group.
  if (!Downgrade.hasConsumerMember(stepped.group)) return { value, actions }
  const sessions = ConsumerStep.resume(before, world.consumer)
  return {
    value: AnyGroup.consumer(stepped.group),
    actions: [
      ...AnyGroup.classicActions(Migration.ended(group, world)),
      ...AnyGroup.consumerActions(sessions),
      ...actions
    ]
  }
}

/** A member of the classic protocol comes to a consumer group. */
const classicJoins = (
  group: ConsumerGroup,
  event: JoinEvent,
  world: Migration.AnyWorld
): Moved => {
  const free = Migration.makeWay(group, event, world)
  if (free === undefined) return stepConsumer(group, { _tag: "Classic", event }, world)
  const joined = Step.step(free.group, event, world.nowMs, world.limits)
  const { members, pendingMembers } = joined.group
  const actions = AnyGroup.classicActions(joined.actions)
  const isIn = members.size > free.group.members.size || pendingMembers.size > 0
  return isIn
    ? { value: AnyGroup.classic(joined.group), actions: [...free.actions, ...actions] }
    : { value: AnyGroup.consumer(group), actions }
}

/** The group is being deleted: all are told as a deleted classic one tells them. */
const stepDead = (
  group: ConsumerGroup,
  asked: AnyGroup.AnyEvent,
  world: Migration.AnyWorld
): Moved => {
  const value = AnyGroup.consumer(group)
  if (asked._tag === "Consumer") {
    if (asked.event._tag !== "Heartbeat") return { value, actions: [] }
    const { requestId } = asked.event
    const answer = refusal(ErrorCode.COORDINATOR_NOT_AVAILABLE, "The group is being deleted.")
    const action = { _tag: "Answer", requestId, answer } as const
    return { value, actions: AnyGroup.consumerActions([action]) }
  }
  const dead: Group.Group = { ...Group.empty(group.groupId, world.nowMs), state: "Dead" }
  return { value, actions: stepClassic(dead, asked.event, world).actions }
}
