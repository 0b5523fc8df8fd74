// A consumer as a member of a classic group, as a value, with all that can happen to it and all
// that it then asks for. `ClassicMembershipStep` goes from one to the next; whoever runs it
// performs the actions in order, each to its end, before the next event.
//
// Partitions are TopicPartitions by topic name. They change with the event; the actions tell the
// application afterwards.
import * as Data from "effect/Data"
import type { RebalanceProtocol } from "../assignor/ConsumerAssignor.ts"
import type { ErrorCode } from "../ErrorCode.ts"
import * as TopicPartitions from "../TopicPartitions.ts"
import type { MembershipFailure } from "./MembershipFailure.ts"

/**
 * Joining: a JoinGroup is sent or about to be. Syncing: the generation is known, the assignment not
 * yet. Away: put out, because the application did not poll; comes back when it does. Ended: for
 * good.
 */
export type Phase = "Joining" | "Syncing" | "Stable" | "Away" | "Ended"

export interface ClassicMembership {
  readonly protocol: RebalanceProtocol
  /** A static member (KIP-345) never says that it leaves. */
  readonly isStatic: boolean
  readonly phase: Phase
  /** Empty while the broker has given none. */
  readonly memberId: string
  /** -1 while in no generation: then nothing can be committed, and what is owned is lost. */
  readonly generationId: number
  readonly isLeader: boolean
  readonly owned: TopicPartitions.TopicPartitions
  /** What it got in its generation; an eager member still knows it when it joins again. */
  readonly given: TopicPartitions.TopicPartitions
  /** Why to join again once the rebalance under way is over. */
  readonly rejoinReason: string | undefined
}

export const make = (protocol: RebalanceProtocol, isStatic: boolean): ClassicMembership => ({
  protocol,
  isStatic,
  phase: "Joining",
  memberId: "",
  generationId: -1,
  isLeader: false,
  owned: TopicPartitions.NONE,
  given: TopicPartitions.NONE,
  rejoinReason: undefined
})

export interface JoinedMember {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly metadata: Uint8Array
}

/** What JoinGroup answers, as far as it matters. */
export interface JoinAnswer {
  readonly errorCode: ErrorCode
  readonly generationId: number
  readonly protocolName: string | null
  readonly leader: string
  readonly memberId: string
  readonly skipAssignment: boolean
  readonly members: ReadonlyArray<JoinedMember>
}

export type Event = Data.TaggedEnum<{
  Started: {}
  JoinAnswered: JoinAnswer
  /** `assigned` is undefined for bytes that nobody understands. */
  SyncAnswered: {
    readonly errorCode: ErrorCode
    readonly assigned: TopicPartitions.TopicPartitions | undefined
  }
  /**
   * JoinGroup or SyncGroup could not be sent or brought no answer; `isFinal`: nor will it ever;
   * `isLost`: nor has any other request been answered for a whole session.
   */
  RequestFailed: {
    readonly detail: string
    readonly isFinal: boolean
    readonly isLost?: boolean | undefined
  }
  /** Other errors than those of a coordinator that moves or loads: these pass. */
  HeartbeatRefused: { readonly generationId: number; readonly errorCode: ErrorCode }
  /** No heartbeat was answered for a whole session. */
  SessionExpired: { readonly generationId: number }
  /**
   * Lost as well, in the middle of what the last event asked for: nothing of that is done any more.
   */
  GenerationLost: {}
  PollOverdue: {}
  Polled: {}
  /** Other topics, or other numbers of partitions. */
  GroupChanged: { readonly reason: string }
  ListenerDied: { readonly detail: string }
  LeaveAsked: {}
}>

export const Event = Data.taggedEnum<Event>()

/** The leader's part of a rebalance. */
export interface Leading {
  readonly protocolName: string
  readonly members: ReadonlyArray<JoinedMember>
  /** A leader that came back as a static member: the assignment stands. */
  readonly isSkipped: boolean
}

export type Action = Data.TaggedEnum<{
  Revoke: { readonly partitions: TopicPartitions.TopicPartitions }
  Lose: { readonly partitions: TopicPartitions.TopicPartitions }
  Assign: { readonly partitions: TopicPartitions.TopicPartitions }
  /** Heartbeats pause until it is answered: the broker does not expect any. */
  Join: { readonly reason: string | null; readonly isDelayed: boolean }
  /** Heartbeats begin. */
  Sync: {
    readonly protocolName: string
    readonly leading: Leading | undefined
  }
  /** Another broker may be the coordinator: asks who. */
  FindCoordinator: {}
  Leave: { readonly memberId: string; readonly reason: string }
  End: { readonly failure: MembershipFailure | undefined }
}>

export const Action = Data.taggedEnum<Action>()
