// A batch as a producer sent it, made ready for the log: checked, opened only where that cannot be
// avoided, and given another codec where its topic asks for one. What need not be opened goes through
// on the calling stack, and its bytes are not touched.
import * as Effect from "effect/Effect"
import type { LogConfig } from "../../domain/config/LogConfig.ts"
import { ErrorCode } from "../../domain/ErrorCode.ts"
import * as Failure from "../../domain/Failure.ts"
import * as CompressionType from "../../domain/record/CompressionType.ts"
import { crc32c } from "../../domain/record/Crc32c.ts"
import * as RecordBatch from "../../domain/record/RecordBatch.ts"
import * as RecordBatchValidation from "../../domain/record/RecordBatchValidation.ts"
import * as RecordsCheck from "../../domain/record/RecordsCheck.ts"
import type { Compression } from "./Compression.ts"

/** What the records of one batch may take in memory when they must be opened. */
const OPENED_BYTES_MAX = 64 * 1024 * 1024

/** The batch is good but must be opened: go on with `convert`. */
export interface MustOpen {
  readonly _tag: "MustOpen"
}
const MUST_OPEN: MustOpen = { _tag: "MustOpen" }

/** The records of one partition of a produce request: as they are, refused, or to be opened. */
export const prepare = (
  records: Buffer | null,
  produceVersion: number,
  config: LogConfig,
  nowMs: number
): Buffer | Failure.Failure | MustOpen => {
  const failure = RecordBatchValidation.check(records, produceVersion)
  if (failure !== undefined) return failure
  const batch = records!
  const type = RecordBatch.compressionType(batch, 0)
  if (isConverted(type, config)) return MUST_OPEN
  if (type !== CompressionType.NONE) {
    return config.cleanupCompact ? MUST_OPEN : checkTimes(batch, config, nowMs) ?? batch
  }
  const inside = batch.subarray(RecordBatch.HEADER_BYTES)
  return RecordsCheck.check(inside, rulesFor(batch, config, nowMs)) ?? batch
}

const isConverted = (type: number, { compressionType }: LogConfig): boolean =>
  compressionType !== "producer" && CompressionType.fromName(compressionType) !== type

const rulesFor = (
  batch: Buffer,
  config: LogConfig,
  nowMs: number
): RecordsCheck.RecordsRules => {
  const isCreateTime = config.messageTimestampType === "CreateTime"
  return {
    count: RecordBatch.recordsCount(batch, 0),
    baseTimestamp: RecordBatch.baseTimestamp(batch, 0),
    needsKeys: config.cleanupCompact,
    timestampMin: isCreateTime ? nowMs - config.messageTimestampBeforeMaxMs : -Infinity,
    timestampMax: isCreateTime ? nowMs + config.messageTimestampAfterMaxMs : Infinity
  }
}

/** Of a batch that is not opened, the largest time can be checked. */
const checkTimes = (
  batch: Buffer,
  config: LogConfig,
  nowMs: number
): Failure.Failure | undefined => {
  const { timestampMax } = rulesFor(batch, config, nowMs)
  const timestamp = RecordBatch.maxTimestamp(batch, 0)
  return timestamp <= timestampMax ? undefined : Failure.make(
    ErrorCode.INVALID_TIMESTAMP,
    `a record has the time ${timestamp}, at most ${timestampMax} is allowed`
  )
}

/** Opens a batch, checks its records, and closes it again with the topic's codec. */
export const convert = Effect.fnUntraced(function*(
  compression: Compression["Service"],
  batch: Buffer,
  config: LogConfig,
  nowMs: number
) {
  const type = RecordBatch.compressionType(batch, 0) as CompressionType.CompressionType
  const inside = batch.subarray(RecordBatch.HEADER_BYTES)
  const invalid = (error: { readonly message: string }) =>
    Failure.make(ErrorCode.INVALID_RECORD, `the batch cannot be opened: ${error.message}`)
  const records = yield* Effect.mapError(
    compression.decompress(type, inside, OPENED_BYTES_MAX),
    invalid
  )
  const failure = RecordsCheck.check(records, rulesFor(batch, config, nowMs))
  if (failure !== undefined) return yield* Effect.fail(failure)
  if (!isConverted(type, config) || config.compressionType === "producer") return batch
  const target = CompressionType.fromName(config.compressionType)
  const level = levelOf(target, config)
  const payload = yield* Effect.mapError(compression.compress(target, records, level), invalid)
  return withPayload(batch, target, payload)
})

const levelOf = (type: number, config: LogConfig): number | undefined =>
  type === CompressionType.GZIP
    ? config.compressionGzipLevel
    : type === CompressionType.ZSTD
    ? config.compressionZstdLevel
    : undefined

/** The same batch with its records in another codec. */
const withPayload = (
  batch: Buffer,
  type: CompressionType.CompressionType,
  payload: Buffer
): Buffer => {
  const made = Buffer.allocUnsafeSlow(RecordBatch.HEADER_BYTES + payload.length)
  batch.copy(made, 0, 0, RecordBatch.HEADER_BYTES)
  payload.copy(made, RecordBatch.HEADER_BYTES)
  made.writeInt32BE(made.length - RecordBatch.LENGTH_PREFIX_BYTES, 8)
  made.writeInt16BE((RecordBatch.attributes(batch, 0) & ~0x07) | type, 21)
  made.writeUInt32BE(crc32c(made, RecordBatch.CRC_FROM, made.length), 17)
  return made
}
