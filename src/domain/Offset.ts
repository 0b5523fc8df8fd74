// Offsets, epochs and timestamps travel as int64 and are held as safe integers: a log of one
// million records a second reaches 2^53 after 285 years, and a bigint costs three to ten times as
// much to read (bench/domain). Reading and writing of the 8 bytes is told here, once.

/** Position of a record in a partition's log, from 0. */
export type Offset = number
/** Counts the leaders of a partition; -1 where unknown. */
export type LeaderEpoch = number
/** Milliseconds since 1970-01-01T00:00:00Z; -1 where absent. */
export type Timestamp = number

export const NO_OFFSET: Offset = -1
export const NO_TIMESTAMP: Timestamp = -1
export const NO_EPOCH: LeaderEpoch = -1

const TWO_32 = 0x1_0000_0000
const INT64_MAX = 0x8000_0000_0000_0000

/** Reads a big-endian int64 as a number; beyond 2^53 the nearest double. */
export const readInt64 = (buffer: Buffer, at: number): number =>
  buffer.readInt32BE(at) * TWO_32 + buffer.readUInt32BE(at + 4)

/** Writes a number as a big-endian int64; what is beyond the range of int64 becomes its border. */
export const writeInt64 = (buffer: Buffer, value: number, at: number): void => {
  if (value >= INT64_MAX) {
    buffer.writeUInt32BE(0x7fff_ffff, at)
    buffer.writeUInt32BE(0xffff_ffff, at + 4)
  } else if (value <= -INT64_MAX) {
    buffer.writeUInt32BE(0x8000_0000, at)
    buffer.writeUInt32BE(0, at + 4)
  } else {
    const high = Math.floor(value / TWO_32)
    buffer.writeInt32BE(high, at)
    buffer.writeUInt32BE(value - high * TWO_32, at + 4)
  }
}
