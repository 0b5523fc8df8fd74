// What a connection has received and nobody has taken yet. Bytes go in synchronously, from a socket's
// callback; whole frames come out of `take`, which resumes its fiber in that same callback.
//
// Invariants: frames come out once and in order; the reason why no more will come (`end`) is told
// only after them; the first reason stays; `push` says false from the moment when more than
// `receiveBytesMax` wait, and `onRoom` is called once they were taken.
import * as Effect from "effect/Effect"
import { assert } from "../../domain/Assert.ts"
import { type FrameMemory, FrameSplitter, type MalformedFrame } from "../../domain/wire/Frame.ts"
import { closed, TransportError } from "./Transport.ts"

export interface InboxLimits {
  readonly frameBytesMax: number
  readonly receiveBytesMax: number
}

type Frames = ReadonlyArray<Buffer>

export class Inbox {
  readonly take: Effect.Effect<Frames, TransportError>
  readonly #splitter: FrameSplitter
  readonly #receiveBytesMax: number
  readonly #onRoom: () => void
  readonly #drained: Effect.Effect<Frames, TransportError>
  readonly #onEnd = new Set<() => void>()
  #frames: Array<Buffer> = []
  #bytes = 0
  #failure: TransportError | undefined
  #resume: ((effect: Effect.Effect<Frames, TransportError>) => void) | undefined

  constructor(limits: InboxLimits, onRoom: () => void, memory?: FrameMemory) {
    this.#splitter = new FrameSplitter(limits.frameBytesMax, memory)
    this.#receiveBytesMax = limits.receiveBytesMax
    this.#onRoom = onRoom
    // Frames leave the inbox when the fiber that asked runs, not when it is woken: interrupting it
    // in between leaves them here.
    this.#drained = Effect.suspend(() => this.#drain())
    const wait = Effect.callback<Frames, TransportError>((resume) => {
      assert(this.#resume === undefined, "one fiber at a time takes from a connection")
      this.#resume = resume
      return Effect.sync(() => {
        this.#resume = undefined
      })
    })
    this.take = Effect.suspend(() => this.#ready ? this.#drain() : wait)
  }

  get #ready(): boolean {
    return this.#frames.length > 0 || this.#failure !== undefined
  }

  /** Whether more than `receiveBytesMax` wait: reading should pause. */
  get full(): boolean {
    return this.#bytes > this.#receiveBytesMax
  }

  get ended(): boolean {
    return this.#failure !== undefined
  }

  /** Gives whether more may follow at once. Copies what it keeps of the chunk. */
  push(chunk: Buffer): boolean {
    if (this.#failure !== undefined) return false
    const first = this.#frames.length
    const malformed = this.#splitter.push(chunk, this.#frames)
    return this.#received(first, malformed)
  }

  /** Where the next bytes are best read to; undefined where they are best pushed. */
  room(): Buffer | undefined {
    return this.#splitter.room()
  }

  /** See FrameSplitter. */
  get isLargeNext(): boolean {
    return this.#splitter.isLargeNext
  }

  /** The same as `push` for so many bytes that were read to `room`. */
  filled(count: number): boolean {
    if (this.#failure !== undefined) return false
    const first = this.#frames.length
    this.#splitter.filled(count, this.#frames)
    return this.#received(first, undefined)
  }

  /** Frames from `first` on are new. */
  #received(first: number, malformed: MalformedFrame | undefined): boolean {
    for (let index = first; index < this.#frames.length; index++) {
      this.#bytes += this.#frames[index]!.length
    }
    if (malformed !== undefined) {
      this.end(new TransportError({ reason: "malformed", detail: malformed.message }))
    }
    this.#wake()
    return this.#failure === undefined && !this.full
  }

  /** No more will come. */
  end(failure: TransportError): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    const callbacks = [...this.#onEnd]
    this.#onEnd.clear()
    for (const callback of callbacks) callback()
    this.#wake()
  }

  /** See `Connection.onEnd`. */
  onEnd(callback: () => void): () => void {
    if (this.#failure !== undefined) {
      callback()
      return () => {}
    }
    // A wrapper of its own, so that the same function given twice is called twice.
    const once = () => callback()
    this.#onEnd.add(once)
    return () => {
      this.#onEnd.delete(once)
    }
  }

  /** The other side has sent its last byte. */
  endOfStream(): void {
    const where = this.#splitter.atBoundary ? "" : " in the middle of a frame"
    this.end(closed(`the other side closed the connection${where}`))
  }

  #wake(): void {
    if (this.#resume === undefined || !this.#ready) return
    const resume = this.#resume
    this.#resume = undefined
    resume(this.#drained)
  }

  #drain(): Effect.Effect<Frames, TransportError> {
    if (this.#frames.length === 0) {
      assert(this.#failure !== undefined, "a taker is woken by a frame or by the end")
      return Effect.fail(this.#failure)
    }
    const frames = this.#frames
    const wasFull = this.full
    this.#frames = []
    this.#bytes = 0
    if (wasFull) this.#onRoom()
    return Effect.succeed(frames)
  }
}
