// AddPartitionsToTxn: says which partitions a transaction is about to write. From v4 on the request
// is a batch between brokers; only the client's form is declared.
// Versions: v1 and v2 new errors; v3 flexible.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

const AddPartitionsToTxnTopic = Wire.Struct({
  name: Wire.String,
  partitions: Wire.ArrayOf(Wire.Int32)
})

const AddPartitionsToTxnPartitionResult = Wire.Struct({
  partitionIndex: Wire.Int32,
  partitionErrorCode: Wire.Int16
})

const AddPartitionsToTxnTopicResult = Wire.Struct({
  name: Wire.String,
  resultsByPartition: Wire.ArrayOf(AddPartitionsToTxnPartitionResult)
})

export const AddPartitionsToTxn = Api.make("AddPartitionsToTxn", {
  key: 24,
  versions: "0-3",
  flexible: "3+",
  request: {
    v3AndBelowTransactionalId: Wire.String,
    v3AndBelowProducerId: Wire.Int64,
    v3AndBelowProducerEpoch: Wire.Int16,
    v3AndBelowTopics: Wire.ArrayOf(AddPartitionsToTxnTopic)
  },
  response: {
    throttleTimeMs: Wire.Int32,
    resultsByTopicV3AndBelow: Wire.ArrayOf(AddPartitionsToTxnTopicResult)
  }
})
