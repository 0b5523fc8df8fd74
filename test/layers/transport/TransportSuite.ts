// What every transport keeps to, run against each of them. Sockets are real in one of them, so tests
// run on the real clock; they wait for events, never for time.
import { assert, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Scope from "effect/Scope"
import {
  type Address,
  type Connection,
  type ListenOptions,
  Transport,
  type TransportError
} from "../../../src/layers/transport/Transport.ts"

export const LIMITS = { frameBytesMax: 104_857_600, receiveBytesMax: 1_048_576 }

export const LISTEN: ListenOptions = {
  ...LIMITS,
  host: "127.0.0.1",
  port: 0,
  idleMs: 0,
  handshakeMs: 5_000,
  connectionsMax: 100
}

export const framed = (body: Uint8Array): ReadonlyArray<Uint8Array> => {
  const size = Buffer.alloc(4)
  size.writeInt32BE(body.length)
  return [size, body]
}

/** The failure that is expected; a success is a defect of the test. */
export const failed = <A, R>(effect: Effect.Effect<A, TransportError, R>) =>
  Effect.matchEffect(effect, {
    onFailure: Effect.succeed,
    onSuccess: () => Effect.die(new Error("a failure was expected"))
  })

export const listen = (
  options: Partial<ListenOptions>,
  session: (connection: Connection) => Effect.Effect<void, TransportError>
) =>
  Transport.use((transport) =>
    transport.listen({ ...LISTEN, ...options }, (connection) => Effect.ignore(session(connection)))
  )

export const connect = (address: Address) =>
  Transport.use((transport) =>
    transport.connect({ ...LIMITS, host: address.host, port: address.port, timeoutMs: 5_000 })
  )

export const echo = (connection: Connection): Effect.Effect<void, TransportError> =>
  Effect.forever(Effect.flatMap(
    connection.take,
    (frames) => connection.write(frames.flatMap(framed))
  ))

/** Takes until `count` frames are there. */
export const takeCount = Effect.fnUntraced(function*(connection: Connection, count: number) {
  const frames: Array<Buffer> = []
  while (frames.length < count) frames.push(...yield* connection.take)
  assert.strictEqual(frames.length, count)
  return frames
})

export const ask = (connection: Connection, text: string) =>
  Effect.andThen(
    connection.write(framed(Buffer.from(text))),
    Effect.map(takeCount(connection, 1), (frames) => frames[0]!.toString())
  )

export const turn = Effect.callback<void>((resume) => {
  setImmediate(() => resume(Effect.void))
})

const texts = (frames: ReadonlyArray<Buffer>): ReadonlyArray<string> =>
  frames.map((frame) => frame.toString())

export const suite = (layer: Layer.Layer<Transport>): void => {
  const check = (
    name: string,
    body: () => Effect.Effect<void, TransportError, Transport | Scope.Scope>
  ) => it.live(name, () => Effect.provide(Effect.suspend(body), layer))

  check(
    "frames come back from an echo, empty and huge ones too",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({}, echo)
      const client = yield* connect(address)
      const huge = Buffer.alloc(12 * 1024 * 1024 + 7, "abcdefg")
      const bodies = [Buffer.from("one"), Buffer.alloc(0), huge, Buffer.from("last")]
      yield* Effect.forkChild(client.write(bodies.flatMap(framed)))
      const frames = yield* takeCount(client, 4)
      assert.isTrue(frames.every((frame, index) => frame.equals(bodies[index]!)))
      assert.strictEqual(client.remote.port, address.port)
      assert.match(client.peer, /:\d+$/)
    })
  )

  check(
    "pipelined frames arrive in order",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({}, echo)
      const client = yield* connect(address)
      const sent = Array.from({ length: 500 }, (_, index) => `request ${index}`)
      yield* Effect.forEach(sent, (text) => client.write(framed(Buffer.from(text))))
      assert.deepStrictEqual(texts(yield* takeCount(client, 500)), sent)
    })
  )

  check(
    "writes of many fibers arrive whole",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({}, echo)
      const client = yield* connect(address)
      const bodies = Array.from({ length: 20 }, (_, index) => Buffer.alloc(100_000, index))
      yield* Effect.forkChild(Effect.forEach(bodies, (body) => client.write(framed(body)), {
        concurrency: "unbounded"
      }))
      const frames = yield* takeCount(client, 20)
      assert.isTrue(frames.every((frame) => frame.length === 100_000))
      assert.isTrue(frames.every((frame) => frame.every((byte) => byte === frame[0])))
    })
  )

  check(
    "a frame may arrive byte by byte",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({}, echo)
      const client = yield* connect(address)
      const bytes = Buffer.concat([...framed(Buffer.from("slowly")), ...framed(Buffer.from("but"))])
      for (let index = 0; index < bytes.length; index++) {
        yield* client.write([bytes.subarray(index, index + 1)])
        yield* turn
      }
      assert.deepStrictEqual(texts(yield* takeCount(client, 2)), ["slowly", "but"])
    })
  )

  check(
    "a size over the limit fails the take, after the frames before",
    Effect.fnUntraced(
      function*() {
        const seen = yield* Deferred.make<readonly [ReadonlyArray<string>, TransportError]>()
        const { address } = yield* listen(
          { frameBytesMax: 100 },
          Effect.fnUntraced(function*(server) {
            const frames = yield* takeCount(server, 2)
            yield* Deferred.succeed(seen, [texts(frames), yield* failed(server.take)])
          })
        )
        const client = yield* connect(address)
        yield* client.write(["a", "b"].flatMap((text) => framed(Buffer.from(text))))
        yield* client.write([Buffer.from("GET / HTTP/1.1\r\n\r\n")])
        const [frames, error] = yield* Deferred.await(seen)
        assert.deepStrictEqual(frames, ["a", "b"])
        assert.strictEqual(error.reason, "malformed")
        assert.include(error.detail, "a frame of 1195725856 bytes was announced, at most 100")
      }
    )
  )

  check(
    "what was sent before a close arrives, then the end",
    Effect.fnUntraced(function*() {
      const seen = yield* Deferred.make<readonly [ReadonlyArray<string>, TransportError]>()
      const { address } = yield* listen(
        {},
        Effect.fnUntraced(function*(server) {
          const frames = yield* takeCount(server, 1)
          yield* Deferred.succeed(seen, [texts(frames), yield* failed(server.take)])
        })
      )
      const client = yield* connect(address)
      yield* client.write(framed(Buffer.from("bye")))
      yield* client.close
      yield* client.close
      const [frames, error] = yield* Deferred.await(seen)
      assert.deepStrictEqual(frames, ["bye"])
      assert.strictEqual(error.reason, "closed")
      assert.strictEqual((yield* failed(client.write([Buffer.from("x")]))).reason, "closed")
      assert.strictEqual((yield* failed(client.take)).reason, "closed")
    })
  )

  check(
    "a session's last answer arrives though it left bytes unread",
    Effect.fnUntraced(
      function*() {
        const { address } = yield* listen(
          {},
          Effect.fnUntraced(function*(server) {
            yield* server.take
            yield* server.write(framed(Buffer.from("the answer")))
          })
        )
        const client = yield* connect(address)
        yield* client.write(framed(Buffer.from("question")))
        yield* Effect.forkChild(Effect.ignore(client.write(framed(Buffer.alloc(3_000_000)))))
        assert.deepStrictEqual(texts(yield* takeCount(client, 1)), ["the answer"])
        assert.strictEqual((yield* failed(client.take)).reason, "closed")
      }
    )
  )

  check(
    "interrupting a take loses nothing",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({}, echo)
      const client = yield* connect(address)
      const sent = Array.from({ length: 300 }, (_, index) => `${index}`)
      yield* Effect.forkChild(
        Effect.forEach(
          sent,
          (text) => Effect.andThen(client.write(framed(Buffer.from(text))), turn)
        )
      )
      const received: Array<string> = []
      while (received.length < sent.length) {
        const fiber = yield* Effect.forkChild(client.take, { startImmediately: true })
        yield* turn
        yield* Fiber.interrupt(fiber)
        const exit = yield* Fiber.await(fiber)
        if (Exit.isSuccess(exit)) received.push(...texts(exit.value))
      }
      assert.deepStrictEqual(received, sent)
    })
  )

  check(
    "a reader who does not take suspends the writer, then gets all",
    Effect.fnUntraced(
      function*() {
        const count = 2_000
        const go = yield* Deferred.make<void>()
        const all = yield* Deferred.make<number>()
        const { address } = yield* listen(
          { receiveBytesMax: 200_000 },
          Effect.fnUntraced(function*(server) {
            yield* Deferred.await(go)
            let frames = 0
            while (frames < count) frames += (yield* server.take).length
            yield* Deferred.succeed(all, frames)
          })
        )
        const client = yield* connect(address)
        const body = Buffer.alloc(65_536, 7)
        const before = process.memoryUsage().arrayBuffers
        let written = 0
        yield* Effect.forkChild(Effect.forEach(
          Array.from({ length: count }),
          () => Effect.andThen(client.write(framed(body)), Effect.sync(() => written++))
        ))
        for (let still = 0, last = -1; still < 100;) {
          yield* turn
          still = written === last ? still + 1 : 0
          last = written
        }
        assert.isBelow(written, count)
        assert.isBelow(process.memoryUsage().arrayBuffers - before, 32 * 1024 * 1024)
        yield* Deferred.succeed(go, undefined)
        assert.strictEqual(yield* Deferred.await(all), count)
      }
    )
  )

  check(
    "a writer who waits learns of the other side's death",
    Effect.fnUntraced(function*() {
      const started = yield* Deferred.make<void>()
      const scope = yield* Scope.make()
      const { address } = yield* listen(
        { receiveBytesMax: 1_000 },
        () => Effect.andThen(Deferred.succeed(started, undefined), Effect.never)
      ).pipe(
        Scope.provide(scope)
      )
      const client = yield* connect(address)
      const writer = yield* Effect.forkChild(
        failed(Effect.forever(client.write(framed(Buffer.alloc(1_000_000)))))
      )
      yield* Deferred.await(started)
      yield* Scope.close(scope, Exit.void)
      assert.strictEqual((yield* Fiber.join(writer)).reason, "closed")
    })
  )

  check(
    "onEnd calls back once, not after its undo, at once when it is over",
    Effect.fnUntraced(
      function*() {
        const over = yield* Deferred.make<ReadonlyArray<string>>()
        const { address } = yield* listen(
          {},
          Effect.fnUntraced(function*(server) {
            const calls: Array<string> = []
            const ended = yield* Deferred.make<void>()
            server.onEnd(() => calls.push("undone"))()
            server.onEnd(() => {
              calls.push("called")
              Deferred.doneUnsafe(ended, Exit.void)
            })
            yield* Deferred.await(ended)
            yield* server.close
            server.onEnd(() => calls.push("at once"))
            yield* Deferred.succeed(over, calls)
          })
        )
        const client = yield* connect(address)
        yield* client.close
        assert.deepStrictEqual(yield* Deferred.await(over), ["called", "at once"])
      }
    )
  )

  check(
    "after stopAccepting open connections live and new ones are refused",
    Effect.fnUntraced(
      function*() {
        const listener = yield* listen({}, echo)
        const client = yield* connect(listener.address)
        assert.strictEqual(yield* ask(client, "before"), "before")
        yield* listener.stopAccepting
        yield* listener.stopAccepting
        assert.strictEqual(yield* ask(client, "after"), "after")
        assert.strictEqual((yield* failed(connect(listener.address))).reason, "refused")
      }
    )
  )

  check(
    "a session that is interrupted can still send its last words",
    Effect.fnUntraced(
      function*() {
        const scope = yield* Scope.make()
        const words = framed(Buffer.from("last words"))
        const { address } = yield* listen(
          {},
          (server) => Effect.onInterrupt(echo(server), () => Effect.ignore(server.write(words)))
        ).pipe(
          Scope.provide(scope)
        )
        const client = yield* connect(address)
        assert.strictEqual(yield* ask(client, "there?"), "there?")
        yield* Effect.forkChild(Scope.close(scope, Exit.void))
        assert.deepStrictEqual(texts(yield* takeCount(client, 1)), ["last words"])
        assert.strictEqual((yield* failed(client.take)).reason, "closed")
      }
    )
  )

  check(
    "the end of the scope interrupts sessions and closes connections",
    Effect.fnUntraced(
      function*() {
        const scope = yield* Scope.make()
        const interrupted = yield* Deferred.make<void>()
        const { address } = yield* listen(
          {},
          (server) =>
            Effect.onInterrupt(echo(server), () => Deferred.succeed(interrupted, undefined))
        ).pipe(
          Scope.provide(scope)
        )
        const client = yield* connect(address)
        assert.strictEqual(yield* ask(client, "there?"), "there?")
        yield* Scope.close(scope, Exit.void)
        yield* Deferred.await(interrupted)
        assert.strictEqual((yield* failed(client.take)).reason, "closed")
        assert.strictEqual((yield* failed(connect(address))).reason, "refused")
      }
    )
  )

  check(
    "a connection above connectionsMax is closed, until another ends",
    Effect.fnUntraced(
      function*() {
        const { address } = yield* listen({ connectionsMax: 2 }, echo)
        const first = yield* connect(address)
        const second = yield* connect(address)
        assert.strictEqual(yield* ask(first, "1"), "1")
        assert.strictEqual(yield* ask(second, "2"), "2")
        const third = yield* connect(address)
        assert.strictEqual((yield* failed(third.take)).reason, "closed")
        yield* first.close
        const again = Effect.flatMap(connect(address), (client) => ask(client, "3"))
        const answer = yield* Effect.retry(Effect.scoped(Effect.andThen(turn, again)), {
          times: 1_000
        })
        assert.strictEqual(answer, "3")
        assert.strictEqual(yield* ask(second, "2"), "2")
      }
    )
  )

  check(
    "a connection on which nothing moves is closed",
    Effect.fnUntraced(function*() {
      const seen = yield* Deferred.make<TransportError>()
      const { address } = yield* listen(
        { idleMs: 20 },
        (server) => Effect.flatMap(failed(server.take), (error) => Deferred.succeed(seen, error))
      )
      const client = yield* connect(address)
      assert.strictEqual((yield* failed(client.take)).reason, "closed")
      const error = yield* Deferred.await(seen)
      assert.strictEqual(error.message, "closed: nothing was sent or received for 20 ms")
    })
  )

  check(
    "a taken port is refused with a sentence",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({}, echo)
      const error = yield* failed(listen({ port: address.port }, echo))
      assert.strictEqual(error.reason, "io")
      assert.include(error.detail, `port ${address.port} on 127.0.0.1 is in use; `)
    })
  )

  check(
    "a defect of a session is logged and ends its connection only",
    Effect.fnUntraced(
      function*() {
        const lines: Array<string> = []
        const logger = Logger.make(({ message }) => {
          lines.push(String(message))
        })
        const { address } = yield* listen(
          {},
          (server) =>
            Effect.flatMap(server.take, ([frame]) =>
              frame!.toString() === "die"
                ? Effect.die(new Error("broken"))
                : Effect.andThen(server.write(framed(frame!)), echo(server)))
        ).pipe(
          Effect.provide(Logger.layer([logger]))
        )
        const sound = yield* connect(address)
        assert.strictEqual(yield* ask(sound, "one"), "one")
        const broken = yield* connect(address)
        yield* broken.write(framed(Buffer.from("die")))
        assert.strictEqual((yield* failed(broken.take)).reason, "closed")
        assert.strictEqual(yield* ask(sound, "two"), "two")
        assert.strictEqual(lines.length, 1)
        assert.match(lines[0]!, /^the session of 127\.0\.0\.1:\d+ died/)
      }
    )
  )
}
