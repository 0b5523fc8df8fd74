// snappy in the framing that Java clients write: sixteen bytes of header, then blocks, each with its
// compressed length before it. Others send one bare block; both are read, framed is written.
// Source: xerial snappy-java's SnappyOutputStream; the block format says its size in its first varint.
import type { Codec } from "./Compression.ts"
import * as OutputBound from "./OutputBound.ts"

const HEADER = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])
const MAGIC_BYTES = 8
const BLOCK_BYTES = 32 * 1024

const load = () => import("snappy")

export const codec: Codec = {
  compress: async (bytes) => {
    const snappy = await load()
    const chunks: Array<Buffer> = [HEADER]
    for (let at = 0; at < bytes.length; at += BLOCK_BYTES) {
      const block = await snappy.compress(bytes.subarray(at, at + BLOCK_BYTES))
      const length = Buffer.alloc(4)
      length.writeInt32BE(block.length)
      chunks.push(length, block)
    }
    return Buffer.concat(chunks)
  },
  decompress: async (bytes, bytesMax) => {
    const blocks = isFramed(bytes) ? framedBlocks(bytes) : [bytes]
    OutputBound.check(blocks.reduce((sum, block) => sum + uncompressedBytes(block), 0), bytesMax)
    const snappy = await load()
    const parts: Array<Buffer> = []
    for (const block of blocks) {
      parts.push(await snappy.uncompress(block, { asBuffer: true }) as Buffer)
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }
}

const isFramed = (bytes: Buffer): boolean =>
  bytes.length >= HEADER.length &&
  bytes.compare(HEADER, 0, MAGIC_BYTES, 0, MAGIC_BYTES) === 0

const framedBlocks = (bytes: Buffer): ReadonlyArray<Buffer> => {
  const blocks: Array<Buffer> = []
  let at = HEADER.length
  while (at < bytes.length) {
    if (bytes.length - at < 4) throw new Error(`a block's length is cut off at byte ${at}`)
    const length = bytes.readInt32BE(at)
    at += 4
    if (length <= 0 || length > bytes.length - at) {
      throw new Error(`a block of ${length} bytes at byte ${at}, but ${bytes.length - at} are left`)
    }
    blocks.push(bytes.subarray(at, at + length))
    at += length
  }
  return blocks
}

const uncompressedBytes = (block: Buffer): number => {
  let value = 0
  for (let i = 0; i < 5; i++) {
    const byte = block[i]
    if (byte === undefined) break
    value += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return value
  }
  throw new Error("a block does not say how large it is")
}
