// Frames that no client should send, many of them, on many connections at once, while another connection
// is served all the time: the broker neither dies, nor grows, nor leaks a descriptor, and says once of each
// request that it cannot read why.
import * as fs from "node:fs"
import * as net from "node:net"
import * as path from "node:path"
import * as zlib from "node:zlib"
import * as KafkaFrames from "../../bench/versus/KafkaFrames.ts"
import { CreateTopics } from "../../src/domain/protocol/CreateTopics.ts"
import { RecordBatchBuilder } from "../../src/domain/record/RecordBatchBuilder.ts"
import * as GoldenFile from "../golden/GoldenFile.ts"
import { BrokerProcess } from "../interop/BrokerProcess.ts"
import { random } from "./Random.ts"

/** Many times what an idle broker takes, and far below what one bomb would make of it. */
export const RESIDENT_MEGABYTES_MAX = 600
const CONNECTIONS = 16
const FRAMES_PER_CONNECTION = 20
const TOPIC = "fuzz"
const GZIP_TOPIC = "bombs"

export interface FuzzResult {
  readonly frames: number
  /** Requests of the other connection that were answered rightly meanwhile. */
  readonly served: number
  readonly residentMegabytesMax: number
  readonly descriptorsBefore: number
  readonly descriptorsAfter: number
  readonly isAlive: boolean
  readonly malformedSent: number
  readonly malformedLogged: number
}

export const run = async (frames: number, seed: number): Promise<FuzzResult> => {
  const broker = await BrokerProcess.start({ "num.partitions": "1" })
  try {
    const port = Number(broker.address().split(":")[1])
    const seeds = await seedFrames(port)
    const descriptorsBefore = descriptors(broker.pid)
    const bystander = serve(port)
    const counted = await countMalformed(broker, port)
    const next = random(seed)
    let sent = 0
    while (sent < frames && broker.isRunning) {
      const count = Math.min(frames - sent, CONNECTIONS * FRAMES_PER_CONNECTION)
      await attack(port, seeds, count, next)
      sent += count
    }
    const served = await bystander.stop()
    await settle(broker.pid, descriptorsBefore)
    return {
      frames: sent,
      served,
      residentMegabytesMax: peakMegabytes(broker.pid),
      descriptorsBefore,
      descriptorsAfter: descriptors(broker.pid),
      isAlive: broker.isRunning,
      ...counted
    }
  } finally {
    await broker.dispose()
  }
}

/** What is mutated: requests that real clients made, and some of ours that are heavier. */
const seedFrames = async (port: number): Promise<ReadonlyArray<Buffer>> => {
  const golden = GoldenFile.list()
    .filter(({ direction }) => direction === "request")
    .map(({ path }) => framed(GoldenFile.read(path).bytes))
  const create = KafkaFrames.request(CreateTopics, 7, {
    topics: [{
      name: GZIP_TOPIC,
      numPartitions: 1,
      replicationFactor: 1,
      assignments: [],
      configs: [{ name: "compression.type", value: "gzip" }]
    }],
    timeoutMs: 5000,
    validateOnly: false
  })
  await exchange(port, create)
  await exchange(port, KafkaFrames.metadata(TOPIC))
  return [...golden, KafkaFrames.produce(TOPIC, 0, batch(), 1), ...bombs()]
}

const framed = (bytes: Uint8Array): Buffer => {
  const frame = Buffer.alloc(4 + bytes.length)
  frame.writeInt32BE(bytes.length, 0)
  frame.set(bytes, 4)
  return frame
}

const batch = (): Buffer => {
  const builder = new RecordBatchBuilder({ bytesMax: 4096 })
  builder.append(Date.now(), Buffer.from("key"), Buffer.alloc(300, "v"))
  return builder.seal({})
}

/** Small batches whose records would fill the memory, for a topic whose batches must be opened. */
const bombs = (): ReadonlyArray<Buffer> => {
  const zeros = Buffer.alloc(400_000_000)
  const gzip = zlib.gzipSync(zeros)
  const builder = new RecordBatchBuilder({ bytesMax: 4096 })
  builder.append(Date.now(), null, Buffer.from("x"))
  // zstd: 3,000 blocks of one repeated byte, 128 KB each, in 12 KB.
  const blocks = Array.from({ length: 3000 }, (_, i) => {
    const block = Buffer.alloc(4)
    block.writeUIntLE((131072 << 3) | (1 << 1) | (i === 2999 ? 1 : 0), 0, 3)
    return block
  })
  const zstd = Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]), ...blocks])
  return [builder.sealCompressed(1, gzip, {}), builder.sealCompressed(4, zstd, {})]
    .map((bomb) => KafkaFrames.produce(GZIP_TOPIC, 0, bomb, 1))
}

type Next = () => number

const mutate = (seed: Buffer, next: Next): Buffer => {
  const frame = Buffer.from(seed)
  const pick = (length: number) => Math.floor(next() * length)
  switch (pick(9)) {
    case 0: // as it is
      return frame
    case 1: // one byte
      frame[4 + pick(frame.length - 4)] = pick(256)
      return frame
    case 2: { // a few bytes
      for (let i = 0; i < 8; i++) frame[4 + pick(frame.length - 4)] = pick(256)
      return frame
    }
    case 3: { // a huge count or length somewhere
      if (frame.length > 12) {
        frame.writeInt32BE([0x7fffffff, -2, 1e6, 0x00ffffff][pick(4)]!, 8 + pick(frame.length - 12))
      }
      return frame
    }
    case 4: // cut off, and said so
      return framed(frame.subarray(4, 4 + pick(frame.length - 4)))
    case 5: { // the frame lies about its length
      frame.writeInt32BE([-1, 0, 0x7fffffff, frame.length * 2, pick(frame.length)][pick(5)]!, 0)
      return frame
    }
    case 6: { // garbage of any length
      const garbage = Buffer.alloc(4 + pick(2000))
      for (let i = 4; i < garbage.length; i++) garbage[i] = pick(256)
      garbage.writeInt32BE(garbage.length - 4, 0)
      return garbage
    }
    case 7: // another version
      frame.writeInt16BE(pick(40) - 5, 6)
      return frame
    default: { // a piece twice
      const at = 4 + pick(frame.length - 4)
      return framed(Buffer.concat([frame.subarray(4, at), frame.subarray(at >> 1)]))
    }
  }
}

/** One wave: connections that each send their frames, some a byte at a time, and then leave. */
const attack = async (
  port: number,
  seeds: ReadonlyArray<Buffer>,
  count: number,
  next: Next
): Promise<void> => {
  const each = Math.ceil(count / CONNECTIONS)
  const plans = Array.from({ length: CONNECTIONS }, () =>
    Array.from({ length: each }, () => {
      const isBomb = next() < 0.002
      const index = isBomb
        ? seeds.length - 1 - Math.floor(next() * 2)
        : Math.floor(next() * (seeds.length - 2))
      return { frame: isBomb ? seeds[index]! : mutate(seeds[index]!, next), isSlow: next() < 0.01 }
    }))
  await Promise.all(plans.map((plan) => assault(port, plan)))
}

const assault = async (
  port: number,
  plan: ReadonlyArray<{ readonly frame: Buffer; readonly isSlow: boolean }>
): Promise<void> => {
  let socket: net.Socket | undefined
  for (const { frame, isSlow } of plan) {
    if (socket === undefined || socket.destroyed || !socket.writable) socket = await connect(port)
    if (isSlow) {
      for (const byte of frame.subarray(0, 200)) {
        socket.write(Buffer.from([byte]))
        await new Promise((resolve) => setImmediate(resolve))
      }
    } else {
      socket.write(frame)
    }
    if (frame.length > 10_000) await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await new Promise((resolve) => setTimeout(resolve, 10))
  socket?.destroy()
}

const connect = (port: number): Promise<net.Socket> =>
  new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1", () => resolve(socket))
    socket.on("error", () => socket.destroy())
    socket.on("data", () => {})
  })

/** Sends one frame on a connection of its own and gives the answer's body. */
const exchange = (port: number, frame: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => socket.write(frame))
    let received = Buffer.alloc(0)
    socket.on("error", reject)
    socket.on("close", () => reject(new Error("the connection was closed without an answer")))
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk])
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return
      socket.removeAllListeners("close")
      socket.destroy()
      resolve(received.subarray(4))
    })
  })

/** The other connection: produces and fetches, and looks at what comes back, until it is stopped. */
const serve = (port: number): { readonly stop: () => Promise<number> } => {
  let isStopped = false
  const done = (async () => {
    let served = 0
    while (!isStopped) {
      const produced = await exchange(port, KafkaFrames.produce("bystander", 0, batch(), -1))
        .catch(() => exchange(port, KafkaFrames.metadata("bystander")))
      const fetched = await exchange(port, KafkaFrames.fetch("bystander", 0, 0, 1 << 20))
      if (produced.readInt32BE(0) === 1 && fetched.length > 300) served++
      else await exchange(port, KafkaFrames.metadata("bystander"))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return served
  })()
  return {
    stop: () => {
      isStopped = true
      return done
    }
  }
}

/** Requests that are known to be malformed, each on a connection of its own: each is logged once. */
const countMalformed = async (broker: BrokerProcess, port: number) => {
  const bad = [
    framed(Buffer.alloc(3)),
    framed(Buffer.from("00120063000000010000", "hex").fill(0xff, 0, 2)),
    framed(Buffer.from("00030001000000010001787fffffff", "hex")),
    Buffer.from([0x7f, 0xff, 0xff, 0xff, 0]),
    Buffer.from("GET / HTTP/1.1\r\n\r\n"),
    framed(Buffer.from("000000630000000100016d", "hex"))
  ]
  const before = closings(broker)
  for (const frame of bad) {
    await exchange(port, frame).catch(() => undefined)
  }
  await new Promise((resolve) => setTimeout(resolve, 200))
  return { malformedSent: bad.length, malformedLogged: closings(broker) - before }
}

const closings = (broker: BrokerProcess): number => broker.log.match(/closing 127/g)?.length ?? 0

/** What is open but a log that is there: mutated requests of groups may well make some of these. */
const descriptors = (pid: number): number => {
  const folder = path.join("/proc", `${pid}`, "fd")
  return fs.readdirSync(folder).filter((name) => {
    try {
      return !fs.readlinkSync(path.join(folder, name)).endsWith(".log")
    } catch {
      return false // Closed meanwhile.
    }
  }).length
}

const peakMegabytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))![1]) * 1024 / 1e6

/** Waits until the sockets of the attack are closed, or for ten seconds. */
const settle = async (pid: number, wanted: number): Promise<void> => {
  for (let i = 0; i < 100 && descriptors(pid) > wanted + 4; i++) {
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** Whether the broker came through unharmed. */
export const isRight = (result: FuzzResult): boolean =>
  result.isAlive && result.served > 0 &&
  result.residentMegabytesMax < RESIDENT_MEGABYTES_MAX &&
  result.descriptorsAfter <= result.descriptorsBefore + 8 &&
  result.malformedLogged === result.malformedSent
