// How a group changes its kind, where the policy lets it: what the group becomes, and what that does to those
// who wait and to the timers. A group too large to be written at once stays what it is.
import { ErrorCode } from "../../ErrorCode.ts"
import * as ConsumerGroup from "../consumer/ConsumerGroup.ts"
import { dismiss } from "../consumer/ConsumerHeartbeat.ts"
import { type ConsumerAction, ConsumerTransition } from "../consumer/ConsumerTransition.ts"
import * as Group from "../Group.ts"
import { type GroupAction, sessionTimer } from "../GroupAction.ts"
import type { JoinEvent } from "../GroupEvent.ts"
import * as Step from "../Step.ts"
import { Transition } from "../Transition.ts"
import * as AnyGroup from "./AnyGroup.ts"
import * as AnyRecords from "./AnyRecords.ts"
import * as Downgrade from "./Downgrade.ts"
import { upgraded } from "./Upgrade.ts"

/** group.consumer.migration.policy */
export interface MigrationPolicy {
  readonly isUpgradeAllowed: boolean
  readonly isDowngradeAllowed: boolean
}

export interface AnyWorld {
  readonly nowMs: number
  readonly limits: Group.GroupLimits
  readonly consumer: ConsumerGroup.ConsumerGroupWorld
  readonly policy: MigrationPolicy
}

/** A group that has become a classic one. */
export interface GoneBack {
  readonly group: Group.Group
  readonly actions: ReadonlyArray<AnyGroup.AnyAction>
}

/** The members that remain, called to join a classic group; undefined: the group stays what it is. */
export const goBack = (
  before: ConsumerGroup.ConsumerGroup,
  after: ConsumerGroup.ConsumerGroup,
  world: AnyWorld
): GoneBack | undefined => {
  const group = world.policy.isDowngradeAllowed
    ? Downgrade.downgraded(before, after, world.nowMs, world.limits)
    : undefined
  if (group === undefined) return undefined
  const begun = Step.rebalance(group, world.nowMs, world.limits)
  const value = AnyGroup.classic(begun.group)
  const records = AnyRecords.between(AnyGroup.consumer(before), value, [])
  if (!AnyRecords.isAtomic(records)) return undefined
  const stops = AnyGroup.consumerActions(stopped(after))
  const begins = AnyGroup.classicActions(begun.actions)
  return { group: begun.group, actions: [...stops, ...begins] }
}

/** All timers of a consumer group. */
const stopped = ({ members }: ConsumerGroup.ConsumerGroup): ReadonlyArray<ConsumerAction> =>
  [...members.keys()].flatMap((memberId) =>
    (["session", "rebalance", "join", "sync"] as const).map((kind) => ({
      _tag: "CancelTimer",
      timer: `${kind}/${memberId}`
    }))
  )

/**
 * What a consumer group is for a classic member that comes: a classic group, when it has nobody, or
 * nobody else of the consumer protocol but the static member whose place is taken; else undefined.
 */
export const makeWay = (
  group: ConsumerGroup.ConsumerGroup,
  { groupInstanceId, memberId }: JoinEvent,
  world: AnyWorld
): GoneBack | undefined => {
  const empty = Group.empty(group.groupId, world.nowMs)
  if (group.members.size === 0) return { group: empty, actions: [] }
  if (groupInstanceId === null || memberId !== "" || !world.policy.isDowngradeAllowed) {
    return undefined
  }
  const holder = group.members.get(group.staticMembers.get(groupInstanceId) ?? "")
  if (holder === undefined || holder.classic !== null) return undefined
  const t = new ConsumerTransition(group, world.consumer)
  dismiss(t, holder.memberId)
  const dismissal = AnyGroup.consumerActions(t.actions)
  if (t.group.members.size === 0) return { group: empty, actions: dismissal }
  const back = Downgrade.isDue(group, t.group) ? goBack(group, t.group, world) : undefined
  return back && { ...back, actions: [...dismissal, ...back.actions] }
}

/** What a classic group is for a member of the consumer protocol; undefined: it stays what it is. */
export const becoming = (
  group: Group.Group,
  { consumer, policy }: AnyWorld
): ConsumerGroup.ConsumerGroup | undefined => {
  if (group.state === "Dead") return undefined
  if (group.members.size === 0 && group.state === "Empty") {
    return ConsumerGroup.empty(group.groupId)
  }
  const next = policy.isUpgradeAllowed ? upgraded(group, consumer) : undefined
  if (next === undefined) return undefined
  const records = AnyRecords.between(AnyGroup.classic(group), AnyGroup.consumer(next), [])
  return AnyRecords.isAtomic(records) ? next : undefined
}

/** Whoever waits in a classic group joins again, and its timers end. */
export const ended = (
  group: Group.Group,
  { limits, nowMs }: AnyWorld
): ReadonlyArray<GroupAction> => {
  const t = new Transition(group, nowMs, limits)
  t.cancel("join")
  t.cancel("sync")
  for (const memberId of group.pendingMembers) t.cancel(sessionTimer(memberId))
  for (const member of group.members.values()) {
    t.cancel(sessionTimer(member.memberId))
    t.refuseWaiting(member, ErrorCode.REBALANCE_IN_PROGRESS)
  }
  return t.actions
}
