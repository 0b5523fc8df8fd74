// The control batch that ends a transaction, written byte by byte as Kafka's brokers write it,
// because nothing in the sources writes one yet.
import { writeInt64 } from "../../../src/domain/Offset.ts"
import { crc32c } from "../../../src/domain/record/Crc32c.ts"
import * as RecordBatch from "../../../src/domain/record/RecordBatch.ts"

export interface EndMarker {
  readonly producerId: number
  readonly producerEpoch: number
  readonly offset: number
  readonly timestamp: number
  /** 0 abort, 1 commit. */
  readonly type: number
  readonly coordinatorEpoch: number
}

export const endMarker = (marker: EndMarker): Buffer => {
  const key = Buffer.alloc(4)
  key.writeInt16BE(marker.type, 2)
  const value = Buffer.alloc(6)
  value.writeInt32BE(marker.coordinatorEpoch, 2)
  return controlBatch(marker, [
    // length, attributes, timestamp and offset deltas, key, value, no headers; zigzag varints
    Buffer.from([2 * (6 + key.length + value.length), 0, 0, 0, 2 * key.length]),
    key,
    Buffer.from([2 * value.length]),
    value,
    Buffer.from([0])
  ])
}

/** A control batch around the bytes of one record, or of none. */
export const controlBatch = (
  { offset, producerEpoch, producerId, timestamp }: Omit<EndMarker, "type" | "coordinatorEpoch">,
  record: ReadonlyArray<Buffer>
): Buffer => {
  const batch = Buffer.concat([Buffer.alloc(RecordBatch.HEADER_BYTES), ...record])
  batch.writeInt32BE(batch.length - RecordBatch.LENGTH_PREFIX_BYTES, 8)
  batch.writeInt8(RecordBatch.MAGIC, 16)
  batch.writeInt16BE(0x30, 21)
  writeInt64(batch, timestamp, 27)
  writeInt64(batch, timestamp, 35)
  writeInt64(batch, producerId, 43)
  batch.writeInt16BE(producerEpoch, 51)
  batch.writeInt32BE(RecordBatch.NO_SEQUENCE, 53)
  batch.writeInt32BE(record.length > 0 ? 1 : 0, 57)
  batch.writeUInt32BE(crc32c(batch, RecordBatch.CRC_FROM), 17)
  RecordBatch.setBaseOffset(batch, 0, offset)
  return batch
}
