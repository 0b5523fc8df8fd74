// AddOffsetsToTxn: says that a transaction will commit offsets of a group.
// Versions: v1 and v2 new errors; v3 flexible; v4 new error.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const AddOffsetsToTxn = Api.make("AddOffsetsToTxn", {
  key: 25,
  versions: "0-4",
  flexible: "3+",
  request: {
    transactionalId: Wire.String.annotate({ description: "Names the producer across restarts." }),
    producerId: Wire.Int64,
    producerEpoch: Wire.Int16,
    groupId: Wire.String
  },
  response: {
    throttleTimeMs: Wire.Int32,
    errorCode: Wire.ErrorCode
  }
})
