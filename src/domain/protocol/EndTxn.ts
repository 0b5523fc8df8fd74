// EndTxn: commits or aborts a transaction.
// Versions: v1 and v2 new errors; v3 flexible; v4 new error.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const EndTxn = Api.make("EndTxn", {
  key: 26,
  versions: "0-4",
  flexible: "3+",
  request: {
    transactionalId: Wire.String.annotate({ description: "Names the producer across restarts." }),
    producerId: Wire.Int64,
    producerEpoch: Wire.Int16,
    committed: Wire.Boolean.annotate({ description: "False aborts." })
  },
  response: {
    throttleTimeMs: Wire.Int32,
    errorCode: Wire.ErrorCode
  }
})
