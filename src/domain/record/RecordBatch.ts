// The record batch, magic 2: 61 bytes of header, then records we do not open. All functions read
// a header in place, at `at` within `buffer`; nothing is allocated. Offset and leader epoch lie
// before the checksum's range, so that the broker sets them without touching the CRC.
//
//    0 baseOffset int64            21 attributes int16        43 producerId int64
//    8 batchLength int32           23 lastOffsetDelta int32   51 producerEpoch int16
//   12 partitionLeaderEpoch int32  27 baseTimestamp int64     53 baseSequence int32
//   16 magic int8                  35 maxTimestamp int64      57 recordsCount int32
//   17 crc uint32 (of 21 to the end)                          61 records
//
// attributes: bits 0-2 compression, 3 timestamp type, 4 transactional, 5 control, 6 delete horizon.
// Source: Kafka's DefaultRecordBatch.
import { readInt64, writeInt64 } from "../Offset.ts"
import { crc32c } from "./Crc32c.ts"

/** Bytes of the header, before the first record. */
export const HEADER_BYTES = 61
/** baseOffset and batchLength: what must be read to know a batch's size. */
export const LENGTH_PREFIX_BYTES = 12
export const MAGIC = 2
export const NO_PRODUCER_ID = -1
export const NO_SEQUENCE = -1

const CRC_AT = 17
/** The checksum covers the batch from here to its end. */
export const CRC_FROM = 21
const TIMESTAMP_TYPE_BIT = 0x08
const DELETE_HORIZON_BIT = 0x40

export const baseOffset = (b: Buffer, at: number): number => readInt64(b, at)
/** Bytes that follow the length field. */
export const batchLength = (b: Buffer, at: number): number => b.readInt32BE(at + 8)
/** Bytes of the whole batch. */
export const sizeBytes = (b: Buffer, at: number): number =>
  b.readInt32BE(at + 8) + LENGTH_PREFIX_BYTES
export const leaderEpoch = (b: Buffer, at: number): number => b.readInt32BE(at + 12)
export const magic = (b: Buffer, at: number): number => b.readInt8(at + 16)
export const crc = (b: Buffer, at: number): number => b.readUInt32BE(at + CRC_AT)
export const attributes = (b: Buffer, at: number): number => b.readInt16BE(at + 21)
/** A number of CompressionType. */
export const compressionType = (b: Buffer, at: number): number => b.readInt16BE(at + 21) & 0x07
export const isLogAppendTime = (b: Buffer, at: number): boolean =>
  (b.readInt16BE(at + 21) & TIMESTAMP_TYPE_BIT) !== 0
export const isTransactional = (b: Buffer, at: number): boolean =>
  (b.readInt16BE(at + 21) & 0x10) !== 0
export const isControl = (b: Buffer, at: number): boolean => (b.readInt16BE(at + 21) & 0x20) !== 0
export const lastOffsetDelta = (b: Buffer, at: number): number => b.readInt32BE(at + 23)
export const lastOffset = (b: Buffer, at: number): number =>
  readInt64(b, at) + b.readInt32BE(at + 23)
export const nextOffset = (b: Buffer, at: number): number => lastOffset(b, at) + 1
/** The attributes of a batch that tells its delete horizon, made of those it had. */
export const withDeleteHorizon = (attributes: number): number => attributes | DELETE_HORIZON_BIT
/** The attributes of a batch that has lost its records: it has no codec and no horizon. */
export const withoutRecords = (attributes: number): number =>
  attributes & ~(DELETE_HORIZON_BIT | 0x07)
/** Until when compaction keeps the tombstones in the batch; undefined where that is not set yet. */
export const deleteHorizonMs = (b: Buffer, at: number): number | undefined =>
  (b.readInt16BE(at + 21) & DELETE_HORIZON_BIT) === 0 ? undefined : readInt64(b, at + 27)
/** What record timestamps count from; the delete horizon where one is set. */
export const baseTimestamp = (b: Buffer, at: number): number => readInt64(b, at + 27)
export const maxTimestamp = (b: Buffer, at: number): number => readInt64(b, at + 35)
export const producerId = (b: Buffer, at: number): number => readInt64(b, at + 43)
export const producerEpoch = (b: Buffer, at: number): number => b.readInt16BE(at + 51)
export const baseSequence = (b: Buffer, at: number): number => b.readInt32BE(at + 53)
export const recordsCount = (b: Buffer, at: number): number => b.readInt32BE(at + 57)

/** Whether the checksum that a batch carries is that of its bytes. */
export const isCrcRight = (b: Buffer, at: number, sizeBytes: number): boolean =>
  crc32c(b, at + CRC_FROM, at + sizeBytes) === crc(b, at)

/** Sequences wrap after 2^31 - 1 (DefaultRecordBatch.incrementSequence). */
export const addSequence = (sequence: number, delta: number): number =>
  sequence > 0x7fff_ffff - delta ? delta - (0x7fff_ffff - sequence) - 1 : sequence + delta

export const lastSequence = (b: Buffer, at: number): number =>
  b.readInt32BE(at + 53) === NO_SEQUENCE
    ? NO_SEQUENCE
    : addSequence(b.readInt32BE(at + 53), b.readInt32BE(at + 23))

/** Sets the base offset; the CRC does not cover it. */
export const setBaseOffset = (b: Buffer, at: number, offset: number): void =>
  writeInt64(b, offset, at)
/** Sets the leader epoch; the CRC does not cover it. */
export const setLeaderEpoch = (b: Buffer, at: number, epoch: number): void => {
  b.writeInt32BE(epoch, at + 12)
}

/** Gives all records of the batch the broker's time; the checksum is made anew. */
export const setLogAppendTime = (b: Buffer, at: number, timestampMs: number): void => {
  b.writeInt16BE(b.readInt16BE(at + 21) | TIMESTAMP_TYPE_BIT, at + 21)
  writeInt64(b, timestampMs, at + 35)
  b.writeUInt32BE(crc32c(b, at + CRC_FROM, at + sizeBytes(b, at)), at + CRC_AT)
}
