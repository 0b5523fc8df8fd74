// The floor: the least program that moves the same bytes, bare node:net and node:fs, no protocol
// beyond a length, no Effect. Frames: int32 size, then a byte that says what is asked.
//   1 append: the rest goes to the end of the file; answered with 8 bytes
//   2 read: int32 length, int64 position; answered with int32 length and the bytes
//   3 read whole appends: the same, but only what was appended as a whole, at least one
//   4 commit: int32 ignored, int64 offset, written to a file beside it, and to the device where the
//     environment says DURABILITY=commit; answered with 8 bytes
// Run as a process of its own: `node bench/versus/floor.ts FILE`; prints its port.
import * as fs from "node:fs"
import * as net from "node:net"

const READ_BUFFER_BYTES = 256 * 1024
const file = fs.openSync(process.argv[2]!, "w+")
const commits = fs.openSync(`${process.argv[2]!}.commits`, "w+")
const isSynced = process.env["DURABILITY"] === "commit"
let end = 0
/** Where each append ends, for reads of whole ones; a reader goes forward, so that it is searched on. */
const ends: Array<number> = []
let searchedFrom = 0

const arena = Buffer.allocUnsafeSlow(READ_BUFFER_BYTES)

class Session {
  readonly socket: net.Socket
  private frame: Buffer | undefined
  private filled = 0
  private readonly head = Buffer.alloc(4)
  private headFilled = 0
  private readonly pool: Array<Buffer> = []

  constructor(handle: unknown) {
    this.socket = new net.Socket({
      handle,
      onread: { buffer: arena, callback: (length: number) => this.take(arena, length) }
    } as net.SocketConstructorOpts)
    this.socket.setNoDelay(true)
    this.socket.on("error", () => this.socket.destroy())
    this.socket.resume()
  }

  private take(chunk: Buffer, length: number): boolean {
    let at = 0
    while (at < length) {
      if (this.frame === undefined) {
        this.head[this.headFilled++] = chunk[at++]!
        if (this.headFilled < 4) continue
        const size = this.head.readInt32BE(0)
        this.headFilled = 0
        this.frame = this.pooled(size)
        this.filled = 0
      }
      const count = Math.min(length - at, this.frame.length - this.filled)
      chunk.copy(this.frame, this.filled, at, at + count)
      this.filled += count
      at += count
      if (this.filled === this.frame.length) {
        const frame = this.frame
        this.frame = undefined
        this.handle(frame)
      }
    }
    return true
  }

  private pooled(size: number): Buffer {
    const i = this.pool.findIndex((buffer) => buffer.length === size)
    return i < 0 ? Buffer.allocUnsafeSlow(size) : this.pool.splice(i, 1)[0]!
  }

  private handle(frame: Buffer): void {
    if (frame[0] === 1) {
      end += fs.writeSync(file, frame, 1, frame.length - 1, end)
      ends.push(end)
      this.pool.push(frame)
      this.socket.write(Buffer.alloc(8))
      return
    }
    const length = frame.readInt32BE(1)
    const position = Number(frame.readBigInt64BE(5))
    const kind = frame[0]
    this.pool.push(frame)
    if (kind === 4) this.commit(frame)
    else this.read(kind === 3 ? wholeBytes(position, length) : length, position, length)
  }

  private read(length: number, position: number, bytesMax: number): void {
    const target = this.pooled(bytesMax + 4)
    const count = length === 0 ? 0 : fs.readSync(file, target, 4, length, position)
    target.writeInt32BE(count, 0)
    this.socket.write(target.subarray(0, count + 4), () => this.pool.push(target))
  }

  private commit(frame: Buffer): void {
    fs.writeSync(commits, frame, 5, 8, 0)
    if (!isSynced) this.socket.write(Buffer.alloc(8))
    else fs.fdatasync(commits, () => this.socket.write(Buffer.alloc(8)))
  }
}

/** Of the appends from a position on that fit. */
const wholeBytes = (position: number, length: number): number => {
  if (searchedFrom > 0 && ends[searchedFrom - 1]! > position) searchedFrom = 0
  while (searchedFrom < ends.length && ends[searchedFrom]! <= position) searchedFrom++
  let i = searchedFrom
  while (i < ends.length && ends[i]! - position <= length) i++
  return i === searchedFrom ? 0 : ends[i - 1]! - position
}

const sessions = new Set<Session>()
const server = net.createServer({ pauseOnConnect: true }, (socket) => {
  const { _handle: handle } = socket as unknown as { _handle: unknown }
  sessions.add(new Session(handle))
})
server.listen(0, "127.0.0.1", () => {
  console.log((server.address() as net.AddressInfo).port)
})
