// CRC-32C (Castagnoli), the checksum of a record batch. One door to it: a table for short inputs, where the
// price of a native call is more than the work, the native package for longer ones, and the package
// aws-crt, four times as fast, where the program that wants it has installed it beside this one.
// Source: RFC 3720, appendix B.4.
import { crc32c as packaged } from "@node-rs/crc32"
import { createRequire } from "node:module"

type Checksum = (bytes: Uint8Array) => number

/** Below this many bytes the table wins (bench/domain/record). */
const NATIVE_BYTES_MIN = 64
/**
 * Loading aws-crt takes 9 MB, and 50 ms in which nothing else is done: it is for who computes so
 * much within a second, and then has more to gain than to lose.
 */
const BULK_BYTES = 64 * 1024 * 1024
const BULK_MS = 1000
const POLYNOMIAL = 0x82f63b78

const TABLE = Int32Array.from({ length: 256 }, (_, byte) => {
  let value = byte
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ POLYNOMIAL : value >>> 1
  return value
})

let countedBytes = 0
let countedFromMs = -Infinity
const counted: Checksum = (bytes) => {
  countedBytes += bytes.length
  if (countedBytes >= BULK_BYTES) {
    const nowMs = performance.now()
    if (nowMs - countedFromMs < BULK_MS) useFastest()
    countedBytes = 0
    countedFromMs = nowMs
  }
  return packaged(bytes)
}

let native = counted

/** From now on by the fastest package that is installed, whose name is given. */
export const useFastest = (): string => {
  try {
    const { crc32c: fastest } = createRequire(import.meta.url)(
      "aws-crt/dist/native/checksums.js"
    ) as { readonly crc32c: Checksum }
    native = fastest(CHECK_INPUT) === CHECK_VALUE ? fastest : packaged
  } catch {
    native = packaged
  }
  return native === packaged ? "@node-rs/crc32" : "aws-crt"
}

/** The checksum of bytes `from` to `to`, as an unsigned 32-bit number. */
export const crc32c = (bytes: Uint8Array, from = 0, to = bytes.length): number => {
  if (to - from >= NATIVE_BYTES_MIN) return native(bytes.subarray(from, to))
  let crc = -1
  for (let i = from; i < to; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8)
  return (crc ^ -1) >>> 0
}

/** What every implementation must give for these digits. */
const CHECK_INPUT = Buffer.from("123456789")
const CHECK_VALUE = 0xe3069283
