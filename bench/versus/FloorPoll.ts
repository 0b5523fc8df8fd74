// The floor of polling: whole batches read from floor.ts over bare node:net, the next ones asked for before
// these are looked at; records walked by their lengths, the value of each made as a view; and a commit that
// is waited for after as many records as a poll gives. Answers alternate between two pieces of memory.
import * as net from "node:net"
import * as Load from "./HeadlineLoad.ts"

const SLICE_BYTES = Math.max(256 * 1024, Load.BATCH_BYTES)
const COMMIT_BYTES = 8

const READ = 3
const COMMIT = 4

const request = (kind: number, length: number, position: number): Buffer => {
  const frame = Buffer.alloc(17)
  frame.writeInt32BE(13, 0)
  frame[4] = kind
  frame.writeInt32BE(length, 5)
  frame.writeBigInt64BE(BigInt(position), 9)
  return frame
}

/** What is awaited, in order: the bytes of a commit's answer, or a slice into one of two arenas. */
const awaited: Array<Buffer | undefined> = []
const arenas = [Buffer.allocUnsafeSlow(SLICE_BYTES + 4), Buffer.allocUnsafeSlow(SLICE_BYTES + 4)]
const small = Buffer.alloc(COMMIT_BYTES)
let filled = 0
let onSlice: ((slice: Buffer) => void) | undefined
let onCommit: (() => void) | undefined
let ready: Buffer | undefined

const need = (target: Buffer | undefined): number => {
  if (target === undefined) return COMMIT_BYTES
  return filled < 4 ? 4 : 4 + target.readInt32BE(0)
}

const take = (length: number): boolean => {
  let at = 0
  while (at < length) {
    const target = awaited[0]
    const count = Math.min(length - at, need(target) - filled)
    inbox.copy(target ?? small, filled, at, at + count)
    filled += count
    at += count
    if (filled < need(target)) continue
    awaited.shift()
    filled = 0
    if (target === undefined) onCommit!()
    else if (onSlice === undefined) ready = target.subarray(4, 4 + target.readInt32BE(0))
    else onSlice(target.subarray(4, 4 + target.readInt32BE(0)))
  }
  return true
}

const inbox = Buffer.allocUnsafeSlow(256 * 1024)
const socket = net.connect({
  host: "127.0.0.1",
  port: Load.port,
  noDelay: true,
  onread: { buffer: inbox, callback: take }
})
await new Promise((resolve) => socket.once("connect", resolve))

let reads = 0
const ask = (position: number): void => {
  awaited.push(arenas[reads++ % 2])
  socket.write(request(READ, SLICE_BYTES, position))
}

const slice = (): Promise<Buffer> =>
  new Promise((resolve) => {
    if (ready !== undefined) {
      resolve(ready)
      ready = undefined
      return
    }
    onSlice = (slice) => {
      onSlice = undefined
      resolve(slice)
    }
  })

const commit = (offset: number): Promise<void> =>
  new Promise((resolve) => {
    onCommit = resolve
    awaited.push(undefined)
    socket.write(request(COMMIT, 0, offset))
  })

let polled = 0
let bytes = 0
let uncommitted = 0

/** One varint; where the next byte lies is in `cursor`. */
let cursor = 0
const varint = (buffer: Buffer): number => {
  const first = buffer[cursor++]!
  if (first < 0x80) return (first >>> 1) ^ -(first & 1)
  let value = first & 0x7f
  for (let shift = 7;; shift += 7) {
    const byte = buffer[cursor++]!
    value |= (byte & 0x7f) << shift
    if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
  }
}

const read = async (until: number): Promise<void> => {
  while (polled < until) {
    const given = await slice()
    position += given.length
    ask(position)
    let at = 0
    while (at < given.length) {
      const count = given.readInt32BE(at + 4)
      cursor = at + 8
      at += 4 + given.readInt32BE(at)
      for (let i = 0; i < count; i++) {
        const length = varint(given)
        const end = cursor + length
        cursor += 2
        if (varint(given) !== i) throw new Error(`record ${polled} is not where it should be`)
        cursor++
        const valueBytes = varint(given)
        bytes += given.subarray(cursor, cursor + valueBytes).length
        cursor = end
        polled++
        if (++uncommitted === Load.POLL_RECORDS) {
          uncommitted = 0
          const place = cursor
          await commit(polled)
          cursor = place
        }
      }
    }
  }
}

let position = 0
ask(0)
await read(Load.WARM)
const end = Load.measure()
await read(Load.WARM + Load.RECORDS)
end()
if (bytes === 0) throw new Error("nothing was read")
socket.destroy()
