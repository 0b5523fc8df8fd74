// A group of either kind, and what can happen to it: events of both protocols come to both kinds, since who
// sends them need not know what the group has become.
import type * as ConsumerGroup from "../consumer/ConsumerGroup.ts"
import type { HeartbeatEvent as ConsumerHeartbeat } from "../consumer/ConsumerHeartbeat.ts"
import type { ConsumerEvent } from "../consumer/ConsumerStep.ts"
import type { ConsumerAction } from "../consumer/ConsumerTransition.ts"
import * as Group from "../Group.ts"
import type { GroupAction } from "../GroupAction.ts"
import type { GroupEvent } from "../GroupEvent.ts"

export type AnyGroup =
  | { readonly _tag: "Classic"; readonly group: Group.Group }
  | { readonly _tag: "Consumer"; readonly group: ConsumerGroup.ConsumerGroup }

/** Of a member's time in a consumer group that is over. */
export type ConsumerTimeout = Extract<ConsumerEvent, { readonly _tag: `${string}Expired` }>

/** Commits and deletions are events of the classic protocol, whatever the group is. */
export type AnyEvent =
  | { readonly _tag: "Classic"; readonly event: GroupEvent }
  | { readonly _tag: "Consumer"; readonly event: ConsumerHeartbeat | ConsumerTimeout }

export type AnyAction =
  | { readonly _tag: "Classic"; readonly action: GroupAction }
  | { readonly _tag: "Consumer"; readonly action: ConsumerAction }

export const classic = (group: Group.Group): AnyGroup => ({ _tag: "Classic", group })
export const consumer = (group: ConsumerGroup.ConsumerGroup): AnyGroup => ({
  _tag: "Consumer",
  group
})

export const empty = (groupId: string, nowMs: number): AnyGroup =>
  classic(Group.empty(groupId, nowMs))

export const classicActions = (actions: ReadonlyArray<GroupAction>): ReadonlyArray<AnyAction> =>
  actions.map((action) => ({ _tag: "Classic", action }))

export const consumerActions = (
  actions: ReadonlyArray<ConsumerAction>
): ReadonlyArray<AnyAction> => actions.map((action) => ({ _tag: "Consumer", action }))
