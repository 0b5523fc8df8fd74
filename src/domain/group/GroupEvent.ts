// What can happen to a classic group: requests of clients, and timers that ran out. A request has a
// number, under which it is answered, at once or by a later event.
import type { MemberProtocol } from "./Member.ts"

/** Given by the coordinator, never twice. */
export type RequestId = number

/** Who says that it is a member. */
export interface Identity {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

export interface JoinEvent extends Identity {
  readonly _tag: "Join"
  readonly requestId: RequestId
  /** The id that is given when `memberId` is empty. */
  readonly newMemberId: string
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: ReadonlyArray<MemberProtocol>
  /** KIP-394, from v4 on: a new member asks for its id before it joins. */
  readonly requiresKnownMemberId: boolean
  /** KIP-814, from v9 on: a leader that returns can be told not to assign. */
  readonly supportsSkippingAssignment: boolean
}

export interface SyncEvent extends Identity {
  readonly _tag: "Sync"
  readonly requestId: RequestId
  readonly generationId: number
  /** Null before v5: not compared. */
  readonly protocolType: string | null
  readonly protocolName: string | null
  /** Empty for all but the leader. */
  readonly assignments: ReadonlyArray<
    { readonly memberId: string; readonly assignment: Uint8Array }
  >
}

export interface HeartbeatEvent extends Identity {
  readonly _tag: "Heartbeat"
  readonly requestId: RequestId
  readonly generationId: number
}

/** Asks whether offsets may be committed; says that the member lives, as a heartbeat does. */
export interface CommitEvent extends Identity {
  readonly _tag: "Commit"
  readonly requestId: RequestId
  /** Negative for who assigns its partitions itself. */
  readonly generationId: number
}

export interface LeaveEvent {
  readonly _tag: "Leave"
  readonly requestId: RequestId
  /** A static member may be named by its instance id alone, with an empty member id. */
  readonly members: ReadonlyArray<Identity>
}

export type GroupEvent =
  | JoinEvent
  | SyncEvent
  | HeartbeatEvent
  | CommitEvent
  | LeaveEvent
  /** DeleteGroups. */
  | { readonly _tag: "Delete"; readonly requestId: RequestId }
  | { readonly _tag: "SessionExpired"; readonly memberId: string }
  /** The time to join is over. */
  | { readonly _tag: "JoinExpired" }
  /** The time to sync is over. */
  | { readonly _tag: "SyncExpired" }
