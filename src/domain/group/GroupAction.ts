// What must be done when an event has changed a classic group. The group's record goes first: when
// `Store` or `Forget` is among the actions, the others are performed after it is durable, and none
// of them when it cannot be written, nor does the group change then.
import type { ErrorCode } from "../ErrorCode.ts"
import type { Identity, RequestId } from "./GroupEvent.ts"
import * as Member from "./Member.ts"

export interface JoinAnswer {
  readonly errorCode: ErrorCode
  readonly generationId: number
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leader: string
  readonly skipAssignment: boolean
  readonly memberId: string
  readonly members: ReadonlyArray<Identity & { readonly metadata: Uint8Array }>
}

export interface SyncAnswer {
  readonly errorCode: ErrorCode
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly assignment: Uint8Array
}

export interface LeaveAnswer {
  readonly errorCode: ErrorCode
  readonly members: ReadonlyArray<Identity & { readonly errorCode: ErrorCode }>
}

export const REFUSED_JOIN: Omit<JoinAnswer, "errorCode"> = {
  generationId: -1,
  protocolType: null,
  protocolName: null,
  leader: "",
  skipAssignment: false,
  memberId: "",
  members: []
}

export const REFUSED_SYNC: Omit<SyncAnswer, "errorCode"> = {
  protocolType: null,
  protocolName: null,
  assignment: Member.NO_BYTES
}

/** "join" and "sync" are the group's; the others are a member's session. */
export type TimerKey = "join" | "sync" | `session/${string}`

export type GroupAction =
  | { readonly _tag: "AnswerJoin"; readonly requestId: RequestId; readonly answer: JoinAnswer }
  | { readonly _tag: "AnswerSync"; readonly requestId: RequestId; readonly answer: SyncAnswer }
  | { readonly _tag: "AnswerLeave"; readonly requestId: RequestId; readonly answer: LeaveAnswer }
  /** To a heartbeat, a commit, a deletion. */
  | { readonly _tag: "AnswerCode"; readonly requestId: RequestId; readonly errorCode: ErrorCode }
  /** Begins a timer, or begins it anew. */
  | { readonly _tag: "ArmTimer"; readonly timer: TimerKey; readonly delayMs: number }
  | { readonly _tag: "CancelTimer"; readonly timer: TimerKey }
  /** Writes the group as it is now. */
  | { readonly _tag: "Store" }
  /** Writes that the group is no more. */
  | { readonly _tag: "Forget" }

export const sessionTimer = (memberId: string): TimerKey => `session/${memberId}`
