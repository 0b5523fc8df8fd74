// Kafka's .snapshot file, version 1: the producers of a partition as of the offset in the file's
// name, each with its last batch. Of the others before it nothing is kept, so a batch that is
// repeated after a restart is known again only if it was the last, or when the log itself is read
// again.
//
//   0 version int16   2 crc uint32 (of 6 to the end)   6 count int32   10 entries of 46 bytes:
//   0 producerId int64       14 lastOffset int64   34 coordinatorEpoch int32
//   8 epoch int16            22 offsetDelta int32  38 transactionStart int64, -1 for none
//  10 lastSequence int32     26 timestamp int64
// Source: Kafka's ProducerStateManager.
import { NO_OFFSET, readInt64, writeInt64 } from "../Offset.ts"
import { crc32c } from "../record/Crc32c.ts"
import * as RecordBatch from "../record/RecordBatch.ts"
import type { ProducerBatch, ProducerEntry } from "./ProducerEntry.ts"

const VERSION = 1
const CRC_AT = 2
const CRC_FROM = 6
const HEADER_BYTES = 10
const ENTRY_BYTES = 46

export const encode = (producers: ReadonlyMap<number, ProducerEntry>): Buffer => {
  const bytes = Buffer.alloc(HEADER_BYTES + producers.size * ENTRY_BYTES)
  bytes.writeInt16BE(VERSION, 0)
  bytes.writeInt32BE(producers.size, CRC_FROM)
  let at = HEADER_BYTES
  for (const [producerId, entry] of producers) {
    const last = entry.batches.at(-1)
    writeInt64(bytes, producerId, at)
    bytes.writeInt16BE(entry.epoch, at + 8)
    bytes.writeInt32BE(last?.lastSequence ?? RecordBatch.NO_SEQUENCE, at + 10)
    writeInt64(bytes, last?.lastOffset ?? NO_OFFSET, at + 14)
    bytes.writeInt32BE(last === undefined ? 0 : last.lastOffset - last.baseOffset, at + 22)
    writeInt64(bytes, entry.lastTimestamp, at + 26)
    bytes.writeInt32BE(entry.coordinatorEpoch, at + 34)
    writeInt64(bytes, entry.transactionStart ?? NO_OFFSET, at + 38)
    at += ENTRY_BYTES
  }
  bytes.writeUInt32BE(crc32c(bytes, CRC_FROM), CRC_AT)
  return bytes
}

/** Why the bytes are not a whole snapshot; undefined when they are. */
export const unsound = (bytes: Buffer): string | undefined => {
  if (bytes.length < HEADER_BYTES) return `${bytes.length} bytes are too few for a snapshot`
  const version = bytes.readInt16BE(0)
  if (version !== VERSION) return `the version of the snapshot is ${version}, ${VERSION} is known`
  const count = bytes.readInt32BE(CRC_FROM)
  if (bytes.length !== HEADER_BYTES + count * ENTRY_BYTES) {
    return `${bytes.length} bytes are no snapshot of ${count} producers`
  }
  const isCrcRight = crc32c(bytes, CRC_FROM) === bytes.readUInt32BE(CRC_AT)
  return isCrcRight ? undefined : "the checksum of the snapshot is wrong"
}

/** Undefined when the bytes are not a whole snapshot. */
export const decode = (bytes: Buffer): Map<number, ProducerEntry> | undefined => {
  if (unsound(bytes) !== undefined) return undefined
  const producers = new Map<number, ProducerEntry>()
  for (let at = HEADER_BYTES; at < bytes.length; at += ENTRY_BYTES) {
    const transactionStart = readInt64(bytes, at + 38)
    producers.set(readInt64(bytes, at), {
      epoch: bytes.readInt16BE(at + 8),
      batches: lastBatch(bytes, at),
      lastTimestamp: readInt64(bytes, at + 26),
      coordinatorEpoch: bytes.readInt32BE(at + 34),
      transactionStart: transactionStart === NO_OFFSET ? undefined : transactionStart
    })
  }
  return producers
}

/** None where the producer's last word in this epoch was the end of a transaction. */
const lastBatch = (bytes: Buffer, at: number): ReadonlyArray<ProducerBatch> => {
  const lastSequence = bytes.readInt32BE(at + 10)
  const lastOffset = readInt64(bytes, at + 14)
  const delta = bytes.readInt32BE(at + 22)
  if (lastOffset < 0) return []
  return [{
    baseSequence: lastSequence < 0 ? lastSequence : subtractSequence(lastSequence, delta),
    lastSequence,
    baseOffset: lastOffset - delta,
    lastOffset,
    timestamp: readInt64(bytes, at + 26)
  }]
}

const subtractSequence = (sequence: number, delta: number): number =>
  sequence >= delta ? sequence - delta : sequence - delta + 2 ** 31
