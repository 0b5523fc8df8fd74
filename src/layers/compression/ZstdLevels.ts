// zstd at any level, by node:zlib (Node 22.15), whose contexts are kept: making one for each batch costs as
// much again as compressing it, mostly in the collector, which is told of a megabyte each time. What is
// written to a stream that flushes with ZSTD_e_end is a frame of its own.
import * as zlib from "node:zlib"
import { assert } from "../../domain/Assert.ts"

/** Of one level; batches of a stream go one after the other, off the event loop. */
const STREAMS = 2
/** Batches are rarely larger than a megabyte; more only makes tables larger. */
const WINDOW_LOG = 20
/** Output of several batches lies in one piece of memory. */
const CHUNK_BYTES = 256 * 1024
/** Never reached: what comes out is read at once. */
const UNREAD_BYTES_MAX = 1024 * 1024 * 1024

export const isSupported = "createZstdCompress" in zlib

const streams = new Map<number, Array<zlib.ZstdCompress>>()
let turn = 0

const make = (level: number): zlib.ZstdCompress => {
  const options = {
    chunkSize: CHUNK_BYTES,
    readableHighWaterMark: UNREAD_BYTES_MAX,
    flush: zlib.constants.ZSTD_e_end,
    params: {
      [zlib.constants.ZSTD_c_compressionLevel]: level,
      [zlib.constants.ZSTD_c_windowLog]: WINDOW_LOG
    }
  }
  const stream = zlib.createZstdCompress(options)
  // Those who wait are told by their own callbacks; the next one gets a stream anew.
  stream.on("error", () => streams.delete(level))
  return stream
}

/** One frame. */
export const compress = (bytes: Buffer, level: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let some = streams.get(level)
    if (some === undefined) {
      some = Array.from({ length: STREAMS }, () => make(level))
      streams.set(level, some)
    }
    const stream = some[turn++ % STREAMS]!
    stream.write(bytes, (error) => {
      if (error !== null && error !== undefined) return reject(error)
      // The stream has done nothing since, so that this frame is all there is to read.
      const frame = stream.read() as Buffer | null
      assert(frame !== null, "a compressed batch is not empty")
      resolve(frame)
    })
  })
