// The transport over real sockets keeps the contract. What needs certificates is in Tls.test.ts.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Net from "node:net"
import * as NodeTransport from "../../../src/layers/transport/NodeTransport.ts"
import { Transport } from "../../../src/layers/transport/Transport.ts"
import {
  ask,
  connect,
  echo,
  failed,
  framed,
  LIMITS,
  listen,
  suite,
  takeCount,
  turn
} from "./TransportSuite.ts"

const rawConnect = (port: number) =>
  Effect.acquireRelease(
    Effect.callback<Net.Socket>((resume) => {
      const socket = Net.connect({ port, host: "127.0.0.1", allowHalfOpen: true }, () =>
        resume(Effect.succeed(socket)))
      socket.on("error", () => {})
    }),
    (socket) =>
      Effect.sync(() => socket.destroy())
  )

describe("NodeTransport", () => {
  suite(NodeTransport.layer)

  it.live("receives into memory that was given back, without mixing frames up", () =>
    Effect.gen(function*() {
      const { address } = yield* listen({}, (server) =>
        Effect.forever(Effect.gen(function*() {
          for (const frame of yield* server.take) {
            yield* server.write(framed(frame))
            server.recycle(frame)
            server.recycle(frame)
          }
        })))
      const clients = yield* Effect.all([connect(address), connect(address)])
      yield* Effect.forEach(
        clients,
        (client, index) =>
          Effect.forEach(
            [40_000, 100_000, 1_100_000, 3_000_000, 40_001, 5],
            (size) =>
              Effect.gen(function*() {
                const body = Buffer.alloc(size, size + index)
                yield* Effect.forkChild(client.write(framed(body)))
                const [frame] = yield* takeCount(client, 1)
                assert.isTrue(frame!.equals(body))
                client.recycle(frame!)
              })
          ),
        { concurrency: 2 }
      )
    }).pipe(Effect.provide(NodeTransport.layer)))

  it.live("reads by events where no buffer can be handed to the socket", () =>
    Effect.gen(function*() {
      const platform = Object.getOwnPropertyDescriptor(process, "platform")!
      yield* Effect.acquireRelease(
        Effect.sync(() => Object.defineProperty(process, "platform", { value: "win32" })),
        () => Effect.sync(() => Object.defineProperty(process, "platform", platform))
      )
      const { address } = yield* listen({ receiveBytesMax: 1_000 }, echo)
      const client = yield* connect(address)
      const bodies = Array.from({ length: 50 }, (_, index) => Buffer.alloc(20_000, index))
      yield* Effect.forkChild(client.write(bodies.flatMap(framed)))
      const frames = yield* takeCount(client, 50)
      assert.isTrue(frames.every((frame, index) => frame.equals(bodies[index]!)))
      yield* client.close
    }).pipe(Effect.provide(NodeTransport.layer)))

  it.live("a close with bytes unread does not cut the answer that is still on its way", () =>
    Effect.gen(function*() {
      const state = { ended: false }
      const { address } = yield* listen(
        { receiveBytesMax: 1_000 },
        (server) =>
          Effect.gen(function*() {
            yield* server.take
            yield* server.write(framed(Buffer.alloc(300_000, "answer")))
            state.ended = true
          })
      )
      const client = yield* rawConnect(address.port)
      for (let index = 0; index < 20; index++) {
        for (const chunk of framed(Buffer.alloc(60_000))) client.write(chunk)
      }
      // Nothing is read until the session is over, or the kernel holds no more of the answer.
      for (let turns = 0; !state.ended && turns < 1_000; turns++) yield* turn
      yield* turn
      const answer = yield* Effect.callback<number>((resume) => {
        let bytes = 0
        client.on("data", (chunk) => {
          bytes += chunk.length
        })
        client.on("close", () => resume(Effect.succeed(bytes)))
        client.on("end", () => resume(Effect.succeed(bytes)))
      })
      assert.strictEqual(answer, 300_004)
    }).pipe(Effect.provide(NodeTransport.layer)))

  it.live("answers a client that has already shut down its sending half", () =>
    Effect.gen(function*() {
      const { address } = yield* listen({}, (server) =>
        Effect.gen(function*() {
          const [frame] = yield* server.take
          yield* failed(server.take)
          yield* turn
          yield* server.write(framed(frame!))
        }))
      const client = yield* rawConnect(address.port)
      const answer = yield* Effect.callback<Buffer>((resume) => {
        const chunks: Array<Buffer> = []
        client.on("data", (chunk) => chunks.push(chunk))
        client.on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
        client.end(Buffer.concat(framed(Buffer.from("half"))))
      })
      assert.strictEqual(answer.toString("hex"), "0000000468616c66")
    }).pipe(Effect.provide(NodeTransport.layer)))

  it.live("a reset is the end, with its reason", () =>
    Effect.gen(function*() {
      const seen = yield* Deferred.make<string>()
      const started = yield* Deferred.make<void>()
      const { address } = yield* listen({}, (server) =>
        Effect.gen(function*() {
          yield* server.take
          yield* Deferred.succeed(started, undefined)
          yield* Deferred.succeed(seen, (yield* failed(server.take)).message)
        }))
      const client = yield* rawConnect(address.port)
      client.write(Buffer.concat(framed(Buffer.from("x"))))
      yield* Deferred.await(started)
      client.resetAndDestroy()
      assert.strictEqual(
        yield* Deferred.await(seen),
        "closed: the other side cut the connection (ECONNRESET)"
      )
    }).pipe(Effect.provide(NodeTransport.layer)))

  it.live("says where the client is and what it dialled, IPv4 plain on a dual-stack listener", () =>
    Effect.gen(function*() {
      const seen = yield* Deferred.make<ReadonlyArray<string>>()
      const { address } = yield* listen(
        { host: "" },
        (server) =>
          Deferred.succeed(seen, [server.remote.host, server.local.host, `${server.local.port}`])
      )
      yield* connect({ host: "127.0.0.1", port: address.port })
      assert.deepStrictEqual(yield* Deferred.await(seen), [
        "127.0.0.1",
        "127.0.0.1",
        `${address.port}`
      ])
    }).pipe(Effect.provide(NodeTransport.layer)))

  it.live("dials by name, whichever address family answers", () =>
    Effect.gen(function*() {
      const { address } = yield* listen({}, echo)
      const client = yield* connect({ host: "localhost", port: address.port })
      assert.strictEqual(yield* ask(client, "hello"), "hello")
    }).pipe(Effect.provide(NodeTransport.layer)))

  it.live("gives up on a handshake that does not come", () =>
    Effect.gen(function*() {
      const { address } = yield* listen({}, () => Effect.never)
      const transport = yield* Transport
      const error = yield* failed(transport.connect({
        ...LIMITS,
        ...address,
        tls: {},
        timeoutMs: 20
      }))
      assert.strictEqual(error.reason, "timeout")
      assert.include(error.detail, `127.0.0.1:${address.port} did not answer within 20 ms`)
    }).pipe(Effect.provide(NodeTransport.layer)))
})
