// What receiving and sending frames costs, against the floor of bare node:net in the same run: CPU
// seconds per GB of the one process that is measured; its peer, this process, is bare in all rows.
// "bare" receiving keeps nothing of what it reads, so it is a floor that no frame can reach; "data"
// is what a listener for 'data' events costs, which keeps nothing either.
import * as Effect from "effect/Effect"
import { fork } from "node:child_process"
import * as Net from "node:net"
import * as NodeTransport from "../../../src/layers/transport/NodeTransport.ts"
import { type Connection, Transport } from "../../../src/layers/transport/Transport.ts"
import { median, parameter, table } from "../../Bench.ts"

const TOTAL_BYTES = parameter("TOTAL_MB", 4, 2_000) * 1e6
const ROUNDS = parameter("ROUNDS", 1, 3)
const SUBJECTS = [
  "receive bare",
  "receive data",
  "receive",
  "receive recycled",
  "send bare",
  "send"
] as const
type Subject = typeof SUBJECTS[number]

interface Task {
  readonly subject: Subject
  readonly frameBytes: number
  readonly count: number
}

const frameOf = (bytes: number): Buffer => {
  const frame = Buffer.alloc(4 + bytes, 1)
  frame.writeInt32BE(bytes)
  return frame
}

const sendAll = (socket: Net.Socket, { frameBytes, count }: Task): void => {
  const frame = frameOf(frameBytes)
  let sent = 0
  const go = () => {
    while (sent < count) {
      sent += 1
      if (!socket.write(frame)) return void socket.once("drain", go)
    }
  }
  go()
}

/** Reads all there is to come into one buffer; then answers with a frame. */
const receiveAll = (task: Task, done: () => void): Net.OnReadOpts => {
  let missing = task.count * (4 + task.frameBytes)
  return {
    buffer: Buffer.alloc(128 * 1024),
    callback: (bytes) => {
      missing -= bytes
      if (missing === 0) done()
      return true
    }
  }
}

// ---- the measured process -----------------------------------------------------------------------

const told = (port: number): void => void process.send?.({ port })

let cpuAtStart = process.cpuUsage()
const begin = (): void => {
  cpuAtStart = process.cpuUsage()
}
const end = (): void => {
  const { user, system } = process.cpuUsage(cpuAtStart)
  process.send?.({ cpuS: (user + system) / 1e6 }, () => process.exit(0))
}

const session = Effect.fnUntraced(function*(task: Task, connection: Connection) {
  begin()
  if (task.subject === "send") {
    const frame = frameOf(task.frameBytes)
    const chunks = [frame.subarray(0, 4), frame.subarray(4)]
    for (let sent = 0; sent < task.count; sent++) yield* connection.write(chunks)
    yield* connection.take
  } else {
    for (let received = 0; received < task.count;) {
      const frames = yield* connection.take
      received += frames.length
      if (task.subject === "receive recycled") frames.forEach(connection.recycle, connection)
    }
  }
  end()
})

const measured = Effect.fnUntraced(function*(task: Task) {
  const transport = yield* Transport
  const options = {
    host: "127.0.0.1",
    port: 0,
    frameBytesMax: 104_857_600,
    receiveBytesMax: 4_194_304,
    idleMs: 600_000,
    handshakeMs: 10_000,
    connectionsMax: 10
  }
  const listener = yield* transport.listen(
    options,
    (connection) => Effect.orDie(session(task, connection))
  )
  told(listener.address.port)
  return yield* Effect.never
})

const bare = (task: Task): void => {
  const server = Net.createServer(
    { pauseOnConnect: task.subject === "receive bare" },
    (accepted) => {
      begin()
      if (task.subject === "send bare") {
        sendAll(accepted, task)
        accepted.once("data", end)
        return
      }
      const onread = receiveAll(task, end)
      if (task.subject === "receive data") {
        accepted.on("data", (chunk) => onread.callback(chunk.length, chunk))
        return
      }
      const holder = accepted as unknown as { _handle: unknown }
      const options = { handle: holder._handle, onread }
      const socket = new Net.Socket(options as Net.SocketConstructorOpts)
      socket.on("error", () => {})
      holder._handle = null
    }
  )
  server.listen(0, "127.0.0.1", () => told((server.address() as Net.AddressInfo).port))
}

// ---- the peer, and the table ---------------------------------------------------------------------

const measure = (task: Task): Promise<number> =>
  new Promise((resolve, reject) => {
    const env = { ...process.env, BENCH_TASK: JSON.stringify(task) }
    const child = fork(import.meta.filename, { env })
    child.on("error", reject)
    child.on("message", (message: { readonly port: number } | { readonly cpuS: number }) => {
      if ("cpuS" in message) return resolve(message.cpuS)
      const onread = receiveAll(task, () => socket.write(frameOf(1)))
      const socket = Net.connect({ port: message.port, host: "127.0.0.1", onread })
      socket.on("error", () => {})
      if (task.subject.startsWith("receive")) sendAll(socket, task)
    })
  })

const given = process.env["BENCH_TASK"]
if (given === undefined) {
  const rows: Array<Record<string, string | number>> = []
  for (const subject of SUBJECTS) {
    const row: Record<string, string | number> = { "CPU s/GB": subject }
    for (const frameBytes of [65_536, 262_144, 1_048_576]) {
      const count = Math.ceil(TOTAL_BYTES / frameBytes)
      const samples: Array<number> = []
      for (let round = 0; round < ROUNDS; round++) {
        // One after the other: two at a time would share the processor.
        // oxlint-disable-next-line no-await-in-loop
        samples.push(await measure({ subject, frameBytes, count }))
      }
      row[`${frameBytes / 1024} KiB`] = median(samples) / (count * frameBytes / 1e9)
    }
    rows.push(row)
  }
  console.log(table(rows))
} else {
  const task = JSON.parse(given) as Task
  if (/bare|data/.test(task.subject)) bare(task)
  else Effect.runFork(Effect.scoped(measured(task)).pipe(Effect.provide(NodeTransport.layer)))
}
