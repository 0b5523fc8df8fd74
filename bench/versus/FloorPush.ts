// The floor of pushing: record batches encoded by the tightest loop into a few frames in turn, sent over bare
// node:net, at most so many unanswered; an answer runs the callbacks of its batch, one for each record.
// A frame is what floor.ts takes: int32 size, kind 1, int32 bytes that follow, int32 records, the records.
// The checksum that every batch has is computed, by the same code as ours, and nobody looks at it;
// CHECKSUM=0 leaves it out.
import * as net from "node:net"
import { crc32c } from "../../src/domain/record/Crc32c.ts"
import { putVarint, varintBytes } from "../../src/domain/record/Varint.ts"
import * as Load from "./HeadlineLoad.ts"

const ANSWER_BYTES = 8
const HEAD_BYTES = 13
const RECORD_EXTRA_BYTES = 20

type Callback = (error: undefined, partition: number, offset: number, timestampMs: number) => void

interface Slot {
  readonly buffer: Buffer
  readonly callbacks: Array<Callback>
  baseOffset: number
  timestampMs: number
}

const values = Load.values()
const slots: ReadonlyArray<Slot> = Array.from({ length: Load.IN_FLIGHT }, () => ({
  buffer: Buffer.alloc(Load.BATCH_BYTES),
  callbacks: [],
  baseOffset: 0,
  timestampMs: 0
}))

const hasChecksum = process.env["CHECKSUM"] !== "0"
let checksum = 0

let called = 0
let wrong = 0
const callback: Callback = (_error, _partition, offset) => {
  if (offset !== called) wrong++
  called++
}

let made = 0
const encode = (slot: Slot, count: number): Buffer => {
  const { buffer, callbacks } = slot
  slot.baseOffset = made
  slot.timestampMs = Date.now()
  let at = HEAD_BYTES
  while (callbacks.length < count) {
    const value = values[made % values.length]!
    if (at + value.length + RECORD_EXTRA_BYTES > buffer.length) break
    const index = callbacks.length
    const body = 5 + varintBytes(index) + varintBytes(value.length) - 1 + value.length
    at = putVarint(buffer, at, body)
    buffer[at++] = 0
    buffer[at++] = 0
    at = putVarint(buffer, at, index)
    buffer[at++] = 1
    at = putVarint(buffer, at, value.length)
    buffer.set(value, at)
    at += value.length
    buffer[at++] = 0
    callbacks.push(callback)
    made++
  }
  buffer.writeInt32BE(at - 4, 0)
  buffer[4] = 1
  buffer.writeInt32BE(at - 9, 5)
  buffer.writeInt32BE(callbacks.length, 9)
  if (hasChecksum) checksum = crc32c(buffer, HEAD_BYTES, at)
  return buffer.subarray(0, at)
}

let until = 0
let sent = 0
let answered = 0
let answerBytes = 0
let onDone: () => void = () => {}

const send = (): void => {
  while (made < until && sent - answered < slots.length) {
    socket.write(encode(slots[sent++ % slots.length]!, until - made))
  }
  if (made === until && sent === answered) onDone()
}

const take = (length: number): boolean => {
  answerBytes += length
  while (answerBytes >= ANSWER_BYTES) {
    answerBytes -= ANSWER_BYTES
    const { baseOffset, callbacks, timestampMs } = slots[answered++ % slots.length]!
    for (let i = 0; i < callbacks.length; i++) {
      callbacks[i]!(undefined, 0, baseOffset + i, timestampMs)
    }
    callbacks.length = 0
  }
  send()
  return true
}

const socket = net.connect({
  host: "127.0.0.1",
  port: Load.port,
  noDelay: true,
  onread: { buffer: Buffer.alloc(4096), callback: take }
})
await new Promise((resolve) => socket.once("connect", resolve))

const run = (count: number): Promise<void> =>
  new Promise((resolve) => {
    until = made + count
    onDone = resolve
    send()
  })

await run(Load.WARM - Load.RUN_UP)
Load.rest()
await run(Load.RUN_UP)
const end = Load.measure()
await run(Load.RECORDS)
end()
if (hasChecksum && checksum === 0) throw new Error("there is no checksum")
if (called !== made || wrong > 0) throw new Error(`${called} callbacks of ${made}, ${wrong} wrong`)
socket.destroy()
