// LZ4 frames. A client may send several frames one after the other, and the package reads only one:
// frames are found by walking their blocks, which also gives the most that can come out.
// Source: the LZ4 frame format description, version 1.6.
import type { Codec } from "./Compression.ts"
import * as OutputBound from "./OutputBound.ts"

const MAGIC = 0x184d2204
const SKIPPABLE_MAGIC = 0x184d2a50
const FLAG_BLOCK_CHECKSUM = 0x10
const FLAG_CONTENT_SIZE = 0x08
const FLAG_CONTENT_CHECKSUM = 0x04
const FLAG_DICTIONARY = 0x01
const UNCOMPRESSED_BIT = 0x8000_0000
const BLOCK_BYTES_MAX = [0, 0, 0, 0, 64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024]

const load = () => import("lz4-napi")

export const codec: Codec = {
  compress: async (bytes) => (await load()).compressFrame(bytes),
  decompress: async (bytes, bytesMax) => {
    const frames = framesOf(bytes)
    OutputBound.check(frames.reduce((sum, frame) => sum + frame.outputBytesMax, 0), bytesMax)
    const lz4 = await load()
    const parts: Array<Buffer> = []
    for (const frame of frames) parts.push(await lz4.decompressFrame(frame.bytes))
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts)
  }
}

interface Frame {
  readonly bytes: Buffer
  readonly outputBytesMax: number
}

const framesOf = (bytes: Buffer): ReadonlyArray<Frame> => {
  const frames: Array<Frame> = []
  let at = 0
  while (at < bytes.length) {
    const magic = word(bytes, at)
    if ((magic & 0xffff_fff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + word(bytes, at + 4)
      continue
    }
    if (magic !== MAGIC) throw new Error(`no LZ4 frame begins at byte ${at}`)
    const frame = frameAt(bytes, at)
    frames.push(frame)
    at += frame.bytes.length
  }
  return frames
}

const frameAt = (bytes: Buffer, start: number): Frame => {
  const flags = bytes[start + 4] ?? 0
  const blockBytesMax = BLOCK_BYTES_MAX[((bytes[start + 5] ?? 0) >> 4) & 7]!
  if (blockBytesMax === 0) throw new Error("the frame's block size is not one that LZ4 has")
  let at = start + 6 + (flags & FLAG_CONTENT_SIZE ? 8 : 0) + (flags & FLAG_DICTIONARY ? 4 : 0) + 1
  let outputBytesMax = 0
  while (true) {
    const header = word(bytes, at)
    at += 4
    if (header === 0) break
    const size = header & ~UNCOMPRESSED_BIT
    const isUncompressed = (header & UNCOMPRESSED_BIT) !== 0
    outputBytesMax += isUncompressed ? size : blockBytesMax
    at += size + (flags & FLAG_BLOCK_CHECKSUM ? 4 : 0)
  }
  if (flags & FLAG_CONTENT_CHECKSUM) at += 4
  if (at > bytes.length) throw new Error("the frame is cut off")
  return { bytes: bytes.subarray(start, at), outputBytesMax }
}

const word = (bytes: Buffer, at: number): number => {
  if (at + 4 > bytes.length) throw new Error("the frame is cut off")
  return bytes.readUInt32LE(at)
}
