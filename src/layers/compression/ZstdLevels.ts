// zstd at any level, by node:zlib (Node 22.15), whose contexts are kept: making one for each batch costs as
// much again as compressing it, mostly in the collector, which is told of a megabyte each time. What is
// written to a stream that flushes with ZSTD_e_end is a frame of its own.
//
// The memory of the output is used again, too: fresh memory for each frame keeps the collector marking all
// the time, which cost a fifth of a producer's CPU. So a stream has one frame in work, and begins the
// next when that was copied to where it belongs.
import * as zlib from "node:zlib"
import { assert } from "../../domain/Assert.ts"
import type { Room } from "./Compression.ts"

/** Of one level; they work off the event loop, side by side. */
const STREAMS = 2
/** Batches are rarely larger than a megabyte; more only makes tables larger. */
const WINDOW_LOG = 20
const CHUNK_BYTES = 256 * 1024
/** Never reached: what comes out is read at once. */
const UNREAD_BYTES_MAX = 1024 * 1024 * 1024

export const isSupported = "createZstdCompress" in zlib

interface Job {
  readonly bytes: Buffer
  readonly room: Room
  readonly resolve: (frame: Buffer) => void
  readonly reject: (error: Error) => void
}

class Line {
  readonly #stream: zlib.ZstdCompress
  readonly #jobs: Array<Job> = []
  #isBusy = false

  constructor(level: number, onError: () => void) {
    // The typings leave out what goes on to the stream: `readableHighWaterMark`.
    const options = {
      chunkSize: CHUNK_BYTES,
      readableHighWaterMark: UNREAD_BYTES_MAX,
      flush: zlib.constants.ZSTD_e_end,
      params: {
        [zlib.constants.ZSTD_c_compressionLevel]: level,
        [zlib.constants.ZSTD_c_windowLog]: WINDOW_LOG
      }
    }
    this.#stream = zlib.createZstdCompress(options)
    this.#stream.on("error", onError)
  }

  push(job: Job): void {
    this.#jobs.push(job)
    if (!this.#isBusy) this.#next()
  }

  #next(): void {
    const job = this.#jobs.shift()
    this.#isBusy = job !== undefined
    if (job === undefined) return
    this.#stream.write(job.bytes, (error) => {
      if (error !== null && error !== undefined) job.reject(error)
      else this.#finish(job)
      this.#next()
    })
  }

  #finish({ reject, resolve, room }: Job): void {
    try {
      // The stream has done nothing since, so that this frame is all there is to read.
      const frame = this.#stream.read() as Buffer | null
      assert(frame !== null, "a compressed batch is not empty")
      const target = room(frame.length)
      frame.copy(target)
      rewind(this.#stream)
      resolve(target)
    } catch (error) {
      reject(error as Error)
    }
  }
}

/**
 * Has a stream that rests write its next output where the last one was. The place is no public
 * property, and may go away: then each piece of memory is used once, as by default.
 */
const rewind = (stream: zlib.ZstdCompress): void => {
  const place = stream as unknown as { _outOffset?: unknown }
  if (typeof place._outOffset === "number") place._outOffset = 0
}

const lines = new Map<number, ReadonlyArray<Line>>()
let turn = 0

const fresh: Room = (bytes) => Buffer.allocUnsafeSlow(bytes)

/** One frame, in memory that `room` gives. */
export const compress = (bytes: Buffer, level: number, room = fresh): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    let some = lines.get(level)
    if (some === undefined) {
      // Those who wait are told by their own callbacks; the next one gets a stream anew.
      const make = () => new Line(level, () => lines.delete(level))
      some = Array.from({ length: STREAMS }, make)
      lines.set(level, some)
    }
    some[turn++ % STREAMS]!.push({ bytes, room, resolve, reject })
  })
