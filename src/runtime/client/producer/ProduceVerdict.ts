// What to do about a partition's part of an answer to Produce. The rules of idempotence are those of Kafka's
// client, which never gives up a batch because of its numbers alone: either an earlier batch is still to be
// sent again, then this one follows it; or the broker lacks what comes before, then all that is not answered
// is numbered anew under the next epoch (KIP-360).
// Source: Kafka's Sender.completeBatch and TransactionManager.canRetry.
import * as ErrorCodes from "../../../domain/ErrorCode.ts"

const { ErrorCode } = ErrorCodes

/** `renumber`: to be sent again, with all behind it, under a new epoch. */
export type ProduceVerdict = "done" | "retry" | "renumber" | "split" | "fail"

export interface Circumstances {
  readonly isIdempotent: boolean
  /** No earlier record of its partition is unanswered. */
  readonly isFirst: boolean
  readonly recordCount: number
}

export const of = (
  errorCode: ErrorCodes.ErrorCode,
  { isIdempotent, isFirst, recordCount }: Circumstances
): ProduceVerdict => {
  switch (errorCode) {
    case ErrorCode.NONE:
    // The broker had it already; it does not remember where.
    case ErrorCode.DUPLICATE_SEQUENCE_NUMBER:
      return "done"
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
      return recordCount > 1 ? "split" : "fail"
    case ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER:
      if (!isIdempotent) return "fail"
      return isFirst ? "renumber" : "retry"
    case ErrorCode.UNKNOWN_PRODUCER_ID:
      return isIdempotent ? "renumber" : "fail"
    default:
      return ErrorCodes.describe(errorCode).isRetriable ? "retry" : "fail"
  }
}

const PATIENCE: ReadonlySet<ErrorCodes.ErrorCode> = new Set([
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NOT_ENOUGH_REPLICAS,
  ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND,
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
  ErrorCode.UNKNOWN_PRODUCER_ID
])

/** Whether another broker may be the one to ask. */
export const isMoved = (errorCode: ErrorCodes.ErrorCode): boolean => !PATIENCE.has(errorCode)
