// Whether what a client believes of a partition's leader is true: an older epoch is fenced, a newer one
// is not known here (yet). -1 says nothing and is always right.
import { ErrorCode } from "../../domain/ErrorCode.ts"

export const check = (asked: number, current: number | undefined): ErrorCode => {
  if (asked < 0 || current === undefined || asked === current) return ErrorCode.NONE
  return asked < current ? ErrorCode.FENCED_LEADER_EPOCH : ErrorCode.UNKNOWN_LEADER_EPOCH
}
