// InitProducerId: a producer id and epoch, for idempotence (no transactional id) or a transaction.
// Versions: v2 flexible; v3 asks to bump a known producer's epoch (KIP-360); v4 and v5 new errors.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const InitProducerId = Api.make("InitProducerId", {
  key: 22,
  versions: "0-5",
  flexible: "2+",
  request: {
    transactionalId: Wire.NullableString.annotate({
      description: "Names the producer across restarts."
    }),
    transactionTimeoutMs: Wire.Int32.annotate({
      description: "After it an open transaction is aborted."
    }),
    producerId: Wire.Int64.annotate({ description: "The producer's present id, or -1." }).pipe(
      Wire.since(3, -1)
    ),
    producerEpoch: Wire.Int16.pipe(Wire.since(3, -1))
  },
  response: {
    throttleTimeMs: Wire.Int32,
    errorCode: Wire.ErrorCode,
    producerId: Wire.Int64,
    producerEpoch: Wire.Int16
  }
})
