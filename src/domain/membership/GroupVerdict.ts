// What an error code of the requests of a classic member means for its membership. Source: the
// response handlers of Kafka's AbstractCoordinator. What a broker says of itself for a while, and a
// failure without a name, do not end a membership here.
import { describe, ErrorCode } from "../ErrorCode.ts"

/**
 * Rejoin: as the member that it is, at once. Wait: likewise, after a while. Moved: likewise, at
 * another coordinator. Outdated: out of its generation, but the member id may still be good.
 * Forgotten: the member id is good no more. Fatal: the membership ends.
 */
export type Verdict = "Rejoin" | "Wait" | "Moved" | "Outdated" | "Forgotten" | "Fatal"

const VERDICTS: ReadonlyMap<ErrorCode, Verdict> = new Map([
  [ErrorCode.REBALANCE_IN_PROGRESS, "Rejoin"],
  [ErrorCode.COORDINATOR_LOAD_IN_PROGRESS, "Wait"],
  [ErrorCode.COORDINATOR_NOT_AVAILABLE, "Moved"],
  [ErrorCode.NOT_COORDINATOR, "Moved"],
  [ErrorCode.ILLEGAL_GENERATION, "Outdated"],
  [ErrorCode.FENCED_MEMBER_EPOCH, "Outdated"],
  [ErrorCode.UNKNOWN_MEMBER_ID, "Forgotten"]
])

export const of = (errorCode: ErrorCode): Verdict => {
  const known = VERDICTS.get(errorCode)
  if (known !== undefined) return known
  const isPassing = describe(errorCode).isRetriable ||
    errorCode === ErrorCode.UNKNOWN_SERVER_ERROR
  return isPassing ? "Wait" : "Fatal"
}
