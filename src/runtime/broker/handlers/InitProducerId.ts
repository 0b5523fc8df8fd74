// InitProducerId: an id and epoch for an idempotent producer.
// Behaviour: ids come from durable blocks and are never given twice. Transactional ids are refused
// until transactions exist here.
// Versions: v2 flexible; v3 the producer's present id and epoch; v4 fencing error
import * as Effect from "effect/Effect"
import { ErrorCode } from "../../../domain/ErrorCode.ts"
import { InitProducerId } from "../../../domain/protocol/InitProducerId.ts"
import { ProducerIds } from "../../../layers/coordinator/ProducerIds.ts"
import * as Handler from "../Handler.ts"

export const initProducerId = Handler.make(InitProducerId, {
  versions: "0-4",
  handle: Effect.fnUntraced(function*(request) {
    if (request.transactionalId !== null) {
      yield* Effect.logWarning(
        `transactional id "${request.transactionalId}" refused: this broker has no transactions yet`
      )
      return answer(ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, -1)
    }
    const ids = yield* ProducerIds
    return yield* Effect.match(ids.next, {
      onFailure: ({ errorCode }) => answer(errorCode, -1),
      onSuccess: (producerId) => answer(ErrorCode.NONE, producerId)
    })
  })
})

const answer = (errorCode: number, producerId: number) => ({
  throttleTimeMs: 0,
  errorCode,
  producerId,
  producerEpoch: errorCode === ErrorCode.NONE ? 0 : -1
})
