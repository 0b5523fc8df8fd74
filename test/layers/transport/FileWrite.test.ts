// Bytes of a file that go to a socket without being read arrive whole, in order and once, whatever the
// other side and the kernel do: with sendfile itself where koffi is installed, and with a stand-in that
// takes as little as it likes.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as Net from "node:net"
import * as os from "node:os"
import * as path from "node:path"
import type { DiskFile } from "../../../src/layers/disk/Disk.ts"
import { Disk } from "../../../src/layers/disk/Disk.ts"
import { FileBytes } from "../../../src/layers/disk/FileBytes.ts"
import * as NodeDisk from "../../../src/layers/disk/NodeDisk.ts"
import { FileSend, type FileSender, FileSendError } from "../../../src/layers/transport/FileSend.ts"
import * as NodeTransport from "../../../src/layers/transport/NodeTransport.ts"
import * as Sendfile from "../../../src/layers/transport/Sendfile.ts"
import { type Connection, Transport } from "../../../src/layers/transport/Transport.ts"
import { LIMITS, listen } from "./TransportSuite.ts"

const SIZE = 12 << 20
const content = Buffer.alloc(SIZE)
for (let at = 0; at < SIZE; at += 4) content.writeUInt32LE((at * 2654435761) >>> 0, at)

/** Writes to the descriptor as the kernel would, at most so many bytes a call. */
const standIn = (bytesMax: number): FileSender => {
  const send = (socket: number, bytes: Uint8Array): number => {
    try {
      return fs.writeSync(socket, bytes.subarray(0, bytesMax))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === "EAGAIN") return 0
      throw new FileSendError("send", code!)
    }
  }
  return {
    bytesMin: 1,
    send,
    sendFile: (socket, file, position, length) => {
      const piece = Buffer.alloc(Math.min(bytesMax, length))
      const count = fs.readSync(file, piece, 0, piece.length, position)
      if (count === 0) throw new FileSendError("sendfile", "EOF")
      return send(socket, piece.subarray(0, count))
    }
  }
}

const refusing = (code: string): FileSender => ({
  bytesMin: 1,
  send: standIn(1 << 20).send,
  sendFile: () => {
    throw new FileSendError("sendfile", code)
  }
})

/** Waits until the descriptor is closed, or stands for another file. */
const gone = (descriptor: number, { dev, ino }: fs.Stats): Effect.Effect<void> =>
  Effect.gen(function*() {
    for (;;) {
      try {
        const now = fs.fstatSync(descriptor)
        if (now.ino !== ino || now.dev !== dev) return
      } catch {
        return
      }
      yield* Effect.sleep(5)
    }
  })

/** Notes how often a socket had no room for all that was given. */
const counting = (sender: FileSender, counts: { short: number }): FileSender => ({
  ...sender,
  sendFile: (socket, file, position, length) => {
    const count = sender.sendFile(socket, file, position, length)
    if (count < length) counts.short++
    return count
  }
})

const scratch = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "mymq-send-"))),
  (directory) => Effect.sync(() => fs.rmSync(directory, { recursive: true, force: true }))
)

const opened = Effect.gen(function*() {
  const disk = yield* Disk
  const name = `${yield* scratch}/f`
  fs.writeFileSync(name, content)
  return yield* disk.open(name, { create: false })
}).pipe(Effect.provide(NodeDisk.layer))

const part = (file: DiskFile, position: number, length: number): FileBytes =>
  new FileBytes(file.holdUnsafe()!, position, length, () => {})

/** A client that reads nothing before it is told to. */
const dialled = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<Net.Socket>((resume) => {
      const socket = Net.connect({ port, host: "127.0.0.1" }, () => {
        resume(Effect.succeed(socket))
      })
      socket.pause()
      socket.on("error", () => {})
    }),
    (socket) => Effect.sync(() => socket.destroy())
  )

const received = (socket: Net.Socket) =>
  Effect.callback<Buffer>((resume) => {
    const chunks: Array<Buffer> = []
    socket.on("data", (chunk) => chunks.push(chunk))
    socket.on("close", () => resume(Effect.succeed(Buffer.concat(chunks))))
    socket.resume()
  })

const transportWith = (sender: FileSender | undefined) =>
  NodeTransport.layer.pipe(Layer.provide(Layer.succeed(FileSend, sender)))

/** One session on a transport with that sender, and the client that dialled it. */
const session = Effect.fnUntraced(
  function*<A, E>(
    sender: FileSender | undefined,
    serve: (connection: Connection) => Effect.Effect<
      A,
      E
    >
  ) {
    const done = yield* Deferred.make<A, E>()
    const { address } = yield* listen({}, (connection) => Deferred.into(serve(connection), done))
      .pipe(
        Effect.provide(transportWith(sender))
      )
    return { client: yield* dialled(address.port), done: Deferred.await(done) }
  }
)

const head = Buffer.from("head")
const tail = Buffer.from("tail")
const native = await Effect.runPromise(Sendfile.make(1))
const senders: ReadonlyArray<readonly [string, FileSender | undefined]> = [
  ["sendfile", native],
  ["a kernel that takes 1000 bytes at a time", standIn(1000)],
  ["a kernel that takes what it can", standIn(1 << 24)]
]

for (const [name, sender] of senders) {
  describe.skipIf(process.platform !== "linux" || sender === undefined)(`with ${name}`, () => {
    it.live("a reader that is slow gets every byte, once and in order", () =>
      Effect.gen(function*() {
        const file = yield* opened
        const counts = { short: 0 }
        const { client, done } = yield* session(
          counting(sender!, counts),
          (connection) =>
            Effect.gen(function*() {
              assert.isDefined(connection.fileBytesMin)
              const chunks = [head, part(file, 7, SIZE - 7), tail, part(file, 0, 100_000), tail]
              // Others stand behind it, plain ones too, and the end of the connection.
              yield* Effect.forkChild(connection.write(chunks), { startImmediately: true })
              yield* Effect.forkChild(connection.write([head]), { startImmediately: true })
              yield* Effect.forkChild(connection.write([part(file, 5, 10), tail]), {
                startImmediately: true
              })
              yield* connection.close
            })
        )
        const bytes = yield* received(client)
        const first = content.subarray(0, 100_000)
        const last = content.subarray(5, 15)
        const expected = [head, content.subarray(7), tail, first, tail, head, last, tail]
        assert.isTrue(bytes.equals(Buffer.concat(expected)))
        assert.isAbove(counts.short, 0)
        yield* done
      }))

    it.live("a reader that leaves in the middle ends the write, and the file can be closed", () =>
      Effect.gen(function*() {
        const file = yield* opened
        const bytes = part(file, 0, SIZE)
        const { client, done } = yield* session(
          sender,
          (connection) =>
            Effect.flatMap(
              Effect.exit(connection.write([head, bytes])),
              (exit) => Effect.as(Effect.sync(bytes.file.release), exit)
            )
        )
        client.once("data", () => client.destroy())
        client.resume()
        const exit = yield* done
        assert.isTrue(Exit.isFailure(exit))
        yield* file.close
        assert.throws(() => fs.fstatSync(bytes.file.descriptor), /EBADF/)
      }))

    it.live("a file that is removed and closed meanwhile is still sent whole", () =>
      Effect.gen(function*() {
        const file = yield* opened
        const bytes = part(file, 0, SIZE)
        const before = fs.fstatSync(bytes.file.descriptor)
        const { client, done } = yield* session(sender, (connection) =>
          Effect.gen(function*() {
            const writing = yield* Effect.forkChild(connection.write([head, bytes]), {
              startImmediately: true
            })
            fs.rmSync(file.path)
            yield* file.close
            yield* Effect.ensuring(Fiber.join(writing), Effect.sync(bytes.file.release))
          }))
        const got = yield* received(client)
        assert.isTrue(got.equals(Buffer.concat([head, content])))
        yield* done
        yield* gone(bytes.file.descriptor, before)
      }))

    it.live("a file that ends before what was promised ends the connection", () =>
      Effect.gen(function*() {
        const file = yield* opened
        const { client, done } = yield* session(
          sender,
          (connection) => Effect.exit(connection.write([head, part(file, SIZE - 100, 200), tail]))
        )
        const got = yield* received(client)
        assert.isTrue(Exit.isFailure(yield* done))
        assert.isAtMost(got.length, head.length + 100)
      }))
  })
}

describe.skipIf(process.platform !== "linux")("a kernel that refuses", () => {
  it.live("is not asked again, and the bytes are read and written", () =>
    Effect.gen(function*() {
      const file = yield* opened
      const { client, done } = yield* session(refusing("EINVAL"), (connection) =>
        Effect.as(
          connection.write([head, part(file, 0, 300_000), tail]),
          connection
        ))
      const got = yield* received(client)
      assert.isTrue(got.equals(Buffer.concat([head, content.subarray(0, 300_000), tail])))
      assert.isUndefined((yield* done).fileBytesMin)
    }))

  it.live("because the connection is broken ends it", () =>
    Effect.gen(function*() {
      const file = yield* opened
      const { client, done } = yield* session(refusing("EPIPE"), (connection) =>
        Effect.flip(connection.write([head, part(file, 0, 300_000)])))
      yield* received(client)
      assert.strictEqual((yield* done).reason, "closed")
    }))
})

describe("with TLS", () => {
  it.live("a connection takes no bytes of files, for the kernel would send them in the clear", () =>
    Effect.gen(function*() {
      const pem = (name: string): string =>
        fs.readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8")
      const [ca, cert, key] = [pem("ca.pem"), pem("server.pem"), pem("server.key")]
      const served = yield* Deferred.make<number | undefined>()
      const { address } = yield* listen(
        { tls: { cert, key, ca } },
        (connection) => Effect.asVoid(Deferred.succeed(served, connection.fileBytesMin))
      )
      const client = yield* Transport.use((transport) =>
        transport.connect({ ...LIMITS, ...address, tls: { ca }, timeoutMs: 5_000 })
      )
      assert.isUndefined(yield* Deferred.await(served))
      assert.isUndefined(client.fileBytesMin)
    }).pipe(Effect.provide(transportWith(standIn(1000)))))
})

describe("without a sender", () => {
  it.live("a connection takes no bytes of files", () =>
    Effect.gen(function*() {
      const { done } = yield* session(undefined, (connection) =>
        Effect.succeed(connection.fileBytesMin))
      assert.isUndefined(yield* done)
    }))
})
