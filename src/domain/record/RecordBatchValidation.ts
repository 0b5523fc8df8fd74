// What a broker checks of a batch that a producer sent, without opening its records. A good batch costs
// one checksum and allocates nothing; a bad one gives the error code that Kafka has for it and a
// sentence. Source: Kafka's ProduceRequest.validateRecords, LogValidator, UnifiedLog; where Kafka
// answers UNKNOWN_SERVER_ERROR or not at all, the code that says what is wrong is given.
import { ErrorCode } from "../ErrorCode.ts"
import * as Failure from "../Failure.ts"
import * as CompressionType from "./CompressionType.ts"
import { crc32c } from "./Crc32c.ts"
import * as RecordBatch from "./RecordBatch.ts"

/** The first version of Produce that may carry zstd. */
const ZSTD_VERSION = 7
/** Magic 0 and 1 have their magic byte at the same place, and shorter headers. */
const MAGIC_AT = 16

/** Checks the one batch of a produce request's partition. */
export const check = (
  records: Buffer | null,
  produceVersion: number
): Failure.Failure | undefined => {
  if (records === null || records.length === 0) {
    return Failure.make(ErrorCode.INVALID_RECORD, "the request has no record batch")
  }
  if (records.length <= MAGIC_AT) {
    return Failure.make(ErrorCode.INVALID_RECORD, `${records.length} bytes are no record batch`)
  }
  const magic = RecordBatch.magic(records, 0)
  if (magic === 0 || magic === 1) {
    return Failure.make(
      ErrorCode.INVALID_RECORD,
      `message format ${magic} is too old: records must be sent in batches of magic 2`
    )
  }
  if (magic !== RecordBatch.MAGIC) {
    return Failure.make(ErrorCode.CORRUPT_MESSAGE, `a batch has magic ${magic}, 2 is known`)
  }
  return checkSize(records) ?? checkHeader(records, produceVersion)
}

const checkSize = (records: Buffer): Failure.Failure | undefined => {
  const size = RecordBatch.sizeBytes(records, 0)
  if (size < RecordBatch.HEADER_BYTES) {
    return Failure.make(ErrorCode.CORRUPT_MESSAGE, `a batch claims to be ${size} bytes long`)
  }
  if (size > records.length) {
    return Failure.make(
      ErrorCode.INVALID_RECORD,
      `a batch of ${size} bytes came with ${records.length}`
    )
  }
  if (size < records.length) {
    return Failure.make(
      ErrorCode.INVALID_RECORD,
      "a produce request carries exactly one batch for each partition"
    )
  }
  return undefined
}

const checkHeader = (b: Buffer, produceVersion: number): Failure.Failure | undefined => {
  if (crc32c(b, RecordBatch.CRC_FROM, b.length) !== RecordBatch.crc(b, 0)) {
    return Failure.make(ErrorCode.CORRUPT_MESSAGE, "the checksum of the batch is wrong")
  }
  const count = RecordBatch.recordsCount(b, 0)
  if (count <= 0 || RecordBatch.lastOffsetDelta(b, 0) !== count - 1) {
    return Failure.make(
      ErrorCode.INVALID_RECORD,
      `a batch of ${count} records ends at offset delta ${RecordBatch.lastOffsetDelta(b, 0)}`
    )
  }
  if (RecordBatch.isControl(b, 0)) {
    return Failure.make(ErrorCode.INVALID_RECORD, "clients may not write control records")
  }
  const type = RecordBatch.compressionType(b, 0)
  if (CompressionType.nameOf(type) === undefined) {
    return Failure.make(ErrorCode.INVALID_RECORD, `compression type ${type} is not known`)
  }
  if (type === CompressionType.ZSTD && produceVersion < ZSTD_VERSION) {
    return Failure.make(
      ErrorCode.UNSUPPORTED_COMPRESSION_TYPE,
      `zstd needs Produce v${ZSTD_VERSION} or newer, this is v${produceVersion}`
    )
  }
  if (RecordBatch.isTransactional(b, 0)) {
    return Failure.make(
      ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
      "this broker has no transactions yet"
    )
  }
  if (RecordBatch.producerId(b, 0) >= 0 && RecordBatch.baseSequence(b, 0) < 0) {
    return Failure.make(ErrorCode.INVALID_RECORD, "a producer id came without a sequence number")
  }
  return undefined
}
