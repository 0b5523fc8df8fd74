// Cuts a stream of bytes into frames: an int32 size, then that many bytes.
//
// Invariants: a size is checked before a byte of its frame is kept; a chunk's memory belongs to the
// caller, who reuses it, so what must live is copied, once, into the frame's own buffer; memory
// follows bytes that have really arrived, not the size announced: beyond EXACT_BYTES_MAX the buffer
// doubles as they come, so that a thousand connections announcing 100 MiB cost next to nothing.
// Any way of splitting the stream into chunks gives the same frames.

/** A size no frame may have. Nothing after it can be understood: the stream is lost. */
export interface MalformedFrame {
  readonly _tag: "MalformedFrame"
  readonly message: string
}

/** Where the buffers of frames come from, and where they go when they were outgrown. */
export interface FrameMemory {
  readonly allocate: (size: number) => Buffer
  readonly release: (buffer: Buffer) => void
}

const FRESH_MEMORY: FrameMemory = {
  allocate: (size) => Buffer.allocUnsafeSlow(size),
  release: () => {}
}

export const SIZE_BYTES = 4

/**
 * Up to here a frame gets its whole buffer at once, whether or not the bytes follow: the largest
 * batch that topics take by default, and what is around it.
 */
const EXACT_BYTES_MAX = 1280 * 1024

/** Frames up to this size that lie together in one chunk share one allocation and one copy. */
const SHARED_BYTES_MAX = 8 * 1024

/** A piece of a frame from which on a copy costs more than reading to where it belongs. */
const ROOM_BYTES_MIN = 64 * 1024
/** At most so many at a time: a socket is read again and again before another has its turn. */
const ROOM_BYTES_MAX = 256 * 1024

/** A frame from which on another that is as large is likely to follow. */
const LARGE_BYTES_MIN = 128 * 1024

const EMPTY = Buffer.alloc(0)

export class FrameSplitter {
  readonly #frameBytesMax: number
  readonly #sharedBytesMax: number
  readonly #memory: FrameMemory
  /** What of the next size field came in an earlier chunk: 0 to 3 bytes. */
  #size = 0
  #sizeBytes = 0
  /** The frame being assembled, if any: `#bodyBytes` of `#bodySize` are there; the last one's size otherwise. */
  #body: Buffer | undefined
  #bodySize = 0
  #bodyBytes = 0
  #malformed: MalformedFrame | undefined

  constructor(frameBytesMax: number, memory: FrameMemory = FRESH_MEMORY) {
    this.#memory = memory
    this.#frameBytesMax = frameBytesMax
    this.#sharedBytesMax = Math.min(SHARED_BYTES_MAX, frameBytesMax)
  }

  /** Whether the stream may end here: no frame has begun. */
  get atBoundary(): boolean {
    return this.#body === undefined && this.#sizeBytes === 0
  }

  /**
   * Where the next bytes of the frame at hand belong, for whoever can read to there: `filled` then
   * says how many they are. Undefined where `push` costs less.
   */
  room(): Buffer | undefined {
    const body = this.#body
    if (body === undefined || body.length - this.#bodyBytes < ROOM_BYTES_MIN) return undefined
    return body.subarray(this.#bodyBytes, this.#bodyBytes + ROOM_BYTES_MAX)
  }

  /** A large frame is likely to begin: what `push` is given of it is copied, the rest is not. */
  get isLargeNext(): boolean {
    return this.#body === undefined && this.#bodySize >= LARGE_BYTES_MIN
  }

  /** So many bytes were written to the beginning of `room`. */
  filled(count: number, frames: Array<Buffer>): void {
    this.#bodyBytes += count
    if (this.#bodyBytes < this.#bodySize) return
    frames.push(this.#body!)
    this.#body = undefined
  }

  /** Appends to `frames` those that `chunk` completes; after a malformed size nothing is read. */
  push(chunk: Buffer, frames: Array<Buffer>): MalformedFrame | undefined {
    let position = 0
    while (position < chunk.length && this.#malformed === undefined) {
      if (this.#body !== undefined) {
        position = this.#fill(this.#body, chunk, position, frames)
      } else if (this.#sizeBytes > 0 || chunk.length - position < SIZE_BYTES) {
        position = this.#readSize(chunk, position, frames)
      } else {
        position = this.#cut(chunk, position, frames)
      }
    }
    return this.#malformed
  }

  /** A size field lies whole at `start`; cuts what lies whole behind it, or begins a frame. */
  #cut(chunk: Buffer, start: number, frames: Array<Buffer>): number {
    const size = chunk.readInt32BE(start)
    const bodyStart = start + SIZE_BYTES
    const bodyEnd = bodyStart + size
    if (!this.#allows(size)) return start
    if (bodyEnd > chunk.length) {
      this.#begin(size, frames)
      return bodyStart
    }
    this.#bodySize = size
    if (size <= this.#sharedBytesMax) return cutRun(chunk, start, this.#sharedBytesMax, frames)
    const body = this.#memory.allocate(size)
    chunk.copy(body, 0, bodyStart, bodyEnd)
    frames.push(body)
    return bodyEnd
  }

  /** A size field that comes in pieces. */
  #readSize(chunk: Buffer, start: number, frames: Array<Buffer>): number {
    const end = Math.min(chunk.length, start + SIZE_BYTES - this.#sizeBytes)
    for (let position = start; position < end; position++) {
      this.#size = (this.#size << 8) | chunk[position]!
    }
    this.#sizeBytes += end - start
    if (this.#sizeBytes === SIZE_BYTES && this.#allows(this.#size)) {
      this.#begin(this.#size, frames)
      this.#size = 0
      this.#sizeBytes = 0
    }
    return end
  }

  #begin(size: number, frames: Array<Buffer>): void {
    if (size === 0) {
      frames.push(EMPTY)
      return
    }
    this.#body = this.#memory.allocate(Math.min(size, EXACT_BYTES_MAX))
    this.#bodySize = size
    this.#bodyBytes = 0
  }

  #fill(body: Buffer, chunk: Buffer, start: number, frames: Array<Buffer>): number {
    const count = Math.min(this.#bodySize - this.#bodyBytes, chunk.length - start)
    const filled = this.#bodyBytes + count
    const room = filled <= body.length ? body : this.#grow(body, filled)
    chunk.copy(room, this.#bodyBytes, start, start + count)
    this.filled(count, frames)
    return start + count
  }

  #grow(body: Buffer, bytesMin: number): Buffer {
    const length = Math.min(this.#bodySize, Math.max(bytesMin, body.length * 2))
    const grown = this.#memory.allocate(length)
    body.copy(grown, 0, 0, this.#bodyBytes)
    this.#memory.release(body)
    this.#body = grown
    return grown
  }

  #allows(size: number): boolean {
    if (size >= 0 && size <= this.#frameBytesMax) return true
    this.#malformed = {
      _tag: "MalformedFrame",
      message: `a frame of ${size} bytes was announced, at most ${this.#frameBytesMax} are ` +
        "allowed (socket.request.max.bytes); is this an HTTP or TLS client?"
    }
    return false
  }
}

/** Cuts the whole small frames that lie together from `start` on; gives where they end. */
function cutRun(chunk: Buffer, start: number, bytesMax: number, frames: Array<Buffer>): number {
  let end = start
  while (chunk.length - end >= SIZE_BYTES) {
    const size = chunk.readInt32BE(end)
    if (size < 0 || size > bytesMax || end + SIZE_BYTES + size > chunk.length) break
    end += SIZE_BYTES + size
  }
  const run = Buffer.allocUnsafe(end - start)
  chunk.copy(run, 0, start, end)
  for (let position = 0; position < run.length;) {
    const bodyStart = position + SIZE_BYTES
    const bodyEnd = bodyStart + run.readInt32BE(position)
    frames.push(run.subarray(bodyStart, bodyEnd))
    position = bodyEnd
  }
  return end
}
