// One write in which there are FileBytes. What the kernel takes at once it takes from the file; when the
// socket is full, a piece is read and written by Node, whose callback says when there is room again, and
// the kernel goes on behind it.
//
// Invariants: the kernel is called on the socket only while Node has nothing queued on it, or bytes would
// overtake others; each call asks for the descriptor anew, on the stack on which it is made, so it is never
// another's; every byte is sent once; when a part of the bytes cannot be sent the connection ends, because
// the other side has been promised them.
import type * as Net from "node:net"
import { FileBytes } from "../disk/FileBytes.ts"
import * as ReadBuffers from "../disk/ReadBuffers.ts"
import { type FileSender, FileSendError } from "./FileSend.ts"

const PIECE_BYTES = 64 * 1024
/** The kernel cannot do it with this file or this socket; reading can. */
const CANNOT = new Set(["EINVAL", "ENOSYS", "EOPNOTSUPP", "ENOTSOCK", "EOVERFLOW", "EPERM"])

/** The descriptor of a plain socket, which Node does not promise to tell; undefined without one. */
export const descriptorOf = (socket: Net.Socket): number | undefined => {
  const { _handle: handle } = socket as unknown as { readonly _handle?: { readonly fd?: unknown } }
  const descriptor = handle?.fd
  return typeof descriptor === "number" && descriptor >= 0 ? descriptor : undefined
}

/** One that `FileWrite` can send through: never with TLS, whose bytes the kernel does not know. */
export const isSendable = (socket: Net.Socket): boolean =>
  !("encrypted" in socket) && descriptorOf(socket) !== undefined

export class FileWrite {
  private readonly socket: Net.Socket
  private readonly sender: FileSender
  private readonly chunks: ReadonlyArray<Uint8Array>
  private readonly onDone: (error: Error | undefined) => void
  private index = 0
  /** Bytes of the chunk at `index` that have gone. */
  private sent = 0
  private isEnded = false
  /** Set when the kernel has refused: the rest is read and written. */
  isRefused = false

  constructor(
    socket: Net.Socket,
    sender: FileSender,
    chunks: ReadonlyArray<Uint8Array>,
    onDone: (error: Error | undefined) => void
  ) {
    this.socket = socket
    this.sender = sender
    this.chunks = chunks
    this.onDone = onDone
  }

  /** Sends what can be sent now, and goes on whenever the socket has room. */
  start(): void {
    this.socket.once("close", this.onClose)
    this.proceed()
  }

  private readonly onClose = (): void => this.end(new Error("the connection is closed"))

  private proceed(): void {
    try {
      while (this.index < this.chunks.length && !this.isEnded) {
        if (this.socket.destroyed || !this.socket.writable) return this.onClose()
        if (!this.sendNow() && !this.writeNext()) return
      }
      this.end(undefined)
    } catch (error) {
      this.socket.destroy()
      this.end(error as Error)
    }
  }

  private end(error: Error | undefined): void {
    if (this.isEnded) return
    this.isEnded = true
    this.socket.off("close", this.onClose)
    this.onDone(error)
  }

  /** Lets the kernel take of the chunk at hand what it will; gives whether that was all. */
  private sendNow(): boolean {
    const descriptor = descriptorOf(this.socket)
    const isQueued = this.socket.writableLength > 0
    if (descriptor === undefined || isQueued || this.isRefused) return false
    const chunk = this.chunks[this.index]!
    try {
      this.sent += chunk instanceof FileBytes
        ? this.sendFile(descriptor, chunk)
        : this.sender.send(
          descriptor,
          chunk.subarray(this.sent),
          this.index + 1 < this.chunks.length
        )
    } catch (error) {
      if (!(error instanceof FileSendError) || !CANNOT.has(error.code)) throw error
      this.isRefused = true
    }
    return this.passed(chunk)
  }

  private sendFile(descriptor: number, { file, length, onTook, position }: FileBytes): number {
    const start = performance.now()
    const { sent } = this
    const count = this.sender.sendFile(
      descriptor,
      file.descriptor,
      position + sent,
      length - sent
    )
    onTook(performance.now() - start)
    return count
  }

  /** Goes on to the next chunk when this one has gone. */
  private passed(chunk: Uint8Array): boolean {
    if (this.sent < chunk.length) return false
    this.index++
    this.sent = 0
    return true
  }

  /** Gives Node a piece to write; whether it has gone already, else `proceed` is called when it has. */
  private writeNext(): boolean {
    const chunk = this.chunks[this.index]!
    const isFile = chunk instanceof FileBytes
    const piece = isFile ? pieceOf(chunk, this.sent) : chunk.subarray(this.sent)
    let isGone = false
    const free = (): void => {
      isGone = true
      if (isFile) ReadBuffers.give(wholeOf(piece))
    }
    this.sent += piece.length
    this.passed(chunk)
    this.socket.write(piece, (error) => {
      if (isGone) return
      free()
      if (error === null || error === undefined) this.proceed()
      else this.end(error)
    })
    if (this.socket.writableLength > 0 || this.socket.destroyed) return false
    free()
    return true
  }
}

const pieceOf = (bytes: FileBytes, from: number): Buffer => {
  const length = Math.min(PIECE_BYTES, bytes.length - from)
  const buffer = ReadBuffers.take(length)
  const count = bytes.file.readSyncUnsafe(buffer, 0, length, bytes.position + from)
  if (count < length) throw new FileSendError("read", "EOF")
  return buffer.subarray(0, length)
}

/** The buffer that a piece is the beginning of. */
const wholeOf = (piece: Uint8Array): Buffer => Buffer.from(piece.buffer)
