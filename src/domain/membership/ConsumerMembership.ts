// A consumer as a member of a group of the consumer protocol (KIP-848), as a value, and what it
// does when something happens. The broker assigns; the member gives up what is no longer in its
// target, takes what is new, and then says what it owns. Whoever runs it performs the actions in
// order, each to its end. Heartbeats and the member's epoch are not told here: they go on whatever
// the member is doing.
//
// Partitions are TopicPartitions by topic id.
// Source: KIP-848, and Kafka's AbstractMembershipManager.
import * as Data from "effect/Data"
import type { ErrorCode } from "../ErrorCode.ts"
import * as TopicPartitions from "../TopicPartitions.ts"
import { MembershipFailure } from "./MembershipFailure.ts"

/**
 * Away: put out, because the application did not poll; comes back when it does. Ended: for good.
 */
export type Phase = "Out" | "In" | "Away" | "Ended"

export interface ConsumerMembership {
  readonly phase: Phase
  readonly owned: TopicPartitions.TopicPartitions
}

export const OUT: ConsumerMembership = { phase: "Out", owned: TopicPartitions.NONE }

export type Event = Data.TaggedEnum<{
  Started: {}
  /** What the broker wants the member to own by now. */
  Targeted: { readonly target: TopicPartitions.TopicPartitions }
  /** The broker has put the member out, or the session passed without an answer. */
  Fenced: {}
  Refused: { readonly errorCode: ErrorCode; readonly detail: string | null }
  /** Heartbeats cannot be sent, nor will they ever. */
  Unanswered: {}
  PollOverdue: {}
  Polled: {}
  ListenerDied: { readonly detail: string }
  LeaveAsked: {}
}>

export const Event = Data.taggedEnum<Event>()

export type Action = Data.TaggedEnum<{
  /** Heartbeats begin, as of somebody new. */
  Join: {}
  Revoke: { readonly partitions: TopicPartitions.TopicPartitions }
  Assign: { readonly partitions: TopicPartitions.TopicPartitions }
  Lose: { readonly partitions: TopicPartitions.TopicPartitions }
  /** Says what is owned, at once. */
  Acknowledge: { readonly owned: TopicPartitions.TopicPartitions }
  /** Heartbeats end with one that says so. */
  Leave: {}
  End: { readonly failure: MembershipFailure | undefined }
}>

export const Action = Data.taggedEnum<Action>()

export interface Stepped {
  readonly membership: ConsumerMembership
  readonly actions: ReadonlyArray<Action>
}

export const step = (membership: ConsumerMembership, event: Event): Stepped => {
  const { phase } = membership
  if (phase === "Ended") return { membership, actions: [] }
  switch (event._tag) {
    case "Started":
      return to("In", [Action.Join()])
    case "Targeted":
      return phase === "In" ? targeted(membership, event.target) : { membership, actions: [] }
    case "Fenced":
      return phase === "In"
        ? to("In", [...losing(membership), Action.Join()])
        : { membership, actions: [] }
    case "Refused": {
      const { detail, errorCode } = event
      const api = "ConsumerGroupHeartbeat"
      return failed(membership, MembershipFailure.Refused({ api, errorCode, detail }))
    }
    case "Unanswered":
      return failed(membership, MembershipFailure.Unanswered())
    case "PollOverdue":
      // Others can go on with its partitions, as it does not; so the leave comes first.
      return phase === "In"
        ? to("Away", [Action.Leave(), ...losing(membership)])
        : { membership, actions: [] }
    case "Polled":
      return phase === "Away" ? to("In", [Action.Join()]) : { membership, actions: [] }
    case "ListenerDied": {
      const failure = MembershipFailure.ListenerDied({ detail: event.detail })
      return to("Ended", [Action.Leave(), Action.End({ failure })])
    }
    case "LeaveAsked":
      return to("Ended", [
        ...some(Action.Revoke, membership.owned),
        ...(phase === "In" ? [Action.Leave()] : []),
        Action.End({ failure: undefined })
      ])
  }
}

/** Owning nothing. */
const to = (phase: Phase, actions: ReadonlyArray<Action>): Stepped => ({
  membership: { phase, owned: TopicPartitions.NONE },
  actions
})

const targeted = (
  { owned, phase }: ConsumerMembership,
  target: TopicPartitions.TopicPartitions
): Stepped => ({
  membership: { phase, owned: target },
  // A target that is met already is acknowledged as well: the broker may not know.
  actions: [
    ...some(Action.Revoke, TopicPartitions.minus(owned, target)),
    ...some(Action.Assign, TopicPartitions.minus(target, owned)),
    Action.Acknowledge({ owned: target })
  ]
})

const some = (
  action: (fields: { partitions: TopicPartitions.TopicPartitions }) => Action,
  partitions: TopicPartitions.TopicPartitions
): ReadonlyArray<Action> => partitions.size === 0 ? [] : [action({ partitions })]

const losing = ({ owned }: ConsumerMembership) => some(Action.Lose, owned)

const failed = (membership: ConsumerMembership, failure: MembershipFailure): Stepped =>
  to("Ended", [...losing(membership), Action.End({ failure })])
