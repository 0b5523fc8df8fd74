// FindCoordinator: who coordinates a group: this broker does, whatever the group.
// Behaviour: the first asking makes __consumer_offsets. Transactions and share groups have no
// coordinator here yet, and a sentence says so. COORDINATOR_NOT_AVAILABLE would be asked again until a
// timeout that explains nothing: what clients give up at is that they may not use the id.
// Versions: v1 kinds of keys; v3 flexible; v4 many keys
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import * as Failure from "../../../domain/Failure.ts"
import { FindCoordinator } from "../../../domain/protocol/FindCoordinator.ts"
import { GroupCoordinator } from "../../../layers/coordinator/GroupCoordinator.ts"
import { ClusterMetadata } from "../../../layers/storage/ClusterMetadata.ts"
import * as Handler from "../Handler.ts"

const GROUP = 0
/** The kinds of keys by number, and the error of those that have no coordinator here. */
const KINDS = [
  { name: "group", refused: ErrorCode.NONE },
  { name: "transaction", refused: ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED },
  { name: "share", refused: ErrorCode.GROUP_AUTHORIZATION_FAILED }
]
const NOWHERE = { nodeId: -1, host: "", port: -1 }

export const findCoordinator = Handler.make(FindCoordinator, {
  versions: "0-6",
  handle: Effect.fnUntraced(function*({ coordinatorKeys, key, keyType }, context) {
    const { advertised } = context.listener
    const { host, port } = advertised ?? context.connection.local
    const here = { nodeId: (yield* ClusterMetadata).nodeId, host, port }
    const coordinator = yield* GroupCoordinator
    const errorCode = keyType === GROUP ? yield* coordinator.available : ErrorCode.NONE
    const find = (key: string) => {
      const failure = refusal(keyType, key, errorCode)
      return {
        key,
        ...(failure === undefined ? here : NOWHERE),
        errorCode: failure?.errorCode ?? ErrorCode.NONE,
        errorMessage: failure?.message ?? ""
      }
    }
    const one = find(key)
    return {
      throttleTimeMs: 0,
      errorCode: one.errorCode,
      errorMessage: one.errorMessage,
      nodeId: one.nodeId,
      host: one.host,
      port: one.port,
      coordinators: context.apiVersion < 4 ? [] : coordinatorKeys.map(find)
    }
  })
})

const refusal = (
  keyType: number,
  key: string,
  errorCode: ErrorCode
): Failure.Failure | undefined => {
  const kind = KINDS[keyType]
  if (kind === undefined) {
    return Failure.make(ErrorCode.INVALID_REQUEST, `There are no keys of type ${keyType}.`)
  }
  if (keyType !== GROUP) {
    return Failure.make(
      kind.refused,
      `This broker has no ${kind.name} coordinator yet (asked for "${key}").`
    )
  }
  return errorCode === ErrorCode.NONE
    ? undefined
    : Failure.make(errorCode, "The topic __consumer_offsets cannot be made; see the broker's log.")
}
