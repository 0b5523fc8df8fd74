// One end of a connection within the process. Writing pushes the bytes, cut as the network says, into
// the other end's inbox, so that frames are really cut out of a stream.
//
// Invariants: writes arrive in order, whatever their delays; a write ends when the other end's inbox
// has taken all of it, which it does not while it is full; closing lets what was written arrive
// first; when one end has closed, the other can still take what came and cannot write.
import * as Effect from "effect/Effect"
import { Inbox, type InboxLimits } from "./Inbox.ts"
import { type Address, closed, type Connection, type TransportError } from "./Transport.ts"

/** What the network does to bytes on their way; read anew for each write. */
export interface Weather {
  readonly delayMs: number
  readonly chunkBytes: number
}

const SPOILT = 0xdd

interface Parcel {
  readonly bytes: Buffer
  readonly done: (error: TransportError | undefined) => void
  ready: boolean
  position: number
}

export class MemoryConnection implements Connection {
  readonly inbox: Inbox
  readonly take: Connection["take"]
  readonly close: Connection["close"]
  readonly peer: string
  readonly remote: Address
  readonly local: Address
  readonly principal = undefined
  /** When something last arrived or left. */
  lastActiveMs = 0
  readonly #weather: () => Weather
  readonly #run: (effect: Effect.Effect<void>) => unknown
  readonly #nowMs: () => number
  #other: MemoryConnection | undefined
  #outgoing: Array<Parcel> = []
  #closing = false
  #failure: TransportError | undefined
  #pumping = false

  constructor(options: {
    readonly local: Address
    readonly remote: Address
    readonly limits: InboxLimits
    readonly weather: () => Weather
    readonly run: (effect: Effect.Effect<void>) => unknown
    readonly nowMs: () => number
  }) {
    this.local = options.local
    this.remote = options.remote
    this.peer = `${options.remote.host}:${options.remote.port}`
    this.#weather = options.weather
    this.#run = options.run
    this.#nowMs = options.nowMs
    this.lastActiveMs = options.nowMs()
    this.inbox = new Inbox(options.limits, () => this.#other?.pump())
    this.take = this.inbox.take
    this.close = Effect.sync(() => this.#beginClose())
  }

  static join(one: MemoryConnection, other: MemoryConnection): void {
    one.#other = other
    other.#other = one
  }

  get closed(): boolean {
    return this.#failure !== undefined
  }

  onEnd(callback: () => void): () => void {
    return this.inbox.onEnd(callback)
  }

  /** Spoils the frame, so that a test sees who still reads what was given back. */
  recycle(frame: Buffer): void {
    frame.fill(SPOILT)
  }

  write(chunks: ReadonlyArray<Uint8Array>): Effect.Effect<void, TransportError> {
    return Effect.suspend(() => this.writeNow(chunks))
  }

  writeNow(chunks: ReadonlyArray<Uint8Array>): Effect.Effect<void, TransportError> {
    if (this.#closing || this.#failure !== undefined) {
      return Effect.fail(this.#failure ?? closed("this side closed the connection"))
    }
    this.#touch()
    const { delayMs } = this.#weather()
    let arrived: Effect.Effect<void, TransportError> | undefined
    let onArrived: ((arrived: Effect.Effect<void, TransportError>) => void) | undefined
    const parcel: Parcel = {
      bytes: Buffer.concat(chunks),
      done: (error) => {
        arrived = error === undefined ? Effect.void : Effect.fail(error)
        onArrived?.(arrived)
      },
      ready: delayMs <= 0,
      position: 0
    }
    this.#outgoing.push(parcel)
    if (parcel.ready) this.pump()
    else this.#pumpAfter(delayMs, parcel)
    return arrived ?? Effect.callback((resume) => {
      if (arrived === undefined) onArrived = resume
      else resume(arrived)
    })
  }

  #pumpAfter(delayMs: number, parcel: Parcel): void {
    const pump = Effect.sync(() => {
      parcel.ready = true
      this.pump()
    })
    this.#run(Effect.andThen(Effect.sleep(delayMs), pump))
  }

  /** Lets arrive what can. Entered again from what it wakes, it leaves the work to the first. */
  pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    let moved = true
    while (moved && this.#failure === undefined) moved = this.#carry()
    this.#pumping = false
    if (this.#closing && this.#outgoing.length === 0) this.#arriveClosed()
  }

  /** Ends this side at once: nothing written and not yet arrived will arrive. */
  fail(failure: TransportError): void {
    if (this.#failure !== undefined) return
    this.#failure = failure
    this.inbox.end(failure)
    for (const parcel of this.#outgoing.splice(0)) parcel.done(failure)
  }

  /** Nothing moved for too long: both sides see the end. */
  expire(idleMs: number): void {
    if (this.#failure !== undefined) return
    this.fail(closed(`nothing was sent or received for ${idleMs} ms`))
    this.#other?.inbox.endOfStream()
    this.#other?.fail(closed("the other side closed the connection"))
  }

  /** Carries one piece over; gives whether it could. */
  #carry(): boolean {
    const parcel = this.#outgoing[0]
    const other = this.#other
    if (parcel === undefined || !parcel.ready || other === undefined) return false
    if (other.inbox.full && !other.#closing) return false
    const end = Math.min(parcel.bytes.length, parcel.position + this.#weather().chunkBytes)
    const piece = parcel.bytes.subarray(parcel.position, end)
    parcel.position = end
    // The last piece may wake a session that answers and closes at once: what it has received was
    // sent, whatever happens to the connection then.
    const whole = end === parcel.bytes.length
    if (whole) this.#outgoing.shift()
    other.#touch()
    other.inbox.push(piece)
    if (whole) parcel.done(undefined)
    return true
  }

  #beginClose(): void {
    if (this.#closing || this.#failure !== undefined) return
    this.#closing = true
    this.inbox.end(closed("this side closed the connection"))
    this.pump()
  }

  #arriveClosed(): void {
    if (this.#failure !== undefined) return
    this.fail(closed("this side closed the connection"))
    const other = this.#other
    if (other === undefined) return
    other.inbox.endOfStream()
    other.fail(closed("the other side closed the connection"))
  }

  #touch(): void {
    this.lastActiveMs = this.#nowMs()
  }
}
