// What ends a membership for good, in either protocol.
import * as Data from "effect/Data"
import type { ErrorCode } from "../ErrorCode.ts"

export type MembershipFailure = Data.TaggedEnum<{
  /** `detail` is what the broker says of it; null where it says nothing. */
  Refused: { readonly api: string; readonly errorCode: ErrorCode; readonly detail: string | null }
  /** What the leader or the broker sent makes no sense. */
  Malformed: { readonly api: string; readonly detail: string }
  /** A request failed for good; whoever sent it knows why. */
  Unanswered: {}
  ListenerDied: { readonly detail: string }
}>

export const MembershipFailure = Data.taggedEnum<MembershipFailure>()
