// One socket as a Connection, plain or TLS, accepted or dialled.
//
// Invariants: bytes are read into one buffer shared by all sockets of the process where the socket
// allows it (`onread`), so nothing of a chunk is kept without a copy; the rest of a large frame is
// read to where it belongs; reading stops while the inbox is
// full; a write ends when the kernel (or OpenSSL) has its bytes, so its buffers are free then and a
// slow reader holds its writer back. Closing sends what was written, discards what still comes (a
// close with unread bytes would reset the connection and lose the last answers) and lasts at most
// CLOSE_MS.
import * as Effect from "effect/Effect"
import type * as Net from "node:net"
import { FileBytes } from "../disk/FileBytes.ts"
import type { BusyPoll } from "./BusyPoll.ts"
import type { FileSender } from "./FileSend.ts"
import { FileWrite, isSendable } from "./FileWrite.ts"
import { FramePool } from "./FramePool.ts"
import { Inbox, type InboxLimits } from "./Inbox.ts"
import { type Address, closed, type Connection, TransportError } from "./Transport.ts"

const CLOSE_MS = 500
/** A closing connection whose other side says nothing more is let go after this. */
const QUIET_MS = 50

/** More is slower: it no longer stays in the processor's cache. */
const READ_BYTES = 128 * 1024

/** Of a large frame only so many before its size is known: they are copied, the rest is not. */
const BEGINNING_BYTES = 8 * 1024

/** Filled and emptied within one synchronous callback, hence one for all sockets. */
const sharedReadBuffer = Buffer.allocUnsafeSlow(READ_BYTES)
const beginningReadBuffer = sharedReadBuffer.subarray(0, BEGINNING_BYTES)

const framePool = new FramePool()

export class NodeConnection implements Connection {
  readonly inbox: Inbox
  readonly take: Connection["take"]
  readonly close: Connection["close"]
  peer = ""
  remote: Address = { host: "", port: 0 }
  local: Address = { host: "", port: 0 }
  principal: string | undefined
  #socket: Net.Socket | undefined
  #failure: TransportError | undefined
  #closing = false
  #quiet: NodeJS.Timeout | undefined
  readonly #sender: FileSender | undefined
  readonly #busyPoll: BusyPoll | undefined
  /** Set while the socket lets the kernel send on it. */
  fileBytesMin: number | undefined
  /** The write with FileBytes that is under way, and what has to come after it. */
  readonly #line: Array<() => void> = []

  constructor(limits: InboxLimits, sender?: FileSender, busyPoll?: BusyPoll) {
    this.#sender = sender
    this.#busyPoll = busyPoll
    this.inbox = new Inbox(limits, () => this.#socket?.resume(), framePool)
    this.take = this.inbox.take
    this.close = Effect.callback((resume) => {
      const socket = this.#socket
      if (socket === undefined || socket.closed) return resume(Effect.void)
      socket.once("close", () => resume(Effect.void))
      this.#beginClose(socket)
    })
  }

  /** For the options of a socket that is about to be made. */
  onread(): Net.OnReadOpts {
    return {
      buffer: () => this.inbox.room() ?? this.#readBuffer,
      callback: (count, buffer) => {
        if (buffer === sharedReadBuffer || buffer === beginningReadBuffer) {
          this.#receive(sharedReadBuffer.subarray(0, count))
        } else this.#received(this.inbox.filled(count))
        // Pausing goes through `pause`, which also keeps `resume` in step.
        return true
      }
    }
  }

  get #readBuffer(): Buffer {
    return this.inbox.isLargeNext ? beginningReadBuffer : sharedReadBuffer
  }

  /** Takes over a socket that is connected (and, with TLS, shook hands). */
  attach(socket: Net.Socket, principal: string | undefined): this {
    this.#socket = socket
    if (isSendable(socket)) this.fileBytesMin = this.#sender?.bytesMin
    socket.on("end", () => this.inbox.endOfStream())
    socket.on("error", (error) => this.#fail(failureOf(error)))
    socket.on("close", () => this.#fail(closed("the connection is closed")))
    this.remote = { host: plainHost(socket.remoteAddress), port: socket.remotePort ?? 0 }
    this.local = { host: plainHost(socket.localAddress), port: socket.localPort ?? 0 }
    this.peer = `${this.remote.host}:${this.remote.port}`
    this.principal = principal
    return this
  }

  /** Where `onread` is not to be had. */
  readByEvents(socket: Net.Socket): void {
    socket.on("data", (chunk: Buffer) => this.#receive(chunk))
  }

  /** Ends the connection at once when nothing moves on it for so long. */
  closeWhenIdle(idleMs: number): void {
    const socket = this.#socket
    if (socket === undefined || idleMs <= 0) return
    socket.setTimeout(idleMs, () => {
      this.#fail(closed(`nothing was sent or received for ${idleMs} ms`))
      socket.destroy()
    })
  }

  write(chunks: ReadonlyArray<Uint8Array>): Effect.Effect<void, TransportError> {
    return Effect.suspend(() => this.writeNow(chunks))
  }

  writeNow(chunks: ReadonlyArray<Uint8Array>): Effect.Effect<void, TransportError> {
    const socket = this.#socket
    if (socket === undefined || this.#failure !== undefined || this.#closing || !socket.writable) {
      return Effect.fail(this.#failure ?? closed("the connection is closed"))
    }
    const last = chunks.length - 1
    if (last < 0) return Effect.void
    let written: Effect.Effect<void, TransportError> | undefined
    let onWritten: ((written: Effect.Effect<void, TransportError>) => void) | undefined
    const until = (resume: NonNullable<typeof onWritten>): void => {
      if (written === undefined) onWritten = resume
      else resume(written)
    }
    const done = (error: Error | null | undefined) => {
      written = error === null || error === undefined
        ? Effect.void
        : Effect.fail(this.#failure ?? failureOf(error))
      onWritten?.(written)
    }
    if (this.#line.length > 0 || (this.#sender !== undefined && chunks.some(isFileBytes))) {
      this.#writeFiles(socket, chunks, done)
      return written ?? Effect.callback(until)
    }
    if (last > 0) socket.cork()
    for (let index = 0; index < last; index++) socket.write(chunks[index]!)
    socket.write(chunks[last]!, done)
    if (last > 0) socket.uncork()
    // The kernel had room for all of it: no need to wait a turn of the loop to hear so.
    if (socket.writableLength === 0 && !socket.destroyed) return Effect.void
    return Effect.callback(until)
  }

  /** After the writes before it, which may be waiting for room with nothing queued on the socket. */
  #writeFiles(
    socket: Net.Socket,
    chunks: ReadonlyArray<Uint8Array>,
    done: (error: Error | undefined) => void
  ): void {
    const write = new FileWrite(socket, this.#sender!, chunks, (error) => {
      if (write.isRefused) this.fileBytesMin = undefined
      if (error !== undefined) this.#fail(failureOf(error))
      done(error)
      this.#line.shift()
      this.#line[0]?.()
    })
    this.#line.push(() => write.start())
    if (this.#line.length === 1) write.start()
  }

  onEnd(callback: () => void): () => void {
    return this.inbox.onEnd(callback)
  }

  recycle(frame: Buffer): void {
    framePool.release(frame)
  }

  #receive(chunk: Buffer): void {
    this.#received(this.inbox.push(chunk))
  }

  #received(mayGoOn: boolean): void {
    this.#busyPoll?.touch()
    if (this.#closing) this.#quiet?.refresh()
    else if (!mayGoOn) this.#socket?.pause()
  }

  #fail(failure: TransportError): void {
    this.#failure ??= failure
    this.inbox.end(this.#failure)
  }

  #beginClose(socket: Net.Socket): void {
    if (this.#closing) return
    this.#closing = true
    this.#fail(closed("this side closed the connection"))
    const destroy = () => socket.destroy()
    const deadline = setTimeout(destroy, CLOSE_MS)
    socket.once("finish", () => {
      this.#quiet = setTimeout(destroy, QUIET_MS)
    })
    socket.once("close", () => {
      clearTimeout(deadline)
      clearTimeout(this.#quiet)
    })
    if (this.#line.length === 0) socket.end()
    else this.#line.push(() => socket.end())
    socket.resume()
  }
}

const isFileBytes = (chunk: Uint8Array): boolean => chunk instanceof FileBytes

function failureOf(error: NodeJS.ErrnoException): TransportError {
  switch (error.code) {
    case "ECONNRESET":
    case "EPIPE":
      return closed(`the other side cut the connection (${error.code})`)
    case "ERR_STREAM_DESTROYED":
    case "ERR_STREAM_WRITE_AFTER_END":
      return closed("the connection is closed")
    default:
      return new TransportError({ reason: "io", detail: error.message })
  }
}

/** A dual-stack listener sees IPv4 peers as ::ffff:10.0.0.1. */
function plainHost(host: string | undefined): string {
  if (host === undefined) return ""
  return host.startsWith("::ffff:") ? host.slice(7) : host
}
