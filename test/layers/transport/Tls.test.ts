// TLS over real sockets: who gets in, as whom, with which suites, and what the others are told.
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Scope from "effect/Scope"
import * as Fs from "node:fs"
import * as Net from "node:net"
import * as NodeTls from "node:tls"
import * as NodeTransport from "../../../src/layers/transport/NodeTransport.ts"
import {
  type Address,
  type ConnectOptions,
  type TlsOptions,
  Transport,
  type TransportError
} from "../../../src/layers/transport/Transport.ts"
import { ask, connect, echo, failed, framed, LIMITS, listen, turn } from "./TransportSuite.ts"

const pem = (name: string): string =>
  Fs.readFileSync(new URL(`../../fixtures/tls/${name}`, import.meta.url), "utf8")

const CA = pem("ca.pem")
const SERVER: TlsOptions = { cert: pem("server.pem"), key: pem("server.key"), ca: CA }
const ALICE = { ca: CA, cert: pem("client.pem"), key: pem("client.key") }
const STRANGER = { ca: CA, cert: pem("stranger.pem"), key: pem("stranger.key") }

const secure = (address: Address, tls: NonNullable<ConnectOptions["tls"]>) =>
  Transport.use((transport) => transport.connect({ ...LIMITS, ...address, tls, timeoutMs: 5_000 }))

/** Whether and as whom a client is let in: its first answer tells. */
const whoami = (address: Address, tls: NonNullable<ConnectOptions["tls"]>) =>
  Effect.scoped(Effect.flatMap(secure(address, tls), (client) => ask(client, "whoami")))

const serving = (tls: Partial<TlsOptions>) =>
  listen({ tls: { ...SERVER, ...tls } }, (server) =>
    Effect.forever(Effect.andThen(
      server.take,
      Effect.suspend(() => server.write(framed(Buffer.from(server.principal ?? "nobody"))))
    )))

/** A handshake by a client of somebody else's, limited to one version or suite. */
const negotiated = (port: number, options: NodeTls.ConnectionOptions) =>
  Effect.callback<string, Error>((resume) => {
    const socket = NodeTls.connect({ port, host: "127.0.0.1", ca: CA, ...options }, () => {
      const agreed = `${socket.getProtocol()} ${socket.getCipher().name}`
      socket.end()
      resume(Effect.succeed(agreed))
    })
    socket.on("error", (error) => resume(Effect.fail(error)))
  })

/** Connects, then says nothing. */
const silent = Effect.fnUntraced(function*(address: Address) {
  const ended = yield* Deferred.make<void>()
  const socket = Net.connect(address.port, address.host)
  socket.on("error", () => {})
  socket.on("close", () => Deferred.doneUnsafe(ended, Exit.void))
  socket.resume()
  yield* Effect.callback<void>((resume) => {
    socket.on("connect", () => resume(Effect.void))
  })
  return { socket, ended }
})

describe("TLS", () => {
  const check = (
    name: string,
    body: () => Effect.Effect<
      void,
      TransportError | Error,
      Transport | Scope.Scope
    >
  ) => it.live(name, () => Effect.provide(Effect.suspend(body), NodeTransport.layer))

  check(
    "carries frames of all sizes",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({ tls: SERVER }, echo)
      const client = yield* secure(address, { ca: CA })
      const text = "x".repeat(3_000_000)
      assert.strictEqual(yield* ask(client, text), text)
      assert.strictEqual(yield* ask(client, ""), "")
    })
  )

  const policies: ReadonlyArray<
    readonly [TlsOptions["clientAuth"], none: string, alice: string, stranger: string]
  > = [
    ["none", "nobody", "nobody", "nobody"],
    ["requested", "nobody", "CN=alice,OU=Orders,O=Example\\, Inc,C=SE", "refused"],
    ["required", "refused", "CN=alice,OU=Orders,O=Example\\, Inc,C=SE", "refused"]
  ]
  for (const [clientAuth, none, alice, stranger] of policies) {
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      check(
        `client certificates ${clientAuth}, ${maxVersion}`,
        Effect.fnUntraced(function*() {
          const { address } = yield* serving({ clientAuth, maxVersion })
          const outcome = (tls: NonNullable<ConnectOptions["tls"]>) =>
            Effect.catch(whoami(address, tls), () => Effect.succeed("refused"))
          assert.strictEqual(yield* outcome({ ca: CA }), none)
          assert.strictEqual(yield* outcome(ALICE), alice)
          assert.strictEqual(yield* outcome(STRANGER), stranger)
        })
      )
    }
  }

  check(
    "agrees on AEAD first, and on DHE with CBC for who has nothing else",
    Effect.fnUntraced(
      function*() {
        const { address } = yield* serving({})
        const suites = (options: NodeTls.ConnectionOptions) => negotiated(address.port, options)
        assert.strictEqual(yield* suites({}), "TLSv1.3 TLS_AES_128_GCM_SHA256")
        assert.strictEqual(
          yield* suites({
            maxVersion: "TLSv1.2",
            ciphers: "DHE-RSA-AES128-SHA256:ECDHE-RSA-AES128-GCM-SHA256"
          }),
          "TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256"
        )
        assert.strictEqual(
          yield* suites({ maxVersion: "TLSv1.2", ciphers: "DHE-RSA-AES128-SHA256" }),
          "TLSv1.2 DHE-RSA-AES128-SHA256"
        )
        const narrow = yield* serving({
          maxVersion: "TLSv1.2",
          ciphers: "DHE-RSA-AES128-SHA256"
        })
        assert.strictEqual(
          yield* negotiated(narrow.address.port, {}),
          "TLSv1.2 DHE-RSA-AES128-SHA256"
        )
        assert.strictEqual(yield* whoami(narrow.address, { ca: CA }), "nobody")
      }
    )
  )

  check(
    "a client refuses a server that its authorities do not know, unless told",
    Effect.fnUntraced(
      function*() {
        const { address } = yield* serving({})
        const error = yield* failed(whoami(address, { ca: pem("stranger-ca.pem") }))
        assert.strictEqual(error.reason, "tls")
        assert.match(error.detail, /SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_VERIFY_LEAF_SIGNATURE/)
        assert.strictEqual(yield* whoami(address, { rejectUnauthorized: false }), "nobody")
      }
    )
  )

  check(
    "a plain client on a TLS port, and the reverse, get an end",
    Effect.fnUntraced(function*() {
      const { address } = yield* serving({})
      const plain = yield* connect(address)
      yield* Effect.ignore(plain.write(framed(Buffer.from("hello"))))
      assert.strictEqual((yield* failed(plain.take)).reason, "closed")
      const clear = yield* listen({ frameBytesMax: 1_000 }, (server) => Effect.ignore(server.take))
      assert.strictEqual((yield* failed(whoami(clear.address, { ca: CA }))).reason, "tls")
      assert.strictEqual(yield* whoami(address, { ca: CA }), "nobody")
    })
  )

  check(
    "a handshake that never comes is ended",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({ tls: SERVER, handshakeMs: 20 }, echo)
      const { ended } = yield* silent(address)
      yield* Deferred.await(ended)
      assert.strictEqual(yield* whoami(address, { ca: CA }), "whoami")
    })
  )

  check(
    "a handshake under way counts as a connection",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({ tls: SERVER, connectionsMax: 1 }, echo)
      const { socket } = yield* silent(address)
      assert.strictEqual((yield* failed(whoami(address, { ca: CA }))).reason, "tls")
      socket.destroy()
      const again = Effect.andThen(turn, whoami(address, { ca: CA }))
      assert.strictEqual(yield* Effect.retry(again, { times: 1_000 }), "whoami")
    })
  )

  check(
    "a reload is for connections to come, and a bad one changes nothing",
    Effect.fnUntraced(
      function*() {
        const listener = yield* serving({})
        const shown = Effect.callback<string>((resume) => {
          const socket = NodeTls.connect(
            { port: listener.address.port, host: "127.0.0.1", ca: CA },
            () => {
              resume(Effect.succeed(String(socket.getPeerCertificate().subject["CN"])))
              socket.end()
            }
          )
        })
        const before = yield* secure(listener.address, { ca: CA })
        assert.strictEqual(yield* shown, "server")
        const mismatch = yield* failed(
          listener.reload({ ...SERVER, cert: pem("renewed.pem") })
        )
        assert.strictEqual(mismatch.message, "tls: the private key does not fit the certificate")
        assert.strictEqual(yield* shown, "server")
        yield* listener.reload({ ...SERVER, cert: pem("renewed.pem"), key: pem("renewed.key") })
        assert.strictEqual(yield* shown, "renewed")
        assert.strictEqual(yield* ask(before, "still here"), "nobody")
      }
    )
  )

  check(
    "unusable certificates and ciphers are refused with a sentence",
    Effect.fnUntraced(
      function*() {
        const sentence = (tls: Partial<TlsOptions>) =>
          Effect.map(failed(serving(tls)), (error) => error.message)
        assert.strictEqual(
          yield* sentence({ cert: "not a certificate" }),
          "tls: the certificate, key or CA is not PEM text"
        )
        const encrypted = { cert: pem("client.pem"), key: pem("client-encrypted.key") }
        const passphrase =
          "tls: the private key is encrypted and its passphrase is missing or wrong"
        assert.strictEqual(yield* sentence(encrypted), passphrase)
        assert.strictEqual(yield* sentence({ ...encrypted, keyPassphrase: "wrong" }), passphrase)
        yield* serving({ ...encrypted, keyPassphrase: "secret" })
        assert.strictEqual(
          yield* sentence({ ciphers: "NO-SUCH-CIPHER" }),
          "tls: OpenSSL knows none of the ciphers asked for"
        )
        const client = yield* failed(
          secure({ host: "127.0.0.1", port: 1 }, { ca: CA, key: "none" })
        )
        assert.strictEqual(client.reason, "tls")
      }
    )
  )

  check(
    "answers a client that has already ended its sending half",
    Effect.fnUntraced(function*() {
      const { address } = yield* listen({ tls: SERVER }, (server) =>
        Effect.gen(function*() {
          const [frame] = yield* server.take
          yield* failed(server.take)
          yield* turn
          yield* server.write(framed(frame!))
        }))
      const answer = yield* Effect.callback<Buffer, Error>((resume) => {
        const options = { port: address.port, host: address.host, ca: CA, allowHalfOpen: true }
        const socket = NodeTls.connect(options, () => {
          socket.end(Buffer.concat(framed(Buffer.from("half"))))
        })
        const chunks: Array<Buffer> = []
        socket.on("data", (chunk) => chunks.push(chunk))
        socket.on("end", () => resume(Effect.succeed(Buffer.concat(chunks))))
        socket.on("error", (error) => resume(Effect.fail(error)))
      })
      assert.strictEqual(answer.toString("hex"), "0000000468616c66")
    })
  )

  check(
    "closing the listener's scope ends handshakes too",
    Effect.fnUntraced(function*() {
      const ended = yield* Deferred.make<void>()
      yield* Effect.scoped(Effect.gen(function*() {
        const { address } = yield* serving({})
        const silent = Net.connect(address.port, "127.0.0.1")
        silent.on("error", () => {})
        silent.on("close", () => Deferred.doneUnsafe(ended, Effect.void))
        silent.resume()
        // One whole exchange after it: the listener has accepted the silent one by then.
        yield* whoami(address, { ca: CA })
      }))
      yield* Deferred.await(ended)
    })
  )
})
