// zstd. Written by node:zlib (ZstdLevels), or at level 3 by @mongodb-js/zstd where Node has none. Read by
// @mongodb-js/zstd, because node:zlib stops after the first of several frames; it has no output limit, so that
// the most that can come out is found by walking the blocks first.
// Source: RFC 8878.
import type { Codec } from "./Compression.ts"
import * as OutputBound from "./OutputBound.ts"
import * as ZstdLevels from "./ZstdLevels.ts"

const MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50
const BLOCK_BYTES_MAX = 128 * 1024
const DICTIONARY_BYTES = [0, 1, 2, 4]
const RLE = 1
const COMPRESSED = 2

const LEVEL_DEFAULT = 3
const load = () => import("@mongodb-js/zstd")

export const codec: Codec = {
  compress: async (bytes, level = LEVEL_DEFAULT, room) =>
    ZstdLevels.isSupported
      ? ZstdLevels.compress(bytes, level, room)
      : (await load()).compress(bytes),
  decompress: async (bytes, bytesMax) => {
    OutputBound.check(outputBytesMax(bytes), bytesMax)
    return (await load()).decompress(bytes)
  }
}

/** The most that all frames together can give. */
const outputBytesMax = (bytes: Buffer): number => {
  let total = 0
  let at = 0
  while (at < bytes.length) {
    const magic = word(bytes, at)
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + word(bytes, at + 4)
      continue
    }
    if (magic !== MAGIC) throw new Error(`no zstd frame begins at byte ${at}`)
    const frame = frameAt(bytes, at + 4)
    total += frame.outputBytesMax
    at = frame.end
  }
  return total
}

const frameAt = (
  bytes: Buffer,
  start: number
): { readonly end: number; readonly outputBytesMax: number } => {
  const descriptor = bytes[start] ?? 0
  const isSingleSegment = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  const contentSizeAt = start + 1 + (isSingleSegment ? 0 : 1) + DICTIONARY_BYTES[descriptor & 3]!
  const contentSizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag
  let at = contentSizeAt + contentSizeBytes
  let blockBytes = 0
  let isLast = false
  while (!isLast) {
    if (at + 3 > bytes.length) throw new Error("the frame is cut off")
    const header = bytes.readUIntLE(at, 3)
    isLast = (header & 1) !== 0
    const type = (header >> 1) & 3
    const size = header >> 3
    blockBytes += type === COMPRESSED ? BLOCK_BYTES_MAX : size
    at += 3 + (type === RLE ? 1 : size)
  }
  if (descriptor & 0x04) at += 4
  if (at > bytes.length) throw new Error("the frame is cut off")
  const declared = contentSize(bytes, contentSizeAt, contentSizeBytes)
  return { end: at, outputBytesMax: Math.max(declared ?? 0, blockBytes - BLOCK_BYTES_MAX) }
}

const contentSize = (bytes: Buffer, at: number, length: number): number | undefined => {
  switch (length) {
    case 0:
      return undefined
    case 1:
      return bytes[at]
    case 2:
      return bytes.readUInt16LE(at) + 256
    case 4:
      return bytes.readUInt32LE(at)
    default:
      return Number(bytes.readBigUInt64LE(at))
  }
}

const word = (bytes: Buffer, at: number): number => {
  if (at + 4 > bytes.length) throw new Error("the frame is cut off")
  return bytes.readUInt32LE(at)
}
