// A plain load generator of ours: one socket, frames sent as they are, so many in flight, answers
// counted by their length prefix and otherwise thrown away. It costs so little that what is measured
// is the other side.
import * as net from "node:net"

const ARENA_BYTES = 256 * 1024

export class RawClient {
  private readonly socket: net.Socket
  private need = 4
  private readonly head = Buffer.alloc(4)
  private headFilled = 0
  private isInBody = false
  private onAnswer: ((bytes: number) => void) | undefined
  private bodyBytes = 0
  private body: Buffer | undefined
  private answered: ((body: Buffer) => void) | undefined
  private fixedBytes = 0
  private onGone: (error: Error) => void = () => {}

  private constructor(socket: net.Socket) {
    this.socket = socket
    socket.once("close", () => this.onGone(new Error("the server has closed the connection")))
  }

  static connect(port: number): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const arena = Buffer.allocUnsafeSlow(ARENA_BYTES)
      let client: RawClient | undefined
      const socket = net.connect({
        host: "127.0.0.1",
        port,
        noDelay: true,
        onread: {
          buffer: arena,
          callback: (length: number) => {
            client!.take(arena, length)
            return true
          }
        }
      })
      socket.once("error", reject)
      socket.once("connect", () => {
        client = new RawClient(socket)
        resolve(client)
      })
    })
  }

  /** Answers have no length of their own but are always so long: for the floor. */
  answersOf(bytes: number): this {
    this.fixedBytes = bytes
    return this
  }

  private take(chunk: Buffer, length: number): void {
    let at = 0
    while (at < length) {
      if (!this.isInBody && this.fixedBytes > 0) {
        this.need = this.fixedBytes
        this.isInBody = true
      }
      if (!this.isInBody) {
        this.head[this.headFilled++] = chunk[at++]!
        if (this.headFilled < 4) continue
        this.headFilled = 0
        this.need = this.head.readInt32BE(0)
        this.bodyBytes = this.need
        this.isInBody = true
        if (this.answered !== undefined) this.body = Buffer.alloc(this.need)
      }
      const count = Math.min(length - at, this.need)
      this.body?.set(chunk.subarray(at, at + count), this.body.length - this.need)
      this.need -= count
      at += count
      if (this.need === 0) this.end()
    }
  }

  private end(): void {
    this.isInBody = false
    const { answered, body } = this
    if (answered !== undefined) {
      this.answered = undefined
      this.body = undefined
      answered(body!)
    } else {
      this.onAnswer?.(this.bodyBytes)
    }
  }

  /** Sends one frame and gives the body of its answer. */
  request(frame: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.answered = resolve
      this.onGone = reject
      this.socket.write(frame)
    })
  }

  /** Sends one frame and gives the size of its answer, which is thrown away. */
  ask(frame: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      this.onAnswer = resolve
      this.onGone = reject
      this.socket.write(frame)
    })
  }

  /** Sends `count` frames, at most `inFlight` unanswered; ends when all are answered. */
  run(count: number, inFlight: number, frame: (index: number) => Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.onGone = reject
      let sent = 0
      let done = 0
      const send = (): void => {
        while (sent < count && sent - done < inFlight) this.socket.write(frame(sent++))
      }
      this.onAnswer = () => {
        done++
        if (done === count) resolve()
        else send()
      }
      send()
    })
  }

  close(): void {
    this.socket.destroy()
  }
}
