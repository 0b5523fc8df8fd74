// CRC-32C (Castagnoli), the checksum of a record batch. One door to it: the native package for long
// inputs, a table for short ones, where the price of a native call is more than the work.
// Source: RFC 3720, appendix B.4.
import { crc32c as native } from "@node-rs/crc32"

/** Below this many bytes the table wins (bench/domain/record). */
const NATIVE_BYTES_MIN = 64
const POLYNOMIAL = 0x82f63b78

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
  return value
})

/** The checksum of bytes `from` to `to`, as an unsigned 32-bit number. */
export const crc32c = (bytes: Uint8Array, from = 0, to = bytes.length): number => {
  if (to - from >= NATIVE_BYTES_MIN) return native(bytes.subarray(from, to))
  let crc = -1
  for (let i = from; i < to; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return (crc ^ -1) >>> 0
}
